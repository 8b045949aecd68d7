package answer

import (
	"errors"
	"testing"
)

func TestBirthDay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		locale, text     string
		month, day, year int
		err              error
	}{
		{"en-ZA", "14 march", 3, 14, 0, nil},
		{"en-ZA", "14 March 1980", 3, 14, 1980, nil},
		{"en-ZA", "march 14th, 1980", 3, 14, 1980, nil},
		{"en-ZA", "1980-03-14", 3, 14, 1980, nil},
		{"en-ZA", "14/3", 3, 14, 0, nil},
		{"en-US", "3/14/1980", 3, 14, 1980, nil},
		{"en-ZA", "14-03-1980", 3, 14, 1980, nil},
		{"en-ZA", "14.03.1980", 3, 14, 1980, nil},
		{"af", "14 Maart", 3, 14, 0, nil},
		{"af", "die 14de Mrt.", 3, 14, 0, nil},
		{"en-ZA", "29 feb", 2, 29, 0, nil},
		{"en-ZA", "29 feb 1980", 2, 29, 1980, nil},
		{"en-ZA", "29 feb 1981", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "30 feb", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "14", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "tomorrow", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "friday", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "14 march 80", 0, 0, 0, ErrNotUnderstood},
		{"en-ZA", "14 march 1980 x", 0, 0, 0, ErrNotUnderstood},
		{"en", "3/4/1980", 0, 0, 0, ErrNotUnderstood},
	} {
		month, day, year, err := BirthDay(tc.text, locale(t, tc.locale))
		if month != tc.month || day != tc.day || year != tc.year || !errors.Is(err, tc.err) {
			t.Errorf("BirthDay(%q, %s) = %d, %d, %d, %v; want %d, %d, %d, %v", tc.text, tc.locale, month, day, year, err, tc.month, tc.day, tc.year, tc.err)
		}
	}
}

func TestLeadingDate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text             string
		month, day, year int
		rest             string
		err              error
	}{
		{"14 march 2196", 3, 14, 2196, "", nil},
		{"14 march 1980 2196", 3, 14, 1980, "2196", nil},
		{"14 March, SW1A 1AA", 3, 14, 0, "SW1A 1AA", nil},
		{"14 March 1980, SW1A 1AA", 3, 14, 1980, "SW1A 1AA", nil},
		{"14 march 0002", 3, 14, 0, "0002", nil},
		{"14 march 21965", 3, 14, 0, "21965", nil},
		{"14 march 2196a", 3, 14, 0, "2196a", nil},
		{"14 march 2196-44", 3, 14, 0, "2196-44", nil},
		{"14/3 8001", 3, 14, 0, "8001", nil},
		{"14/3/1980\n8001", 3, 14, 1980, "8001", nil},
		{"the 14th of march, 1980, 8001", 3, 14, 1980, "8001", nil},
		{"1980-03-14 8001 please", 3, 14, 1980, "8001 please", nil},
		{"march 14 8001", 3, 14, 8001, "", nil},
		{"14/3/80 8001", 0, 0, 0, "", ErrNotUnderstood},
		{"8001 14 march", 0, 0, 0, "", ErrNotUnderstood},
		{"8001", 0, 0, 0, "", ErrNotUnderstood},
		{"", 0, 0, 0, "", ErrNotUnderstood},
	} {
		month, day, year, rest, err := LeadingDate(tc.text, locale(t, "en-ZA"))
		if month != tc.month || day != tc.day || year != tc.year || rest != tc.rest || !errors.Is(err, tc.err) {
			t.Errorf("LeadingDate(%q) = %d, %d, %d, %q, %v; want %d, %d, %d, %q, %v", tc.text, month, day, year, rest, err,
				tc.month, tc.day, tc.year, tc.rest, tc.err)
		}
	}
}
