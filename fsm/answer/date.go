package answer

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Date reads a day that is today or later. The grammar, in English; Afrikaans has the same in its own words:
//
//	2026-12-15, 2026/12/15        15/12, 15/12/2026 (by the locale's order), 15-12-2026, 15.12.2026
//	15 Dec, 15th of December 2026, Dec 15, December 15th, 2026; each also after a weekday, which must agree
//	today, tomorrow, day after tomorrow       in 3 days, in two weeks
//	friday, on friday, this friday, next friday, friday next week
//	the 15th, 15th                the end of the month, month end, end of next month
//
// A day without a year, and a day without a month, is the next one from today on. "Friday" is the first one after today; said
// on a Friday it is ErrAmbiguous. "Next Friday" is the Friday of the next week, weeks beginning on Monday: people differ, so the
// one reading is written here and the day is always read back. A number alone is never a date.
func Date(text string, today Civil, locale Locale) (Civil, error) {
	d, err := readDate(trim(lex(text)), today, locale)
	if err != nil {
		return Civil{}, fmt.Errorf("read date: %w", err)
	}
	if d.Before(today) {
		return Civil{}, fmt.Errorf("read date: %w", ErrPast)
	}
	return d, nil
}

// parts is what a rule finds in the text: the captured tokens' values in order, -1 where one is missing.
type parts struct {
	at     []int
	today  Civil
	locale Locale
}

type dateRule struct {
	form *regexp.Regexp // over signs; the captures become parts.at
	read func(parts) (Civil, error)
}

func rule(form string, read func(parts) (Civil, error)) dateRule {
	return dateRule{regexp.MustCompile("^(?:" + form + ")$"), read}
}

// onWeekday may stand before a date: "on Friday the", "Fri,".
const onWeekday = `(?:P?(W),?)?P?`

var dateRules = []dateRule{
	rule(onWeekday+`T?([no])O?(M)(?:,?(y))?`, func(p parts) (Civil, error) { return p.dated(p.at[0], p.at[1], p.at[2], p.at[3]) }),
	rule(onWeekday+`(M)T?([no])(?:,?(y))?`, func(p parts) (Civil, error) { return p.dated(p.at[0], p.at[2], p.at[1], p.at[3]) }),
	rule(onWeekday+`(?:(y)-(n)-(n)|(y)/(n)/(n))`, func(p parts) (Civil, error) {
		if p.at[1] < 0 {
			copy(p.at[1:4], p.at[4:7])
		}
		return p.dated(p.at[0], p.at[3], p.at[2], p.at[1])
	}),
	rule(onWeekday+`(n)/(n)(?:/(y))?`, readNumeric),
	rule(onWeekday+`(n)-(n)-(y)`, readNumeric),
	rule(onWeekday+`(n)\.(n)\.(y)`, readNumeric),
	rule(onWeekday+`(?:T([no])|(o))`, func(p parts) (Civil, error) { return p.nth(p.at[0], max(p.at[1], p.at[2])) }),
	rule(`(R)`, func(p parts) (Civil, error) { return p.today.AddDays(p.at[0]), nil }),
	rule(`T?DA(R)`, func(p parts) (Civil, error) {
		if p.at[0] != 1 { // "the day after today" is nothing that people say
			return Civil{}, ErrNotUnderstood
		}
		return p.today.AddDays(2), nil
	}),
	rule(`[PS]?(W)`, func(p parts) (Civil, error) {
		n := (p.at[0] - int(p.today.Weekday()) + 7) % 7
		if n == 0 {
			return Civil{}, ErrAmbiguous
		}
		return p.today.AddDays(n), nil
	}),
	rule(`P?N(W)|P?(W)P?NK|NKP?(W)`, func(p parts) (Civil, error) {
		sinceMonday := (int(p.today.Weekday()) + 6) % 7
		wanted := (max(p.at[0], p.at[1], p.at[2]) + 6) % 7
		return p.today.AddDays(7 - sinceMonday + wanted), nil
	}),
	rule(`I([nC])(?:(D)|K)`, func(p parts) (Civil, error) {
		days := p.at[0]
		if p.at[1] < 0 {
			days *= 7
		}
		return p.today.AddDays(days), nil
	}),
	rule(`P?T?EO?[TS]?H|P?T?HE|P?T?X`, func(p parts) (Civil, error) { return monthEnd(p.today, 1), nil }),
	rule(`P?T?EO?T?NH`, func(p parts) (Civil, error) { return monthEnd(p.today, 2), nil }),
}

