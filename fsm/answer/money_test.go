package answer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		locale, currency, text, want string
		err                          error
	}{
		{"en-ZA", "ZAR", "1250", "1250.00", nil},
		{"en-ZA", "ZAR", "R1 250.00", "1250.00", nil},
		{"en-ZA", "ZAR", "1,250", "1250.00", nil},
		{"en-ZA", "ZAR", "r 500", "500.00", nil},
		{"en-ZA", "ZAR", "R500", "500.00", nil},
		{"en-ZA", "ZAR", "500 rand", "500.00", nil},
		{"en-ZA", "ZAR", "500R", "500.00", nil},
		{"en-ZA", "ZAR", "ZAR 500", "500.00", nil},
		{"en-ZA", "ZAR", "500 zar please.", "500.00", nil},
		{"en-ZA", "ZAR", "R1,250.50", "1250.50", nil},
		{"en-ZA", "ZAR", "R 1 250,50", "1250.50", nil},
		{"en-ZA", "ZAR", "R\u00a01\u00a0250,50", "1250.50", nil},
		{"en-ZA", "ZAR", "1250,50", "1250.50", nil},
		{"en-ZA", "ZAR", "1250.5", "1250.50", nil},
		{"en-ZA", "ZAR", "0.50", "0.50", nil},
		{"en-ZA", "ZAR", "1 234 567.89", "1234567.89", nil},
		{"en-ZA", "ZAR", "１２５０", "1250.00", nil},
		{"en-ZA", "ZAR", "١٢٥٠", "1250.00", nil},
		{"en", "ZAR", "R1 250,00", "1250.00", nil}, // plain English: as at the currency's home
		{"en-US", "USD", "$1,250.50", "1250.50", nil},
		{"en-US", "USD", "500 dollars", "500.00", nil},
		{"en-GB", "GBP", "£20", "20.00", nil},
		{"en-GB", "EUR", "20 €", "20.00", nil},
		{"en", "TWD", "NT$1,250", "1250", nil},
		{"en", "JPY", "¥1,250", "1250", nil},
		{"en", "JPY", "￥1250", "1250", nil},
		{"af", "ZAR", "R1 250,50", "1250.50", nil},
		{"af", "ZAR", "1250.50", "1250.50", nil},

		{"en-ZA", "ZAR", "1.200,50", "", ErrNotUnderstood},
		{"en-US", "USD", "1.200,50", "", ErrNotUnderstood}, // the library takes it for 1.20050
		{"en-US", "USD", "1200,50", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1,250,50", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1,25,000", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1 250,000", "", ErrDecimals},
		{"en-ZA", "ZAR", "12 50", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1 250 50", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1, 250", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1.250", "", ErrDecimals},
		{"en-ZA", "ZAR", "1250.505", "", ErrDecimals},
		{"af", "ZAR", "1,250", "", ErrDecimals},
		{"af", "ZAR", "1,250.50", "", ErrNotUnderstood},
		{"en-ZA", "KWD", "1,250", "", ErrAmbiguous},
		{"en-GB", "KWD", "1,250", "1250.000", nil},
		{"en", "TWD", "1250.50", "", ErrDecimals},
		{"en", "JPY", "1250.0", "", ErrDecimals},
		{"en-ZA", "ZAR", "-5", "", ErrRange},
		{"en-ZA", "ZAR", "R-5", "", ErrRange},
		{"en-ZA", "ZAR", "-R5", "", ErrRange},
		{"en-ZA", "ZAR", "−5", "", ErrRange},
		{"en-ZA", "ZAR", "1234567890123456", "", ErrRange},
		{"en-ZA", "ZAR", "+5", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "(5)", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1e5", "", ErrNotUnderstood}, // the library takes it for 100000
		{"en-ZA", "ZAR", "1.5k", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "007", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1²", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "½", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "1️⃣2️⃣", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "\u202e52", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "R", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "R.500", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "R500 rand", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "about 500", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "500 friday", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "500 or 600", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "50%", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "NaN", "", ErrNotUnderstood},
		{"en-ZA", "ZAR", "$500", "", ErrCurrency},
		{"en-ZA", "ZAR", "500 usd", "", ErrCurrency},
		{"en-ZA", "ZAR", "500 euros", "", ErrCurrency},
		{"en-US", "USD", "R500", "", ErrCurrency},
		{"en-US", "XXQ", "500", "", ErrCurrency},
	} {
		got, err := Money(tc.text, tc.currency, locale(t, tc.locale))
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("Money(%q, %s, %s) = %q, %v; want %q, %v", tc.text, tc.currency, tc.locale, got, err, tc.want, tc.err)
		}
	}
}

func TestFormatMoney(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ locale, currency, amount, want string }{
		{"en-ZA", "ZAR", "1250.00", "R 1 250,00"},
		{"en", "ZAR", "1250.00", "R 1 250,00"},
		{"af", "ZAR", "1250", "R 1 250,00"},
		{"af-ZA", "ZAR", "1234567.8", "R 1 234 567,80"},
		{"en-US", "ZAR", "1250.00", "ZAR 1,250.00"},
		{"en-US", "USD", "1250.00", "$1,250.00"},
		{"en-GB", "GBP", "1250.00", "£1,250.00"},
		{"en", "TWD", "1250", "NT$1,250"},
		{"en", "TWD", "1250.50", "NT$1,251"},
		{"en-US", "JPY", "1234567.5", "¥1,234,568"}, // the library alone prints the .5
		{"en-ZA", "ZAR", "0.005", "R 0,01"},
		{"en-ZA", "ZAR", "-5", "-R 5,00"},
		{"en-ZA", "ZAR", "five", ""},
		{"en-ZA", "ZAR", "NaN", ""},
		{"en-ZA", "ZAR", "1e999999999", ""},
		{"en-ZA", "XXQ", "5", ""},
	} {
		got := FormatMoney(tc.amount, tc.currency, locale(t, tc.locale))
		if got != tc.want {
			t.Errorf("FormatMoney(%q, %s, %s) = %q, want %q", tc.amount, tc.currency, tc.locale, got, tc.want)
		}
		if strings.ContainsAny(got, "\u00a0\u202f\u2212") {
			t.Errorf("FormatMoney(%q, %s, %s) = %q has a character outside the GSM alphabet", tc.amount, tc.currency, tc.locale, got)
		}
	}
}

// What we write we read, exactly, in every locale.
func TestMoneyReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := shipped[rapid.SampledFrom(tags).Draw(t, "locale")]
		code := rapid.SampledFrom([]string{"ZAR", "USD", "GBP", "EUR", "TWD", "JPY"}).Draw(t, "currency")
		cents := rapid.Int64Range(0, 1e14).Draw(t, "cents")
		want := fmt.Sprint(cents / 100)
		if digits, _ := digitsOf(code); digits == 2 {
			want = fmt.Sprintf("%d.%02d", cents/100, cents%100)
		}
		text := FormatMoney(want, code, l)
		if got, err := Money(text, code, l); err != nil || got != want {
			t.Fatalf("Money(%q, %s, %s) = %q, %v; want %q", text, code, l.Tag, got, err, want)
		}
		if got, err := Money(want, code, l); err != nil || got != want {
			t.Fatalf("Money(%q, %s, %s) = %q, %v; want it unchanged", want, code, l.Tag, got, err)
		}
		for _, more := range []string{text + " ok", "maybe " + text, text + " 5 ok", text + "/2", "<" + text, text + "e2", text + " " + text} {
			if got, err := Money(more, code, l); err == nil {
				t.Fatalf("Money(%q, %s, %s) = %q, want an error: it has something left over", more, code, l.Tag, got)
			}
		}
	})
}
