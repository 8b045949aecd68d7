package bot_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/settle-chat/settle/bot"
)

// A card number never gets through, whatever stands around it; nothing but digits is hidden, and twice is once.
func FuzzRedactCards(f *testing.F) {
	for _, text := range []string{"", "4242 4242 4242 4242", "my card 5555-5555-5555-4444 ok", "１２", "378282246310005", "1250.00 on 2026-11-20", "\xff4242424242424242"} {
		f.Add(text, " ")
	}
	const card = "4242424242424242"
	f.Fuzz(func(t *testing.T, before, after string) {
		if !utf8.ValidString(before + after) {
			return
		}
		once := bot.RedactCards(before)
		if bot.RedactCards(once) != once {
			t.Errorf("RedactCards(%q) = %q, and of that %q", before, once, bot.RedactCards(once))
		}
		if got, want := strings.Count(once, "*")-strings.Count(before, "*"), utf8.RuneCountInString(before); got > want || utf8.RuneCountInString(once) != want {
			t.Errorf("RedactCards(%q) = %q: want one character for each", before, once)
		}
		if got := bot.RedactCards(before + card + after); strings.Contains(got, card) {
			t.Errorf("RedactCards(%q) = %q: the card number is still there", before+card+after, got)
		}
	})
}
