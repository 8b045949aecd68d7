package answer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Text reads free text of at most max characters as a reader counts them. It is kept as typed, without control and bidirectional
// characters and the space around it. A longer text is ErrTooMany, never cut: half a sentence may say the opposite.
func Text(text string, max int) (string, error) {
	s := strings.TrimSpace(visible(text))
	if strings.IndexFunc(s, func(r rune) bool { return !isJoiner(r) && !unicode.IsSpace(r) }) < 0 {
		return "", fmt.Errorf("read text: nothing in it: %w", ErrNotUnderstood)
	}
	if uniseg.GraphemeClusterCount(s) > max {
		return "", fmt.Errorf("read text: longer than %d characters: %w", max, ErrTooMany)
	}
	return s, nil
}

// Integer reads a whole number of at most nine digits, without a sign, groups or leading zeros.
func Integer(text string) (int64, error) {
	tokens := trim(lex(text))
	switch {
	case len(tokens) == 2 && isMark(tokens[0], "-", "\u2212") && tokens[1].kind == number && !tokens[1].spaced:
		return 0, fmt.Errorf("read whole number: negative: %w", ErrRange)
	case len(tokens) != 1 || !bare.MatchString(tokens[0].text):
		return 0, fmt.Errorf("read whole number: %w", ErrNotUnderstood)
	case len(tokens[0].text) > 9:
		return 0, fmt.Errorf("read whole number: %w", ErrRange)
	}
	n, err := strconv.ParseInt(tokens[0].text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read whole number: %w", ErrNotUnderstood)
	}
	return n, nil
}

// visible drops broken bytes, control and format characters. Line breaks stay, and so do the joiners, which some scripts and
// most families of emoji need.
func visible(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || isJoiner(r):
			return r
		case r == '\t' || r == '\r':
			return ' '
		case unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }
