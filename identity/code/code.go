// Package code reads one-time codes out of what customers type. A code is single use, lives five minutes and is derived
// by its sender alone: it is in no document, no journal and no effect.
package code

import (
	"strings"
	"unicode"

	"github.com/settle-chat/settle/message"
)

// Digits is how many digits a code typed in a thread has. On a page it has eight.
const Digits = 6

// Read finds the one code in a text: exactly Digits digits, spaces and hyphens between them allowed, as phones show them.
// rest is the text without it. Two candidates are none.
func Read(text string) (digits, rest string, found bool) {
	folded := message.Fold(text)
	if !strings.ContainsFunc(folded, unicode.IsDigit) {
		return "", text, false
	}
	var kept []string
	for _, word := range strings.Fields(folded) {
		plain := strings.ReplaceAll(word, "-", "")
		if len(plain) == Digits && strings.IndexFunc(plain, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
			if found {
				return "", text, false
			}
			digits, found = plain, true
			continue
		}
		kept = append(kept, word)
	}
	if found {
		return digits, strings.Join(kept, " "), true
	}
	if all := strings.Join(kept, ""); len(all) == Digits && strings.IndexFunc(all, func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
		return all, "", true // "123 456"
	}
	return "", text, false
}
