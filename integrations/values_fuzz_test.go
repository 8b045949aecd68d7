package integrations

import (
	"strings"
	"testing"
)

// What reads as money is written as it was meant, and what it is written as reads as the same.
func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{"1250.00", "1250.5", "-0", "0.001", "1e5", "999999999999999", "1250", "01", "+1", "-12.30", "٣"} {
		for _, code := range []string{"ZAR", "JPY", "KWD", ""} {
			f.Add(text, code)
		}
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		minor, err := ParseMoney(text, code)
		if err != nil {
			return
		}
		written, err := FormatMoney(minor, code)
		if err != nil {
			t.Fatalf("ParseMoney(%q, %q) = %d, and FormatMoney: %v", text, code, minor, err)
		}
		if again, err := ParseMoney(written, code); err != nil || again != minor {
			t.Errorf("ParseMoney(%q, %q) = %d, written %q, read again %d, %v", text, code, minor, written, again, err)
		}
		if got, want := strings.TrimLeft(bareAmount(written), "-"), strings.TrimLeft(bareAmount(text), "-"); got != want {
			t.Errorf("ParseMoney(%q, %q) is written %q", text, code, written)
		}
	})
}

// bareAmount is an amount without the zeros that say nothing.
func bareAmount(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// A canonical text is its own, and an error never says what the value was.
func FuzzCanonical(f *testing.F) {
	for _, typ := range append([]string{"money ", ""}, Types...) {
		for _, text := range []string{"", "1250.00", "007", "-1", "true", "2026-11-20", "2026-02-30", "a,b", "\xff", "+27821234567"} {
			f.Add(typ, text)
		}
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		once, err := Canonical(typ, text, "ZAR")
		if err != nil {
			if len(text) > 12 && !strings.Contains(typ, text) && strings.Contains(err.Error(), text) {
				t.Errorf("Canonical(%q, %q) = %v: it quotes the value", typ, text, err)
			}
			return
		}
		if twice, err := Canonical(typ, once, "ZAR"); err != nil || twice != once {
			t.Errorf("Canonical(%q, %q) = %q, and of that %q, %v", typ, text, once, twice, err)
		}
	})
}