// monthEnd is the last day of today's month (ahead 1) or of the one after it (ahead 2).
func monthEnd(today Civil, ahead int) Civil {
	return Civil{today.Year, today.Month, 1}.addMonths(ahead).AddDays(-1)
}

func (c Civil) addMonths(n int) Civil { return CivilOf(c.time().AddDate(0, n, 0)) }

func readNumeric(p parts) (Civil, error) {
	day, month, err := p.locale.order(p.at[1], p.at[2])
	if err != nil {
		return Civil{}, err
	}
	return p.dated(p.at[0], day, month, p.at[3])
}

// order tells the day from the month in 3/4. It never swaps them to make sense of what the locale's order makes none of.
func (l Locale) order(first, second int) (day, month int, err error) {
	switch {
	case l.DayFirst:
		return first, second, nil
	case l.MonthFirst:
		return second, first, nil
	case first <= 12 && second <= 12 && first != second:
		return 0, 0, ErrAmbiguous
	case first > 12:
		return first, second, nil
	}
	return second, first, nil
}

// dated makes the day of a month, in the year said or else the next one. A weekday that was said must agree.
func (p parts) dated(weekday, day, month, year int) (Civil, error) {
	if year >= 0 {
		return p.agreed(weekday, Civil{year, time.Month(month), day})
	}
	for y := p.today.Year; y <= p.today.Year+8; y++ { // eight years: 29 February, over 2100
		if d := (Civil{y, time.Month(month), day}); d.Valid() && !d.Before(p.today) {
			return p.agreed(weekday, d)
		}
	}
	return Civil{}, ErrNotUnderstood
}

// nth makes "the 31st": the next month that has one.
func (p parts) nth(weekday, day int) (Civil, error) {
	first := Civil{p.today.Year, p.today.Month, 1}
	for n := range 3 {
		d := first.addMonths(n)
		d.Day = day
		if d.Valid() && !d.Before(p.today) {
			return p.agreed(weekday, d)
		}
	}
	return Civil{}, ErrNotUnderstood
}

func (p parts) agreed(weekday int, d Civil) (Civil, error) {
	if !d.Valid() {
		return Civil{}, ErrNotUnderstood
	}
	if weekday >= 0 && time.Weekday(weekday) != d.Weekday() {
		return Civil{}, ErrAmbiguous
	}
	return d, nil
}

func readDate(tokens []token, today Civil, locale Locale) (Civil, error) {
	if !today.Valid() {
		return Civil{}, fmt.Errorf("today is not a day: %w", ErrRange)
	}
	signs, values := locale.signs(tokens)
	for _, r := range dateRules {
		m := r.form.FindSubmatchIndex(signs)
		if m == nil {
			continue
		}
		p := parts{today: today, locale: locale}
		for i := 2; i < len(m); i += 2 {
			value := -1
			if m[i] >= 0 {
				value = values[m[i]]
			}
			p.at = append(p.at, value)
		}
		return r.read(p)
	}
	return Civil{}, ErrNotUnderstood
}

// signs turns tokens into one letter each, and what each is worth.
func (l Locale) signs(tokens []token) (signs []byte, values []int) {
	v := l.vocabulary()
	for i, t := range tokens {
		s, value := sOther, 0
		switch t.kind {
		case number:
			value, _ = strconv.Atoi(t.text)
			switch {
			case len(t.text) <= 2 && value > 0:
				s = sDay
			case len(t.text) == 4 && t.text[0] != '0':
				s = sYear
			}
		case word:
			if len(signs) > 0 && !t.spaced && signs[len(signs)-1] == byte(sDay) && v.endings[t.text] {
				signs[len(signs)-1] = byte(sNth)
				continue
			}
			if m, ok := v.words[t.text]; ok {
				s, value = m.sign, m.value
			}
		case mark:
			switch t.text {
			case "/", "-", ",":
				s = sign(t.text[0])
			case ".":
				if !t.spaced && i > 0 && tokens[i-1].kind == word { // an abbreviation's: "Nov."
					continue
				}
				s = '.'
			}
		}
		signs, values = append(signs, byte(s)), append(values, value)
	}
	return signs, values
}
