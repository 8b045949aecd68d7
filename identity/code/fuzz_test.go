package code_test

import (
	"strings"
	"testing"

	"github.com/settle-chat/settle/identity/code"
)

// A code that is found is six digits, and is in the text; what is left of the text holds no second one.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"123456", "123 456", "123-456 14 march", "123456 654321", "１２３４５６", "-1-2-3-4-5-6-", "٣٣٣٣٣٣", "\xff123456"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		digits, rest, found := code.Read(text)
		if !found {
			if digits != "" || rest != text {
				t.Errorf("Read(%q) finds nothing, and gives %q, %q", text, digits, rest)
			}
			return
		}
		if len(digits) != code.Digits || strings.Trim(digits, "0123456789") != "" {
			t.Errorf("Read(%q) = %q: want %d digits", text, digits, code.Digits)
		}
		if again, _, more := code.Read(rest); more && len(strings.Fields(rest)) == 1 {
			t.Errorf("Read(%q) leaves %q, which holds %q", text, rest, again)
		}
	})
}
