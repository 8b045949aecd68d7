package message

import (
	"strings"
	"unicode/utf8"
)

// What becomes of an ASCII character that is no letter and no digit.
const (
	dropped = 0
	parting = ' '
)

// levels says what becomes of each ASCII character: the small letter or the digit itself, parting or dropped.
var levels = func() (to [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case c >= 'A' && c <= 'Z':
			to[c] = c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			to[c] = c
		case isApostrophe(rune(c)), c < ' ' && (c < '\t' || c > '\r'), c == 0x7f: // the other controls part words
			to[c] = dropped
		default:
			to[c] = parting
		}
	}
	return to
}()

// foldASCII is Fold for what nearly every text is, at a tenth of the cost.
func foldASCII(s string) (string, bool) {
	if isFolded(s) {
		return s, true
	}
	b := make([]byte, 0, len(s))
	gap := false // a space is owed before the next letter
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return "", false
		}
		switch c := levels[s[i]]; c {
		case dropped:
		case parting:
			gap = len(b) > 0
		default:
			if gap {
				b, gap = append(b, ' '), false
			}
			b = append(b, c)
		}
	}
	return string(b), true
}

// isFolded says whether an ASCII text is as folding would leave it: words of small letters and digits, one space between.
func isFolded(s string) bool {
	last := byte(parting)
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || levels[c] != c || c == parting && last == parting || c == dropped {
			return false
		}
		last = c
	}
	return last != parting || s == ""
}

// Folds reports whether folded, which is folded already, is what Fold makes of s. Of most texts it reads one letter.
func Folds(s, folded string) bool {
	if !isASCII(s) {
		return foldAny(s) == folded
	}
	at, gap := 0, false
	for i := range len(s) {
		switch c := levels[s[i]]; c {
		case dropped:
		case parting:
			gap = at > 0
		default:
			if gap {
				if at == len(folded) || folded[at] != ' ' {
					return false
				}
				at, gap = at+1, false
			}
			if at == len(folded) || folded[at] != c {
				return false
			}
			at++
		}
	}
	return at == len(folded)
}

// Words counts the words of what Fold makes of s.
func Words(s string) int {
	if !isASCII(s) {
		return len(strings.Fields(foldAny(s)))
	}
	n, in := 0, false
	for i := range len(s) {
		switch levels[s[i]] {
		case dropped:
		case parting:
			in = false
		default:
			if !in {
				n, in = n+1, true
			}
		}
	}
	return n
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
