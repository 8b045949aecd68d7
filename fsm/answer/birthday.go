package answer

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// BirthDay reads a day of the year, with or without its year (0 where absent). It takes the dates of Date that name a month,
// past ones too.
func BirthDay(text string, locale Locale) (month, day, year int, err error) {
	month, day, year, ok := locale.birthDay(trim(lex(text)))
	if !ok {
		return 0, 0, 0, fmt.Errorf("read day of birth: %w", ErrNotUnderstood)
	}
	return month, day, year, nil
}

// LeadingDate reads the longest date at the beginning of the text and returns the rest as it was typed, for a day of birth and a
// postcode in one message: "14 March 1980 SW1A 1AA" gives 3, 14, 1980, "SW1A 1AA".
//
// Four digits after the month are taken as the year, since nothing here can tell a year from a postcode: "14 March 2196" gives
// 3, 14, 2196 and no rest. A caller that asked for a postcode and got no rest may take the year for it. Four digits that begin with
// 0 are never a year.
func LeadingDate(text string, locale Locale) (month, day, year int, rest string, err error) {
	tokens := lex(text)
	for n := min(len(tokens), 7); n > 1; n-- { // 7: the 14th of March, 1980
		if n < len(tokens) && !tokens[n].parts() {
			continue
		}
		if month, day, year, ok := locale.birthDay(tokens[:n]); ok {
			return month, day, year, strings.TrimLeft(text[tokens[n-1].end:], " \t\r\n,;.\u00a0\u202f"), nil
		}
	}
	return 0, 0, 0, "", fmt.Errorf("read leading date: %w", ErrNotUnderstood)
}

// parts reports whether t stands apart from what comes before it: "14/3" isn't the date in "14/3/80".
func (t token) parts() bool {
	return t.spaced || t.kind == mark && (t.text == "," || t.text == ";")
}

var (
	dayMonth = regexp.MustCompile(`^T?([no])O?(M)(?:,?(y))?$`)
	monthDay = regexp.MustCompile(`^(M)T?([no])(?:,?(y))?$`)
	isoDate  = regexp.MustCompile(`^(y)[-/](n)[-/](n)$`)
	slashes  = regexp.MustCompile(`^(n)(?:/(n)(?:/(y))?|-(n)-(y)|\.(n)\.(y))$`)
)

func (l Locale) birthDay(tokens []token) (month, day, year int, ok bool) {
	signs, values := l.signs(tokens)
	found := func(form *regexp.Regexp) []int {
		var out []int
		m := form.FindSubmatchIndex(signs)
		for i := 2; i < len(m); i += 2 {
			if m[i] < 0 {
				out = append(out, 0)
				continue
			}
			out = append(out, values[m[i]])
		}
		return out
	}
	if m := found(dayMonth); m != nil {
		day, month, year = m[0], m[1], m[2]
	} else if m := found(monthDay); m != nil {
		month, day, year = m[0], m[1], m[2]
	} else if m := found(isoDate); m != nil {
		year, month, day = m[0], m[1], m[2]
	} else if m := found(slashes); m != nil {
		var err error
		if day, month, err = l.order(m[0], max(m[1], m[3], m[5])); err != nil {
			return 0, 0, 0, false
		}
		year = max(m[2], m[4], m[6])
	}
	leap := 2000 // a 29 February without its year is a day
	if year > 0 {
		leap = year
	}
	return month, day, year, Civil{leap, time.Month(month), day}.Valid()
}
