package answer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func locale(t testing.TB, tag string) Locale {
	t.Helper()
	l, err := LocaleFor(tag)
	if err != nil {
		t.Fatalf("LocaleFor(%q): %v", tag, err)
	}
	return l
}

// TestDate has Tuesday 24 November 2026 as today, as the table in DEPENDENCIES has, whose lines are marked.
func TestDate(t *testing.T) {
	t.Parallel()
	today := Civil{2026, time.November, 24}
	for _, tc := range []struct {
		locale, text, want string
		err                error
	}{
		{"en-ZA", "day after tomorrow", "2026-11-26", nil}, // from the table, as the next twelve
		{"en-ZA", "2026-12-15", "2026-12-15", nil},
		{"en-ZA", "15/12", "2026-12-15", nil},
		{"en-ZA", "may", "", ErrNotUnderstood},
		{"en-ZA", "next friday", "2026-12-04", nil},
		{"en-ZA", "the 1st", "2026-12-01", nil},
		{"en-ZA", "1", "", ErrNotUnderstood},
		{"en-ZA", "on the 15th", "2026-12-15", nil},
		{"en-ZA", "end of month", "2026-11-30", nil},
		{"en-ZA", "payday", "", ErrNotUnderstood},
		{"en-ZA", `hi "kal"`, "", ErrNotUnderstood},
		{"en-ZA", "03/04/2027", "2027-04-03", nil},
		{"en-US", "03/04/2027", "2027-03-04", nil},

		{"en", "03/04/2027", "", ErrAmbiguous}, // plain English has no order
		{"en", "15/12", "2026-12-15", nil},
		{"en", "12/15", "2026-12-15", nil},
		{"en", "4/4", "2027-04-04", nil},
		{"en-ZA", "12/15", "", ErrNotUnderstood}, // never swapped
		{"en-US", "15/12", "", ErrNotUnderstood},
		{"af-ZA", "3/4/2027", "2027-04-03", nil},
		{"en-GB", "3/4/2027", "2027-04-03", nil},

		{"en-ZA", "2026/12/15", "2026-12-15", nil},
		{"en-ZA", "15-12-2026", "2026-12-15", nil},
		{"en-ZA", "15.12.2026", "2026-12-15", nil},
		{"en-ZA", "15-12", "", ErrNotUnderstood},
		{"en-ZA", "15.12", "", ErrNotUnderstood},
		{"en-ZA", "15/12/26", "", ErrNotUnderstood},
		{"en-ZA", "15/12.2026", "", ErrNotUnderstood},
		{"en-ZA", "2026-13-01", "", ErrNotUnderstood},
		{"en-ZA", "2026-02-30", "", ErrNotUnderstood},
		{"en-ZA", "0/12", "", ErrNotUnderstood},
		{"en-ZA", "20261215", "", ErrNotUnderstood},

		{"en-ZA", "15 December", "2026-12-15", nil},
		{"en-ZA", "15 DEC 2026", "2026-12-15", nil},
		{"en-ZA", "15dec", "2026-12-15", nil},
		{"en-ZA", "on the 15th of December, 2026", "2026-12-15", nil},
		{"en-ZA", "Dec 15", "2026-12-15", nil},
		{"en-ZA", "December 15th, 2026.", "2026-12-15", nil},
		{"en-ZA", "Tue 15 Dec.", "2026-12-15", nil},
		{"en-ZA", "tuesday, the 15th of december", "2026-12-15", nil},
		{"en-ZA", "wed 15 dec", "", ErrAmbiguous}, // it is a Tuesday
		{"en-ZA", "friday the 4th", "2026-12-04", nil},
		{"en-ZA", "friday the 5th", "", ErrAmbiguous},
		{"en-ZA", "24 november", "2026-11-24", nil},
		{"en-ZA", "23 november", "2027-11-23", nil},
		{"en-ZA", "29 feb", "2028-02-29", nil},
		{"en-ZA", "31 april", "", ErrNotUnderstood},
		{"en-ZA", "sept 1", "2027-09-01", nil},
		{"en-ZA", "1 5 dec", "", ErrNotUnderstood},
		{"en-ZA", "15 dec 8", "", ErrNotUnderstood},

		{"en-ZA", "today", "2026-11-24", nil},
		{"en-ZA", "Tomorrow, please", "2026-11-25", nil},
		{"en-ZA", "the day after tomorrow", "2026-11-26", nil},
		{"en-ZA", "day after today", "", ErrNotUnderstood},
		{"en-ZA", "yesterday", "", ErrNotUnderstood},
		{"en-ZA", "friday", "2026-11-27", nil},
		{"en-ZA", "on Friday", "2026-11-27", nil},
		{"en-ZA", "this fri", "2026-11-27", nil},
		{"en-ZA", "next monday", "2026-11-30", nil},
		{"en-ZA", "next week friday", "2026-12-04", nil},
		{"en-ZA", "friday next week", "2026-12-04", nil},
		{"en-ZA", "monday", "2026-11-30", nil},
		{"en-ZA", "tuesday", "", ErrAmbiguous}, // today or in a week
		{"en-ZA", "next tuesday", "2026-12-01", nil},
		{"en-ZA", "last friday", "", ErrNotUnderstood},
		{"en-ZA", "friday or monday", "", ErrNotUnderstood},
		{"en-ZA", "friday?", "", ErrNotUnderstood},
		{"en-ZA", "not friday", "", ErrNotUnderstood},
		{"en-ZA", "next week", "", ErrNotUnderstood},
		{"en-ZA", "we", "", ErrNotUnderstood}, // a short form of Wednesday that nobody writes

		{"en-ZA", "in 3 days", "2026-11-27", nil},
		{"en-ZA", "in two weeks", "2026-12-08", nil},
		{"en-ZA", "in a week", "2026-12-01", nil},
		{"en-ZA", "in 0 days", "", ErrNotUnderstood},
		{"en-ZA", "in 100 days", "", ErrNotUnderstood},
		{"en-ZA", "3 days", "", ErrNotUnderstood},
		{"en-ZA", "3 days ago", "", ErrNotUnderstood},
		{"en-ZA", "15th", "2026-12-15", nil},
		{"en-ZA", "the 24th", "2026-11-24", nil},
		{"en-ZA", "the 31st", "2026-12-31", nil},
		{"en-ZA", "the 32nd", "", ErrNotUnderstood},
		{"en-ZA", "month end", "2026-11-30", nil},
		{"en-ZA", "the end of this month", "2026-11-30", nil},
		{"en-ZA", "end of next month", "2026-12-31", nil},
		{"en-ZA", "15 th", "", ErrNotUnderstood},

		{"en-ZA", "23 nov 2026", "", ErrPast},
		{"en-ZA", "2026-11-23", "", ErrPast},
		{"en-ZA", "1/1/2026", "", ErrPast},

		{"en-ZA", "１５ Ｄｅｃ", "2026-12-15", nil},             // full-width
		{"en-ZA", "15 D\u200be\u200bc", "2026-12-15", nil}, // zero-width
		{"en-ZA", "15 Dес", "2026-12-15", nil},             // Cyrillic е and с
		{"en-ZA", "\u202e21 dec", "", ErrNotUnderstood},    // shows as 12
		{"en-ZA", "1² dec", "", ErrNotUnderstood},
		{"en-ZA", "", "", ErrNotUnderstood},
		{"en-ZA", strings.Repeat(" ", 300) + "today", "", ErrNotUnderstood},

		{"af", "vandag", "2026-11-24", nil},
		{"af", "môre", "2026-11-25", nil},
		{"af", "more", "2026-11-25", nil},
		{"af", "oormôre", "2026-11-26", nil},
		{"af", "dag na môre", "2026-11-26", nil},
		{"af", "vrydag", "2026-11-27", nil},
		{"af", "Vr.", "2026-11-27", nil},
		{"af", "op Vrydag", "2026-11-27", nil},
		{"af", "volgende vrydag", "2026-12-04", nil},
		{"af", "komende vrydag", "2026-11-27", nil},
		{"af", "die 15de", "2026-12-15", nil},
		{"af", "die 1ste", "2026-12-01", nil},
		{"af", "15 Desember", "2026-12-15", nil},
		{"af", "15 Des. 2026", "2026-12-15", nil},
		{"af", "3 Mrt.", "2027-03-03", nil},
		{"af", "einde van die maand", "2026-11-30", nil},
		{"af", "maandeinde", "2026-11-30", nil},
		{"af", "einde van volgende maand", "2026-12-31", nil},
		{"af", "oor 3 dae", "2026-11-27", nil},
		{"af", "oor 'n week", "2026-12-01", nil},
		{"af", "tomorrow", "2026-11-25", nil},
		{"af", "gister", "", ErrNotUnderstood},
		{"en-ZA", "more", "", ErrNotUnderstood},
		{"en-ZA", "môre", "", ErrNotUnderstood},
	} {
		got, err := Date(tc.text, today, locale(t, tc.locale))
		if !errors.Is(err, tc.err) || (err == nil && got.String() != tc.want) {
			t.Errorf("Date(%q, %s) = %v, %v; want %q, %v", tc.text, tc.locale, got, err, tc.want, tc.err)
		}
	}
}

