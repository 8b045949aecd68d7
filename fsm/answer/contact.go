package answer

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"github.com/rivo/uniseg"
)

// nationalDigits has the countries whose subscribers all have numbers of one length, though the library also takes the networks'
// own short ones as valid: a mobile number in South Africa with digits missing.
var nationalDigits = map[int32]int{27: 9}

// Phone reads a telephone number as it is dialled in the region ("ZA"), or with its country code, and returns E.164. Only digits
// and the usual signs may stand in it: the library would find a number inside a sentence, and read letters as the keys of a telephone.
func Phone(text, region string) (string, error) {
	var digits strings.Builder
	for i, t := range lex(text) {
		switch {
		case t.kind == number:
			digits.WriteString(t.text)
		case isMark(t, "+") && digits.Len() == 0 && i <= 1:
			digits.WriteString("+")
		case !isMark(t, "-", ".", "(", ")", "/", "\u2010", "\u2011", "\u2013"):
			return "", fmt.Errorf("read phone number: %w", ErrNotUnderstood)
		}
	}
	n, err := phonenumbers.Parse(digits.String(), strings.ToUpper(region))
	if whole, ok := nationalDigits[n.GetCountryCode()]; ok && err == nil && len(phonenumbers.GetNationalSignificantNumber(n)) != whole {
		return "", fmt.Errorf("read phone number: digits missing: %w", ErrNotUnderstood)
	}
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsPossibleNumber(n) || !phonenumbers.IsValidNumber(n) {
		return "", fmt.Errorf("read phone number: not one that can be dialled: %w", ErrNotUnderstood)
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

var (
	emailLocal  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	emailDomain = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$`)
)

// Email reads one e-mail address: a dot-atom and a host name, in ASCII, within 64 and 254 characters. The domain comes back in
// lower case; the part before the @ belongs to its host and stays.
func Email(text string) (string, error) {
	s := strings.TrimSpace(visible(text))
	local, domain, ok := strings.Cut(s, "@")
	domain = strings.ToLower(domain)
	if !ok || len(local) > 64 || len(s) > 254 || !emailLocal.MatchString(local) || !emailDomain.MatchString(domain) {
		return "", fmt.Errorf("read e-mail address: %w", ErrNotUnderstood)
	}
	return local + "@" + domain, nil
}

const (
	leastAddress = 5 // graphemes
	mostAddress  = 200
)

// link finds web addresses, with and without their scheme.
var link = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,24}/|[a-z0-9-]\.(?:com|net|org|info|biz|co|io|me|ly|app|link|site|online|xyz|gov|za|uk|us)\b`)

// PostalAddress reads an address as text, on one line: 5 to 200 characters, with letters and digits, no link and no e-mail
// address. That it exists is for the system of record to say.
func PostalAddress(text string) (string, error) {
	lines := strings.FieldsFunc(visible(text), func(r rune) bool { return r == '\n' || r == '\r' })
	var kept []string
	for _, l := range lines {
		if l = strings.Trim(strings.Join(strings.Fields(l), " "), " ,"); l != "" {
			kept = append(kept, l)
		}
	}
	s := strings.Join(kept, ", ")
	letters, digits := false, false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.Is(unicode.Nd, r):
			digits = true
		case !unicode.IsMark(r) && !strings.ContainsRune(" ,.'’-–/#&():;º№", r):
			return "", fmt.Errorf("read postal address: %w", ErrNotUnderstood)
		}
	}
	switch n := uniseg.GraphemeClusterCount(s); {
	case n > mostAddress:
		return "", fmt.Errorf("read postal address: longer than %d characters: %w", mostAddress, ErrTooMany)
	case n < leastAddress, !letters, !digits, link.MatchString(s):
		return "", fmt.Errorf("read postal address: %w", ErrNotUnderstood)
	}
	return s, nil
}
