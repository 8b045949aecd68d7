package answer

import (
	"slices"
	"strconv"
)

// numberNames may stand before a number: "option 4". "No 4" isn't here: it may be a no.
var numberNames = []string{"option", "number", "nr", "num", "opsie", "nommer", "keuse", "choice"}

// units make a number a quantity, so not a choice: "2 weeks ago", "3 of my cards".
var units = []string{
	"day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "minute", "minutes", "min", "mins",
	"am", "pm", "x", "times", "of", "percent", "st", "nd", "rd", "th", "k", "more", "other", "others", "or", "and", "to",
	"dag", "dae", "weke", "maand", "maande", "jaar", "jare", "uur", "minute", "keer", "ste", "de", "van", "persent", "of", "en", "tot",
}

// mostRest is the most words after a number: more is a sentence that happens to begin with one.
const mostRest = 8

func chooseByNumber(text string, tokens []token, n int) (Choice, error) {
	if tokens[0].kind == word && slices.Contains(numberNames, tokens[0].text) && len(tokens) > 1 {
		tokens = tokens[1:]
		if isMark(tokens[0], ".", ":") && len(tokens) > 1 {
			tokens = tokens[1:]
		}
	}
	if isMark(tokens[0], "#") && len(tokens) > 1 {
		tokens = tokens[1:]
	}
	picked := tokens[0]
	at, err := strconv.Atoi(picked.text)
	if picked.kind != number || err != nil || at < 1 || at > n || picked.text[0] == '0' {
		return Choice{}, ErrNotUnderstood
	}
	choice := Choice{Index: at - 1, How: ByNumber}
	rest := tokens[1:]
	if len(rest) > 0 && isMark(rest[0], ".", ")", ":", ",", "-") && (len(rest) == 1 || rest[1].spaced) {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return choice, nil
	}
	first := rest[0]
	switch {
	case !first.spaced, len(rest) > mostRest:
		return Choice{}, ErrNotUnderstood
	case first.kind == word && slices.Contains(units, first.text):
		return Choice{}, ErrNotUnderstood
	case first.kind == word && isMonth(first.text): // "4 december" is a date as much as a choice
		return Choice{}, ErrAmbiguous
	case first.kind == number && !slices.ContainsFunc(rest, notNumber): // "4 500", "1 2"
		return Choice{}, ErrAmbiguous
	case first.kind == mark && !slices.Contains([]string{"$", "£", "€", "¥"}, first.text):
		return Choice{}, ErrNotUnderstood
	}
	choice.Rest = span(text, rest)
	return choice, nil
}

func notNumber(t token) bool { return t.kind == word || isMark(t, "/", "-") && !t.spaced }

func isMark(t token, marks ...string) bool { return t.kind == mark && slices.Contains(marks, t.text) }

func isMonth(s string) bool { return afrikaans().words[s].sign == sMonth }