// The words' tables leave no word with two meanings, and none that a date library's ambiguity comes from.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	en, af := Locale{Language: "en"}.vocabulary(), Locale{Language: "af"}.vocabulary()
	for w, m := range en.words {
		if got := af.words[w]; got != m {
			t.Errorf("%q means %c%d in an Afrikaans thread and %c%d in an English one", w, got.sign, got.value, m.sign, m.value)
		}
	}
	for _, lang := range []string{"en", "af"} {
		seen := map[string]sign{}
		for s, words := range dateWords[lang] {
			for _, w := range strings.Fields(words) {
				w, _, _ = strings.Cut(w, ":")
				if other, ok := seen[w]; ok {
					t.Errorf("%s: %q is both %c and %c", lang, w, other, s)
				}
				seen[w] = s
			}
		}
	}
}

// written is a date in every form that the grammar has for it.
func written(d Civil, l Locale) []string {
	month, wide := l.month(d.Month), map[string]string{"en": d.Month.String(), "af": monthsAf[d.Month-1]}[l.Language]
	weekday, end := l.weekday(d.Weekday()), "th"
	if l.Language == "en" && d.Day%10 >= 1 && d.Day%10 <= 3 && d.Day/10 != 1 {
		end = []string{"st", "nd", "rd"}[d.Day%10-1]
	} else if l.Language == "af" {
		end = "de"
	}
	a, b := d.Day, int(d.Month)
	if l.MonthFirst {
		a, b = b, a
	}
	forms := []string{
		d.String(), strings.ReplaceAll(d.String(), "-", "/"),
		fmt.Sprintf("%d %s %d", d.Day, month, d.Year), fmt.Sprintf("%d %s %d", d.Day, wide, d.Year),
		fmt.Sprintf("%d%s %s, %d", d.Day, end, wide, d.Year),
		fmt.Sprintf("%s %d, %d", month, d.Day, d.Year), fmt.Sprintf("%s %d%s %d", wide, d.Day, end, d.Year),
		fmt.Sprintf("%s, %d %s %d", weekday, d.Day, month, d.Year), strings.ToUpper(fmt.Sprintf("%s %d %s %d", weekday, d.Day, wide, d.Year)),
		FormatDate(d, l, DateStyle{}), FormatDate(d, l, DateStyle{Weekday: true}),
	}
	if l.DayFirst || l.MonthFirst {
		forms = append(forms, fmt.Sprintf("%d/%d/%d", a, b, d.Year), fmt.Sprintf("%02d-%02d-%d", a, b, d.Year), fmt.Sprintf("%02d.%02d.%d", a, b, d.Year))
	}
	return forms
}

