package integrations

import (
	"strings"
	"testing"
)

func TestMoneyIsExactOrRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, code string
		minor      int64
		back       string // empty: refused
	}{
		{"1250.00", "ZAR", 125000, "1250.00"},
		{"1250.5", "ZAR", 125050, "1250.50"},
		{"1250", "ZAR", 125000, "1250.00"},
		{"0.10", "ZAR", 10, "0.10"},
		{"-12.34", "ZAR", -1234, "-12.34"},
		{"-0.00", "ZAR", 0, "0.00"},
		{"999999999999999.99", "ZAR", 99999999999999999, "999999999999999.99"},
		{"1200", "JPY", 1200, "1200"},
		{"1.234", "KWD", 1234, "1.234"},
		{"1200.0", "JPY", 0, ""},
		{"1250.001", "ZAR", 0, ""},
		{"1250.000", "ZAR", 0, ""}, // even a zero: the sender thinks of another currency
		{"1e5", "ZAR", 0, ""},
		{"+5", "ZAR", 0, ""},
		{"05", "ZAR", 0, ""},
		{".5", "ZAR", 0, ""},
		{"5.", "ZAR", 0, ""},
		{"1,250.00", "ZAR", 0, ""},
		{" 5", "ZAR", 0, ""},
		{"NaN", "ZAR", 0, ""},
		{"", "ZAR", 0, ""},
		{"1000000000000000", "ZAR", 0, ""},
		{"5", "XYZ", 0, ""},
	} {
		minor, err := ParseMoney(tc.text, tc.code)
		if (err == nil) != (tc.back != "") || minor != tc.minor {
			t.Errorf("ParseMoney(%q, %s) = %d, %v, want %d, refused %t", tc.text, tc.code, minor, err, tc.minor, tc.back == "")
			continue
		}
		if err != nil {
			if tc.text != "" && len(tc.text) > 3 && strings.Contains(err.Error(), tc.text) {
				t.Errorf("ParseMoney(%q) says the amount in its error: %v", tc.text, err)
			}
			continue
		}
		if back, err := FormatMoney(minor, tc.code); err != nil || back != tc.back {
			t.Errorf("FormatMoney(%d, %s) = %q, %v, want %q", minor, tc.code, back, err, tc.back)
		}
	}
}

func TestCanonicalText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ typ, text, want string }{ // want empty: refused
		{"integer", "42", "42"}, {"integer", "042", "42"}, {"integer", "4.2", ""}, {"integer", "9223372036854775808", ""},
		{"boolean", "true", "true"}, {"boolean", "yes", ""},
		{"date", "2026-11-20", "2026-11-20"}, {"date", "2026-02-30", ""}, {"date", "20/11/2026", ""},
		{"money", "5", "5.00"}, {"text", "as it is", "as it is"}, {"text", "\xff", ""}, {"decimal", "5", ""},
	} {
		got, err := Canonical(tc.typ, tc.text, "ZAR")
		if got != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("Canonical(%s, %q) = %q, %v, want %q", tc.typ, tc.text, got, err, tc.want)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	known := []string{"balance", "amount", "on"}
	for wrong, want := range map[string]string{
		"balanse": `did you mean "balance"?`,
		"zzzzzz":  "one of amount, balance, on",
		"o":       "one of amount, balance, on", // half of a short word is not near
	} {
		if got := DidYouMean(wrong, known); got != want {
			t.Errorf("DidYouMean(%q) = %q, want %q", wrong, got, want)
		}
	}
	if got := DidYouMean("x", nil); got != "there is none" {
		t.Errorf("Nearest of nothing = %q", got)
	}
}
