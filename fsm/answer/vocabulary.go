package answer

import (
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/af"
	"github.com/go-playground/locales/en"

	"github.com/settle-chat/settle/message"
)

// sign is the part that a token plays in a date: one letter, so that the grammar can be written as regular expressions.
type sign byte

const (
	sDay     sign = 'n' // a number of one or two digits
	sNth     sign = 'o' // the same with its ordinal ending: 1st, 15de
	sYear    sign = 'y' // four digits, the first not 0
	sMonth   sign = 'M'
	sWeekday sign = 'W'
	sRelDay  sign = 'R' // today, tomorrow; its value is the days from today
	sNext    sign = 'N'
	sThis    sign = 'S'
	sThe     sign = 'T'
	sOf      sign = 'O'
	sOn      sign = 'P'
	sIn      sign = 'I'
	sDays    sign = 'D'
	sWeeks   sign = 'K'
	sOneMon  sign = 'H' // the word month
	sAfter   sign = 'A'
	sEnd     sign = 'E'
	sMonEnd  sign = 'X' // month end in one word
	sCount   sign = 'C' // a number as a word
	sOther   sign = '?'
)

type meaning struct {
	sign  sign
	value int
}

// vocabulary is what one language's words mean in a date. A word has one meaning or isn't here (TestVocabulary).
type vocabulary struct {
	words    map[string]meaning
	endings  map[string]bool // of ordinals
	months   []string        // short, as printed
	weekdays []string        // short, as printed, from Sunday
}

// words that a calendar doesn't have. A value stands after a colon.
var dateWords = map[string]map[sign]string{
	"en": {
		sRelDay: "today:0 tomorrow:1 tomorow:1 tommorow:1 tommorrow:1 tmrw:1",
		sNext:   "next", sThis: "this coming", sThe: "the", sOf: "of", sOn: "on", sIn: "in", sDays: "day days",
		sWeeks: "week weeks", sOneMon: "month months", sAfter: "after", sEnd: "end",
		sCount:   "a:1 one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10",
		sMonth:   "sept:9",
		sWeekday: "tues:2 weds:3 thur:4 thurs:4",
	},
	"af": {
		sRelDay: "vandag:0 môre:1 more:1 oormôre:2",
		sNext:   "volgende", sThis: "hierdie komende aanstaande", sThe: "die", sOf: "van", sOn: "op", sIn: "oor", sDays: "dag dae",
		sWeeks: "week weke", sOneMon: "maand", sAfter: "na", sEnd: "einde end", sMonEnd: "maandeinde",
		sCount: "'n:1 n:1 een:1 twee:2 drie:3 vier:4 vyf:5 ses:6 sewe:7 agt:8 nege:9 tien:10",
	},
}

var ordinals = map[string]string{"en": "st nd rd th", "af": "ste de e"}

// Each vocabulary is made once, when its first date is read. An Afrikaans thread takes English words too, since so do the people
// who write in it; an English thread takes no Afrikaans ones, for there "more" and "die" are other words.
var (
	english   = sync.OnceValue(func() *vocabulary { return newVocabulary(en.New(), "en") })
	afrikaans = sync.OnceValue(func() *vocabulary { return newVocabulary(af.New(), "af").with(english()) })
)

func (l Locale) vocabulary() *vocabulary {
	switch l.Language {
	case "en":
		return english()
	case "af":
		return afrikaans()
	}
	return &vocabulary{}
}

func newVocabulary(calendar locales.Translator, language string) *vocabulary {
	v := &vocabulary{words: map[string]meaning{}, endings: map[string]bool{}}
	for i, m := range calendar.MonthsAbbreviated() {
		v.months = append(v.months, strings.TrimSuffix(m, "."))
		v.add(m, meaning{sMonth, i + 1})
		v.add(calendar.MonthsWide()[i], meaning{sMonth, i + 1})
	}
	for i, d := range calendar.WeekdaysAbbreviated() {
		v.weekdays = append(v.weekdays, strings.TrimSuffix(d, "."))
		v.add(d, meaning{sWeekday, i})
		v.add(calendar.WeekdaysWide()[i], meaning{sWeekday, i})
	}
	for s, words := range dateWords[language] {
		for _, w := range strings.Fields(words) {
			w, value, _ := strings.Cut(w, ":")
			n := 0
			for _, digit := range value {
				n = n*10 + int(digit-'0')
			}
			v.add(w, meaning{s, n})
		}
	}
	for _, e := range strings.Fields(ordinals[language]) {
		v.endings[e] = true
	}
	return v
}

func (v *vocabulary) add(w string, m meaning) { v.words[message.Fold(w)] = m }

// with adds other's words where v has none of its own.
func (v *vocabulary) with(other *vocabulary) *vocabulary {
	for w, m := range other.words {
		if _, taken := v.words[w]; !taken {
			v.words[w] = m
		}
	}
	for e := range other.endings {
		v.endings[e] = true
	}
	return v
}

func (l Locale) weekday(d time.Weekday) string {
	if v := l.vocabulary(); int(d) < len(v.weekdays) {
		return v.weekdays[d]
	}
	return d.String()[:3]
}

func (l Locale) month(m time.Month) string {
	if v := l.vocabulary(); m >= 1 && int(m) <= len(v.months) {
		return v.months[m-1]
	}
	return m.String()[:3]
}
