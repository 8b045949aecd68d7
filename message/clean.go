package message

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many marks one letter may wear: more than any script needs, too few to paint over the next line.
const maxMarks = 4

// Clean makes a value fit to be put into a text: a name, a reference, whatever came from outside. It drops control, bidi,
// zero-width and other unseen characters, turns line breaks and runs of spaces into one space, and keeps at most most graphemes.
// What it returns can neither change the text around its slot, nor how that is shown, nor pass for a second line.
//
// Joiners go too, so a family emoji falls apart into its members; a name that hides letters would be worse. Characters that
// one channel takes for markup (WhatsApp's *) are for that channel to escape.
func Clean(s string, most int) string {
	if len(s) <= most && isClean(s) {
		return s
	}
	return cleanAny(s, most)
}

// isClean says whether a text is ASCII that shows, with single spaces between words: what nearly every value is.
func isClean(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return last != ' ' || s == ""
}

func cleanAny(s string, most int) string {
	var b strings.Builder
	gap, marks := false, 0
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r):
			gap = b.Len() > 0
			continue
		case isInvisible(r) || !unicode.IsGraphic(r):
			continue
		case unicode.IsMark(r):
			// A mark at the start, or after a space, would sit on what stands before the slot, or on nothing.
			if marks++; marks > maxMarks || gap || b.Len() == 0 {
				continue
			}
		default:
			marks = 0
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	// Once more: what was dropped may have stood between a letter and its mark.
	return first(norm.NFC.String(b.String()), most)
}

// first returns the first most graphemes of s.
func first(s string, most int) string {
	if len(s) <= most { // no grapheme is shorter than a byte
		return strings.TrimRight(s, " ")
	}
	end := 0
	for g := uniseg.NewGraphemes(s); most > 0 && g.Next(); most-- {
		_, end = g.Positions()
	}
	return strings.TrimRight(s[:end], " ")
}
