package answer

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/settle-chat/settle/message"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, region, want string
	}{
		{"083 123 4567", "ZA", "+27831234567"},
		{"(083) 123-4567", "za", "+27831234567"},
		{"+27 83 123 4567", "ZA", "+27831234567"},
		{"\u202a+27 83 123 4567\u202c", "", "+27831234567"}, // as pasted from a telephone's contacts
		{"0027831234567", "ZA", "+27831234567"},
		{"+44 7911 123456", "ZA", "+447911123456"},
		{"０８３１２３４５６７", "ZA", "+27831234567"},
		{"083 123 456", "ZA", ""},
		{"083 123 45678", "ZA", ""},
		{"083 123 4567", "", ""},
		{"call 083 123 4567", "ZA", ""},
		{"083 123 4567 x12", "ZA", ""},
		{"083-CALL-NOW", "ZA", ""},
		{"27+831234567", "ZA", ""},
		{"++27831234567", "ZA", ""},
		{"+27 83 123 4567 / 082 123 4567", "ZA", ""},
		{"+1 555 123 4567", "ZA", ""}, // as long as it should be, but there is no area 555
		{"+5215512345678", "MX", ""},
		{"112", "ZA", ""},
		{"", "ZA", ""},
		{"\u202e7654321380", "ZA", ""},
	} {
		got, err := Phone(tc.text, tc.region)
		if got != tc.want || (err == nil) != (tc.want != "") || err != nil && !errors.Is(err, ErrNotUnderstood) {
			t.Errorf("Phone(%q, %s) = %q, %v; want %q", tc.text, tc.region, got, err, tc.want)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{" Thandi.M+bank@Example.ORG ", "Thandi.M+bank@example.org"},
		{"o'brien@mail.example.co.za", "o'brien@mail.example.co.za"},
		{"a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
		{"a@b", ""},
		{"a@b.c", ""},
		{"a@b@c.com", ""},
		{"@b.com", ""},
		{"a@", ""},
		{".a@b.com", ""},
		{"a..b@c.com", ""},
		{"a b@c.com", ""},
		{"a@-b.com", ""},
		{"a@b-.com", ""},
		{"a@b..com", ""},
		{"a@1.2.3.4", ""},
		{"a@[1.2.3.4]", ""},
		{"mailto:a@b.com", ""},
		{"A <a@b.com>", ""},
		{"a@b.com\nBcc: c@d.com", ""},
		{"my email is a@b.com", ""},
		{"а@b.com", ""}, // Cyrillic
		{strings.Repeat("a", 65) + "@b.com", ""},
		{strings.Repeat("a", 64) + "@b.com", strings.Repeat("a", 64) + "@b.com"},
		{"a@" + strings.Repeat("b.", 126) + "com", ""},
		{"", ""},
	} {
		got, err := Email(tc.text)
		if got != tc.want || (err == nil) != (tc.want != "") || err != nil && !errors.Is(err, ErrNotUnderstood) {
			t.Errorf("Email(%q) = %q, %v; want %q", tc.text, got, err, tc.want)
		}
	}
}

func TestPostalAddress(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text, want string
		err        error
	}{
		{"12 Long Street, Cape Town 8001", "12 Long Street, Cape Town 8001", nil},
		{" 12 Long St.\r\n Cape  Town,\n\n8001 ", "12 Long St., Cape Town, 8001", nil},
		{"Flat 3/12 St. John's Rd, SW1A 1AA", "Flat 3/12 St. John's Rd, SW1A 1AA", nil},
		{"P.O. Box 12, Paarl", "P.O. Box 12, Paarl", nil},
		{"Müllerstraße 5, Zürich", "Müllerstraße 5, Zürich", nil},
		{"12 Long\u202e Street", "12 Long Street", nil},
		{"Long Street", "", ErrNotUnderstood},
		{"12345", "", ErrNotUnderstood},
		{"1 A", "", ErrNotUnderstood},
		{"1 Long St https://evil.example", "", ErrNotUnderstood},
		{"1 Long St www.evil.example", "", ErrNotUnderstood},
		{"1 Long St evil.com", "", ErrNotUnderstood},
		{"1 Long St evil.example/pay", "", ErrNotUnderstood},
		{"1 Long St a@b.org", "", ErrNotUnderstood},
		{"1 Long St <b>", "", ErrNotUnderstood},
		{"1 Long St {balance}", "", ErrNotUnderstood},
		{"1 Long Street 🙂", "", ErrNotUnderstood},
		{"1 " + strings.Repeat("a", 198), "1 " + strings.Repeat("a", 198), nil},
		{"1 " + strings.Repeat("a", 199), "", ErrTooMany},
	} {
		got, err := PostalAddress(tc.text)
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("PostalAddress(%q) = %q, %v; want %q, %v", tc.text, got, err, tc.want, tc.err)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		max  int
		want string
		err  error
	}{
		{"  It is wrong.\r\nReally. ", 100, "It is wrong.\nReally.", nil},
		{"a\u202eb\u0000c\u200bd", 100, "abcd", nil},
		{"👨\u200d👩\u200d👧", 1, "👨\u200d👩\u200d👧", nil},
		{"ab", 1, "", ErrTooMany},
		{" \u200b\u200d\n", 5, "", ErrNotUnderstood},
		{"\xff", 5, "", ErrNotUnderstood},
		{"a", 0, "", ErrTooMany},
	} {
		got, err := Text(tc.text, tc.max)
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("Text(%q, %d) = %q, %v; want %q, %v", tc.text, tc.max, got, err, tc.want, tc.err)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want int64
		err  error
	}{
		{"6", 6, nil},
		{" 0 ", 0, nil},
		{"12 please.", 12, nil},
		{"６", 6, nil},
		{"6️⃣", 6, nil},
		{"999999999", 999999999, nil},
		{"1000000000", 0, ErrRange},
		{"-6", 0, ErrRange},
		{"06", 0, ErrNotUnderstood},
		{"1,250", 0, ErrNotUnderstood},
		{"1 250", 0, ErrNotUnderstood},
		{"6.5", 0, ErrNotUnderstood},
		{"6 months", 0, ErrNotUnderstood},
		{"six", 0, ErrNotUnderstood},
		{"6²", 0, ErrNotUnderstood},
		{"1️⃣2️⃣", 0, ErrNotUnderstood},
		{"", 0, ErrNotUnderstood},
	} {
		got, err := Integer(tc.text)
		if got != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("Integer(%q) = %d, %v; want %d, %v", tc.text, got, err, tc.want, tc.err)
		}
	}
}

