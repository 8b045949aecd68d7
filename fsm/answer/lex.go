package answer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/settle-chat/settle/message"
)

// maxRead bounds what the readers of short answers look at: a longer text isn't a date, an amount or a choice.
const maxRead = 200

type kind uint8

const (
	number kind = iota // digits of any script, as ASCII
	word               // letters, folded
	mark               // one other character
)

// token is a piece of the text. Numbers are never folded together with what surrounds them: "1.5", "1 5" and "15" stay
// apart, which a fold of the whole text (it drops punctuation) would lose.
type token struct {
	kind   kind
	text   string
	spaced bool // something that is not read stood before it: a space, a line break, the frame of a keycap digit
	start  int  // in bytes of the text
	end    int
}

// lex cuts text into tokens. Invisible characters are skipped, all but the right-to-left override: with it a customer sees
// other digits than we read, so it stays as a mark, which no grammar takes. It returns nothing for a text too long to be an answer.
func lex(text string) []token {
	if utf8.RuneCountInString(text) > maxRead {
		return nil
	}
	tokens := make([]token, 0, min(len(text), 8))
	spaced := true
	for i, r := range text {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(text[i:])
		}
		k, s := number, text[i:i+size]
		digit, isDigit := message.Digit(r)
		switch {
		case r < utf8.RuneSelf && isDigit:
		case r < utf8.RuneSelf && (r|' ' >= 'a' && r|' ' <= 'z'):
			k = word
		case r == '\u20e3' || unicode.IsSpace(r): // U+20E3 frames a keycap: "1️⃣1️⃣" is 1 and 1, not 11
			spaced = true
			continue
		case r < utf8.RuneSelf: // none of them is invisible
			k = mark
		case r != rightToLeftOverride && invisible(r):
			continue
		case isDigit:
			s = string(digit)
		case r == '🔟':
			s = "10"
		case unicode.IsLetter(r) || unicode.IsMark(r):
			k = word
		default:
			k, s = mark, norm.NFKC.String(string(r)) // full-width signs become plain ones
		}
		if n := len(tokens); n > 0 && !spaced && k != mark && tokens[n-1].kind == k && r != '🔟' {
			last := &tokens[n-1]
			if whole := text[last.start : i+size]; whole[:i-last.start] == last.text && s == whole[i-last.start:] {
				last.text = whole // as it was typed: nothing to put together
			} else {
				last.text += s
			}
			last.end = i + size
			continue
		}
		tokens = append(tokens, token{kind: k, text: s, spaced: spaced, start: i, end: i + size})
		spaced = false
	}
	return foldWords(tokens)
}

// HasNumber reports whether a text has a digit of any script. Without one it has no date that names its day.
func HasNumber(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		_, digit := message.Digit(r)
		return digit || r == '🔟'
	})
}

// foldWords joins what an apostrophe parts ("can't", "'n") and folds each word for matching.
func foldWords(tokens []token) []token {
	out := tokens[:0]
	for i, t := range tokens {
		if t.kind == mark && strings.ContainsAny(t.text, apostrophes) && i+1 < len(tokens) &&
			tokens[i+1].kind == word && !tokens[i+1].spaced {
			tokens[i+1].spaced = t.spaced
			continue
		}
		if n := len(out); t.kind == word && !t.spaced && n > 0 && out[n-1].kind == word {
			out[n-1].text += t.text
			out[n-1].end = t.end
			continue
		}
		out = append(out, t)
	}
	for i := range out {
		if out[i].kind == word {
			out[i].text = message.Fold(out[i].text)
		}
	}
	// A letter that shows nothing (a Hangul filler), or an accent on a digit, folds to nothing.
	return slices.DeleteFunc(out, func(t token) bool { return t.text == "" })
}

const (
	apostrophes         = "'’‘ʼ`´"
	rightToLeftOverride = '\u202e'
)

// invisible reports whether r shows nothing: format characters and variation selectors.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

// polite words around an answer say nothing about it.
var polite = []string{"please", "pls", "plz", "thanks", "thx", "asseblief", "asb", "dankie"}

// trim takes away polite words at both ends and the full stop or exclamation mark at the end. A question mark stays: whoever
// asks has not answered.
func trim(tokens []token) []token {
	isPolite := func(t token) bool { return t.kind == word && slices.Contains(polite, t.text) }
	for len(tokens) > 0 {
		last := tokens[len(tokens)-1]
		switch {
		case isPolite(tokens[0]):
			tokens = tokens[1:]
		case len(tokens) > 1 && tokens[len(tokens)-2].text == "thank" && last.text == "you":
			tokens = tokens[:len(tokens)-2]
		case isPolite(last), last.kind == mark && (last.text == "." || last.text == "!"):
			tokens = tokens[:len(tokens)-1]
		case len(tokens) > 1 && last.kind == mark && last.text == ",":
			tokens = tokens[:len(tokens)-1]
		default:
			return tokens
		}
	}
	return tokens
}

// Courtesy reports whether the text is thanks, or a nod, and nothing else: whoever says no more wants no answer.
func Courtesy(text string) bool {
	tokens := lex(text)
	return len(tokens) > 0 && !asks(tokens) && len(trim(nod(tokens))) == 0
}

// nod takes away the word at the beginning that only says that something was read.
func nod(tokens []token) []token {
	if tokens[0].kind != word || !slices.Contains([]string{"ok", "okay", "oukei", "k"}, tokens[0].text) {
		return tokens
	}
	if tokens = tokens[1:]; len(tokens) > 0 && isMark(tokens[0], ",", ".", "!") {
		return tokens[1:]
	}
	return tokens
}
