// Package knownfacts reads the facts that a bank knows of a customer. In a thread only partial ones are asked: the day and
// month of birth, never the year, and the postcode.
package knownfacts

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// Birth is the day and month of birth. Its normal form is 03-14.
type Birth struct{}

// Class is birth.
func (Birth) Class() string { return "birth" }

// Normal reads the bank's date, 1996-03-14.
func (Birth) Normal(value string) (string, error) {
	d, err := answer.ParseCivil(value)
	if err != nil {
		return "", fmt.Errorf("date of birth: not a date: write it as 1996-03-14")
	}
	return monthDay(int(d.Month), d.Day), nil
}

// Read finds a date at the begin of the text or at its end: "14 March 2196", "2196, 14 march". A year may be typed and is
// not compared.
func (Birth) Read(text, language string) (normal, rest string, found bool) {
	locale, err := answer.LocaleFor(language)
	if err != nil || !answer.HasNumber(text) { // most texts are sentences: that is seen at once
		return "", text, false
	}
	if month, day, year, rest, err := answer.LeadingDate(text, locale); err == nil {
		if strings.TrimSpace(rest) == "" && year > 0 {
			rest = fmt.Sprintf("%04d", year) // "14 March 2196": the year isn't asked, so these four digits are the postcode
		}
		return monthDay(month, day), rest, true
	}
	// The postcode first: what follows the first word, or the first two, is the date.
	words := strings.Fields(strings.ReplaceAll(text, ",", " "))
	for lead := 1; lead <= 2 && lead < len(words); lead++ {
		tail := strings.Join(words[lead:], " ")
		if month, day, _, after, err := answer.LeadingDate(tail, locale); err == nil && strings.TrimSpace(after) == "" {
			return monthDay(month, day), strings.Join(words[:lead], " "), true
		}
	}
	return "", text, false
}

func monthDay(month, day int) string { return fmt.Sprintf("%02d-%02d", month, day) }

// Place is the postcode. Its normal form has letters and digits only, in one case.
type Place struct{}

// Class is place.
func (Place) Class() string { return "place" }

// Normal reads the bank's postcode.
func (Place) Normal(value string) (string, error) {
	code := compact(value)
	if len(code) < 3 || len(code) > 10 {
		return "", fmt.Errorf("postcode: not one: letters and digits, 3 to 10 of them")
	}
	return code, nil
}

// Read takes the text as a postcode, if it is nothing more than one: the date has been cut out before.
func (p Place) Read(text, _ string) (normal, rest string, found bool) {
	if !strings.ContainsFunc(text, unicode.IsDigit) {
		return "", text, false
	}
	words := strings.Fields(text)
	for len(words) > 0 && filler[message.Fold(words[0])] {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 2 {
		return "", text, false
	}
	code, err := p.Normal(strings.Join(words, ""))
	if err != nil {
		return "", text, false
	}
	return code, "", true
}

// filler are words that people write before a postcode.
var filler = map[string]bool{"and": true, "en": true, "postcode": true, "poskode": true, "code": true, "kode": true, "postal": true}

// compact folds a postcode: "sw1a 1aa" and "SW1A-1AA" are one.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, message.Fold(s))
}