// Every decimal digit that Unicode has is worth what its block says.
func TestDigits(t *testing.T) {
	t.Parallel()
	want, n := '0', 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			if want != '0' {
				t.Fatalf("the digits before U+%04X end with %c", r, want-1)
			}
			continue
		}
		if got, ok := message.Digit(r); !ok || got != want {
			t.Errorf("digitOf(U+%04X) = %c, %v; want %c", r, got, ok, want)
		}
		n++
		if want++; want > '9' {
			want = '0'
		}
	}
	if n < 600 {
		t.Errorf("%d digits tried, want all of Unicode's", n)
	}
}

// No error repeats what the customer typed.
func TestErrorsHoldNoText(t *testing.T) {
	t.Parallel()
	const secret = "zebra 0831234567 a@b@c"
	l := locale(t, "en-ZA")
	today := Civil{2026, 11, 24}
	for name, read := range map[string]func() error{
		"Date":          func() error { _, err := Date(secret, today, l); return err },
		"BirthDay":      func() error { _, _, _, err := BirthDay(secret, l); return err },
		"LeadingDate":   func() error { _, _, _, _, err := LeadingDate(secret, l); return err },
		"ParseCivil":    func() error { _, err := ParseCivil(secret); return err },
		"Money":         func() error { _, err := Money(secret, "ZAR", l); return err },
		"Integer":       func() error { _, err := Integer(secret); return err },
		"Phone":         func() error { _, err := Phone(secret, "ZA"); return err },
		"Email":         func() error { _, err := Email(secret); return err },
		"PostalAddress": func() error { _, err := PostalAddress(secret); return err },
		"Text":          func() error { _, err := Text(secret, 3); return err },
		"Choose":        func() error { _, err := Choose(secret, menu, true); return err },
		"Choices":       func() error { _, err := Choices(secret, menu, true, 3); return err },
	} {
		err := read()
		if err == nil || strings.Contains(err.Error(), "zebra") || strings.Contains(err.Error(), "083") {
			t.Errorf("%s(%q): error %v, want one without the text", name, secret, err)
		}
	}
}
