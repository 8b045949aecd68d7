package bot

import (
	"strings"
	"unicode"
)

// redactCards takes card numbers out of a text before anything is kept of it (PCI DSS 4.0.1, 3.3): the first six and the
// last four digits stay, as the standard allows. A card number may stand right beside other digits and may be written in
// any script's digits, with one character between two of them; what only looks like one is hidden too, which harms nobody.
func redactCards(text string) string {
	runes := []rune(text)
	for start := 0; start < len(runes); {
		at, digits := digitsFrom(runes, start)
		if len(at) == 0 {
			start++
			continue
		}
		for _, j := range hidden(digits) {
			runes[at[j]] = '*'
		}
		start = at[len(at)-1] + 1
	}
	return string(runes)
}

const leastCard, mostCard = 13, 19

// digitsFrom reads a run of digits that begins at start, single separators between them, and where each stands.
func digitsFrom(runes []rune, start int) (at, digits []int) {
	for i := start; i < len(runes); i++ {
		d, ok := digit(runes[i])
		switch {
		case ok:
			at, digits = append(at, i), append(digits, d)
		case len(at) == 0, at[len(at)-1] < i-1, !unicode.IsSpace(runes[i]) && !strings.ContainsRune("-‐‑–.,/_", runes[i]):
			return at, digits
		}
	}
	return at, digits
}

// hidden are the places that must not be shown: the middle of whatever in digits may be a card number. Several may overlap,
// and only one be meant: all are hidden.
func hidden(digits []int) (all []int) {
	to := 0 // hidden up to here
	for i := 0; i+leastCard <= len(digits); i++ {
		if digits[i] < 2 || digits[i] > 6 { // ISO/IEC 7812: what banks issue
			continue
		}
		for n := leastCard; n <= min(mostCard, len(digits)-i); n++ {
			if !luhn(digits[i : i+n]) {
				continue
			}
			for j := max(to, i+6); j < i+n-4; j++ {
				all = append(all, j)
			}
			to = max(to, i+n-4)
		}
	}
	return all
}

// luhn is the check digit rule of ISO/IEC 7812-1.
func luhn(digits []int) bool {
	sum := 0
	for i := range digits {
		d := digits[len(digits)-1-i]
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// digit is a decimal digit's value, in any script.
func digit(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	if r < 0x80 {
		return 0, false
	}
	for _, in := range unicode.Nd.R16 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return int(r-rune(in.Lo)) % 10, true
		}
	}
	for _, in := range unicode.Nd.R32 {
		if r >= rune(in.Lo) && r <= rune(in.Hi) {
			return int(r-rune(in.Lo)) % 10, true
		}
	}
	return 0, false
}
