package fsm

import (
	"strings"
	"testing"
)

// A value that is read is written as a text that reads as the same value; a refusal never quotes what it refuses.
func FuzzParseValue(f *testing.F) {
	types := []Type{Text, Email, Postal, File, Phone, Integer, Boolean, Money, Date, Moment, Chosen, Several}
	for i := range types {
		for _, text := range []string{"", "1250.00", "-0.00", "007", "true", "2026-11-30", "2026-11-30T10:00:00+02:00", "a,b", "+27821234567", "\xff", "999999999999999999.9999"} {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		typ := types[int(which)%len(types)]
		v, err := ParseValue(typ, "ZAR", text)
		if err != nil {
			if len(text) > 40 && strings.Contains(err.Error(), text) {
				t.Errorf("ParseValue(%s, %q) = %v: it quotes the text", typ, text, err)
			}
			return
		}
		again, err := ParseValue(typ, "ZAR", v.String())
		if err != nil || again.String() != v.String() || v.Type() != typ {
			t.Errorf("ParseValue(%s, %q) = %q, and of that %q, %v", typ, text, v, again, err)
		}
	})
}

// Hours that are read are windows of at least one day each, and the work is bounded by the text.
func FuzzParseHours(f *testing.F) {
	for _, text := range []string{"mon-fri 08:00-18:00, sat 08:00-13:00", "sun-mon 00:00-24:00", "mon 18:00-08:00", "mon", ",,", "mon-xxx 1-2", "fri-thu 08:00-09:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		windows, err := ParseHours(text)
		if err != nil {
			return
		}
		if len(windows) > strings.Count(text, ",")+1 {
			t.Errorf("ParseHours(%q) = %d windows", text, len(windows))
		}
		for _, w := range windows {
			if len(w.Days) < 1 || len(w.Days) > 7 || w.Validate() != nil {
				t.Errorf("ParseHours(%q) = %+v", text, w)
			}
		}
	})
}
