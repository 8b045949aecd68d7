package answer

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCivil(t *testing.T) {
	t.Parallel()
	d := Civil{2026, time.November, 24}
	for _, tc := range []struct {
		name      string
		got, want any
	}{
		{"String", d.String(), "2026-11-24"},
		{"AddDays over a month", d.AddDays(7).String(), "2026-12-01"},
		{"AddDays backwards", d.AddDays(-24).String(), "2026-10-31"},
		{"AddDays over a leap day", Civil{2028, 2, 28}.AddDays(1).String(), "2028-02-29"},
		{"Weekday", d.Weekday(), time.Tuesday},
		{"Before", d.Before(d.AddDays(1)), true},
		{"Before itself", d.Before(d), false},
		{"After", d.After(d.AddDays(-1)), true},
		{"Valid", d.Valid(), true},
		{"29 Feb 2026", Civil{2026, 2, 29}.Valid(), false},
		{"month 13", Civil{2026, 13, 1}.Valid(), false},
		{"year 10000", Civil{10000, 1, 1}.Valid(), false},
		{"the zero day", Civil{}.Valid(), false},
		{"IsZero", Civil{}.IsZero(), true},
		{"CivilOf, in its own zone", CivilOf(time.Date(2026, 11, 24, 23, 30, 0, 0, time.FixedZone("", 7200))), d},
		{"In", d.In(time.UTC), time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, tc.got, tc.want)
		}
	}
}

func TestParseCivil(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "2026-2-1", "2026-02-30", "26-02-01", "2026-02-01 ", "2026-02-01T00:00:00Z", "02/01/2026", "-026-01-01"} {
		if d, err := ParseCivil(s); !errors.Is(err, ErrNotUnderstood) {
			t.Errorf("ParseCivil(%q) = %v, %v; want ErrNotUnderstood", s, d, err)
		}
	}
}

func TestCivilJSON(t *testing.T) {
	t.Parallel()
	type doc struct{ A, B Civil }
	want := doc{A: Civil{2026, time.November, 24}}
	b, err := json.Marshal(want)
	if err != nil || string(b) != `{"A":"2026-11-24","B":""}` {
		t.Fatalf("Marshal = %s, %v", b, err)
	}
	var got doc
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("Unmarshal: %v (-want +got)\n%s", err, cmp.Diff(want, got))
	}
	if err := json.Unmarshal([]byte(`{"A":"2026-02-30"}`), &got); err == nil {
		t.Errorf("Unmarshal of 30 February: got %v, want an error", got.A)
	}
	if _, err := json.Marshal(Civil{2026, 2, 30}); err == nil {
		t.Error("Marshal of 30 February: got no error")
	}
}

func TestLocaleFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		tag, want string
		err       error
	}{
		{"en", "en", nil},
		{"en-ZA", "en-ZA", nil},
		{"en_za", "en-ZA", nil},
		{"EN-us", "en-US", nil},
		{"en-NG", "en", nil},
		{"en-Latn-ZA", "en-ZA", nil},
		{"af", "af", nil},
		{"af-ZA", "af-ZA", nil},
		{"af-NA", "af", nil},
		{"zu", "", ErrLocale},
		{"", "", ErrLocale},
		{"!!", "", ErrLocale},
	} {
		got, err := LocaleFor(tc.tag)
		if got.Tag != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("LocaleFor(%q) = %q, %v; want %q, %v", tc.tag, got.Tag, err, tc.want, tc.err)
		}
	}
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	d := Civil{2026, time.November, 20}
	for _, tc := range []struct {
		locale string
		d      Civil
		style  DateStyle
		want   string
	}{
		{"en-ZA", d, DateStyle{Weekday: true, Today: d}, "Fri 20 Nov"},
		{"en-ZA", Civil{2026, 11, 1}, DateStyle{Today: d}, "1 Nov"},
		{"en-ZA", Civil{2027, 11, 1}, DateStyle{Today: d}, "1 Nov 2027"},
		{"en-ZA", Civil{2027, 1, 1}, DateStyle{Weekday: true, Today: d}, "Fri 1 Jan 2027"},
		{"en", d, DateStyle{}, "20 Nov 2026"},
		{"en-US", d, DateStyle{Weekday: true, Today: d}, "Fri, Nov 20"},
		{"en-US", d, DateStyle{}, "Nov 20, 2026"},
		{"af", d, DateStyle{Weekday: true, Today: d}, "Vr 20 Nov"},
		{"af-ZA", Civil{2027, 3, 1}, DateStyle{Today: d}, "1 Mrt 2027"},
		{"en-ZA", Civil{2026, 2, 30}, DateStyle{}, ""},
		{"en-ZA", Civil{}, DateStyle{}, ""},
	} {
		if got := FormatDate(tc.d, locale(t, tc.locale), tc.style); got != tc.want {
			t.Errorf("FormatDate(%v, %s, %+v) = %q, want %q", tc.d, tc.locale, tc.style, got, tc.want)
		}
	}
	if got, want := FormatDate(d, Locale{}, DateStyle{}), "20 Nov 2026"; got != want {
		t.Errorf("FormatDate in no locale = %q, want %q", got, want)
	}
}
