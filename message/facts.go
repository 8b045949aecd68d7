package message

import (
	"regexp"
	"slices"
	"strings"
)

// What reads as a day of birth with its month named, and as a postcode that has letters: in a folded text as in one that was
// typed. A number alone is neither, but one that stands beside such a day is its year or a postcode.
const (
	gap    = `[\s.,/-]*`
	day    = `\d{1,2}(?:st|nd|rd|th|de|ste)?`
	month  = `(?:jan(?:uary|uarie)?|feb(?:ruary|ruarie)?|mar(?:ch)?|maart|mrt|apr(?:il)?|may|mei|june?|junie|july?|julie|aug(?:ust|ustus)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cs](?:ember)?)`
	named  = `(?:` + day + gap + `(?:(?:of|van)\s+)?` + month + `|` + month + gap + day + `)`
	letter = `(?:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}|[a-z]\d[a-z]\s?\d[a-z]\d)` // SW1A 1AA, K1A 0B1
	label  = `(?:(?:and|en|born|gebore|dob|postcode|poskode|postal code)[\s:]+)*`
	number = label + `\b\d{4,6}\b`
)

var (
	factual = regexp.MustCompile(`(?i)\b(?:(?:` + number + gap + `)*` + label + named + `\b(?:` + gap + number + `)*|` + label + letter + `\b)`)
	numeric = regexp.MustCompile(`\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{1,2}\.\d{1,2}\.\d{2,4})\b(?:\s+\d{4,6}\b)?`)
)

// withoutFacts is a folded text without what only a check may see; ok is false where there is nothing of the kind.
func withoutFacts(form string) (rest string, ok bool) {
	if !mayHoldFacts(form) || !factual.MatchString(form) {
		return form, false
	}
	return strings.Join(strings.Fields(factual.ReplaceAllString(form, " ")), " "), true
}

// mayHoldFacts says whether a folded text has what such a fact can't do without: a digit, and a month's name or a letter right
// before a digit.
func mayHoldFacts(form string) bool {
	digits, joined := false, false
	for i := range len(form) {
		if isDigit(form[i]) {
			digits = true
			joined = joined || i > 0 && form[i-1] >= 'a' && form[i-1] <= 'z'
		}
	}
	return joined || digits && slices.ContainsFunc(months, func(m string) bool { return strings.Contains(form, m) })
}

// months are how all names in month begin.
var months = words("jan feb mar maa mrt apr may mei jun jul aug sep oct okt nov dec des")

// HideFacts puts mark for what reads as a day of birth, or as a postcode beside one, in a text that is to be kept. ok is
// false where that can't be done, for it is written in disguise: then nothing of the text may be kept.
func HideFacts(text, mark string) (hidden string, ok bool) {
	hidden = numeric.ReplaceAllLiteralString(factual.ReplaceAllLiteralString(text, mark), mark)
	_, left := withoutFacts(Fold(strings.ReplaceAll(hidden, mark, " ")))
	return hidden, !left
}
