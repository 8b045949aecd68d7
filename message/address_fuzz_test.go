package message

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// What reads as an address is written as itself and prints masked; what doesn't is refused without being repeated.
func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{
		"sms:+27821234521", "whatsapp:+27821234521", "whatsapp:ZA.1349120", "whatsapp-user:ZA.1349120", "email:Thandi@Example.COM", "console:thandi", "sms:", ":", "", "sms:+0", "email:a@b", "email:\"a b\"@c.d",
		"sms:+27821234521\n", "SMS:+27821234521", "email:a@-b.c", "\xff:\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			if !errors.Is(err, ErrAddress) || len(text) > 24 && strings.Contains(err.Error(), text) {
				t.Errorf("ParseAddress(%q) = %v", text, err)
			}
			return
		}
		again, err := ParseAddress(string(a))
		if err != nil || again != a {
			t.Errorf("ParseAddress(%q) = %q, and of that %q, %v", text, string(a), string(again), err)
		}
		if a.Kind()+":"+a.Value() != string(a) || !strings.EqualFold(string(a), text) {
			t.Errorf("ParseAddress(%q) = %s + %q", text, a.Kind(), a.Value())
		}
		if shown := fmt.Sprintf("%v %s %q %x", a, a, a, a); len(a.Value()) > 8 && strings.Contains(shown, a.Value()) {
			t.Errorf("address %q prints as %q", string(a), shown)
		}
	})
}

// A cleaned value is one short line of nothing unseen, and cleaning it again changes nothing.
func FuzzClean(f *testing.F) {
	for _, text := range []string{"Thandi", " a\u0301\u0301\u0301\u0301\u0301\u0301 ", "\u202eabc", "👩‍👩‍👧", "a\r\nb", "\xff", "{name}", "e\u200b\u0301"} {
		f.Add(text, 40)
	}
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 1 || most > 200 {
			return
		}
		got := Clean(text, most)
		if !utf8.ValidString(got) || uniseg.GraphemeClusterCount(got) > most || strings.ContainsAny(got, "\r\n\t\u2028\u2029\u202e\u200b") || got != strings.TrimSpace(got) {
			t.Errorf("Clean(%q, %d) = %q", text, most, got)
		}
		if again := Clean(got, most); again != got {
			t.Errorf("Clean(%q, %d) = %q, and of that %q", text, most, got, again)
		}
	})
}
