package fsm

import (
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
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

// Small amounts are read and calculated with as all others are.
func FuzzCanonicalMoney(f *testing.F) {
	for _, text := range []string{"", "0", "-0", "0.00", "-0.00", "007.00", "1250.00", "1250.0", "-1250.00", "1250", "1.2345", ".50", "5.", "-", "1.2.3",
		"12345678901234567.89", "999999999999999999", "9999999999999999.99", "99999999999999999.99", "1e2", "٣.00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, code := range []string{"ZAR", "JPY", "KWD", "CLF", ""} {
			got, err := parseMoney(code, text)
			want, wantErr := parseAnyMoney(code, text)
			if got != want || (err == nil) != (wantErr == nil) {
				t.Errorf("parseMoney(%s, %q) = %q, %v; want %q, %v", code, text, got, err, want, wantErr)
			}
		}
		want, _, err := apd.NewFromString(text)
		if got := (Value{Money, text}).Decimal(); err == nil && want.Form == apd.Finite &&
			(got.Cmp(want) != 0 || got.Exponent != want.Exponent || got.Negative != want.Negative) {
			t.Errorf("the amount %q = %v, want %v", text, got, want)
		}
	})
}

// What needs no rounding is written as what is rounded.
func FuzzMoneyValue(f *testing.F) {
	for _, d := range []struct {
		units    int64
		exponent int32
	}{{0, -2}, {125000, -2}, {-125000, -2}, {5, -3}, {1, 2}, {1 << 62, -2}, {-1, -5}} {
		f.Add(d.units, d.exponent)
	}
	f.Fuzz(func(t *testing.T, units int64, exponent int32) {
		d := apd.New(units, exponent%30)
		rounded := new(apd.Decimal)
		if _, err := exact.Quantize(rounded, d, -2); err != nil {
			return
		}
		want := strings.TrimPrefix(rounded.Text('f'), "-")
		if units < 0 && !rounded.IsZero() {
			want = "-" + want
		}
		if got, err := MoneyValue(d, "ZAR"); rounded.NumDigits() <= 20 && (err != nil || got.String() != want) {
			t.Errorf("MoneyValue(%v) = %q, %v; want %q", d, got, err, want)
		}
	})
}