var monthsAf = []string{"Januarie", "Februarie", "Maart", "April", "Mei", "Junie", "Julie", "Augustus", "September", "Oktober", "November", "Desember"}

var tags = []string{"en", "en-ZA", "en-GB", "en-US", "af", "af-ZA"}

// Every date in every accepted form reads back; one word more and it doesn't.
func TestDateReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		today := Civil{2000, 1, 1}.AddDays(rapid.IntRange(0, 60000).Draw(t, "today"))
		l := shipped[rapid.SampledFrom(tags).Draw(t, "locale")]
		d := today.AddDays(rapid.IntRange(0, 1500).Draw(t, "ahead"))
		for _, text := range written(d, l) {
			if got, err := Date(text, today, l); err != nil || got != d {
				t.Fatalf("Date(%q, %v, %s) = %v, %v; want %v", text, today, l.Tag, got, err, d)
			}
			for _, more := range []string{text + " ok", "maybe " + text, text + " 5", text + " or " + text, "-" + text} {
				if got, err := Date(more, today, l); err == nil {
					t.Fatalf("Date(%q) = %v, want an error: it has words left over", more, got)
				}
			}
			if _, err := Date(text, d.AddDays(1), l); !errors.Is(err, ErrPast) {
				t.Fatalf("Date(%q) a day later: %v, want ErrPast", text, err)
			}
		}
	})
}

// A date said without its year, and a day said in relation to today, never lies in the past, and is the next one.
func TestDateRelative(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		today := Civil{2000, 1, 1}.AddDays(rapid.IntRange(0, 60000).Draw(t, "today"))
		l := shipped[rapid.SampledFrom(tags).Draw(t, "locale")]
		n := rapid.IntRange(1, 99).Draw(t, "n")
		read := func(text string) Civil {
			got, err := Date(text, today, l)
			if err != nil {
				t.Fatalf("Date(%q, %v, %s): %v", text, today, l.Tag, err)
			}
			return got
		}
		first := func(ok func(Civil) bool) Civil { // the slow way: day by day
			for d := today; ; d = d.AddDays(1) {
				if ok(d) {
					return d
				}
			}
		}
		check := func(text string, want Civil) {
			if got := read(text); got != want {
				t.Fatalf("Date(%q, %v, %s) = %v, want %v", text, today, l.Tag, got, want)
			}
		}
		d := today.AddDays(n)
		check(fmt.Sprintf("%d %s", d.Day, l.month(d.Month)), first(func(c Civil) bool { return c.Month == d.Month && c.Day == d.Day }))
		check(FormatDate(today, l, DateStyle{Weekday: true, Today: today}), today)
		check(fmt.Sprintf("the %dth", map[bool]int{true: d.Day, false: 31}[n%2 == 0]), first(func(c Civil) bool {
			return c.Day == map[bool]int{true: d.Day, false: 31}[n%2 == 0]
		}))
		if d.Weekday() != today.Weekday() {
			check(l.weekday(d.Weekday()), first(func(c Civil) bool { return c.Weekday() == d.Weekday() }))
		}
		monday := first(func(c Civil) bool { return c != today && c.Weekday() == time.Monday })
		check("next "+d.Weekday().String(), monday.AddDays((int(d.Weekday())+6)%7))
		check("end of month", first(func(c Civil) bool { return c.AddDays(1).Day == 1 }))
		check(fmt.Sprintf("in %d days", n), d)
		check(fmt.Sprintf("in %d weeks", n), today.AddDays(7*n))
	})
}
