package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings a text into the form in which replies are compared: what looks the same to a reader becomes the same.
// Compatibility forms (full-width, circled, mathematical), case, diacritics, invisible characters and look-alikes of Latin
// letters are levelled; every kind of digit becomes 0 to 9; punctuation, symbols and emoji become one space each run, but an
// apostrophe just goes (can't, cant). Folding twice changes nothing.
//
// It is for matching only: what the customer wrote is kept as it came.
func Fold(s string) string {
	if folded, ok := foldASCII(s); ok {
		return folded
	}
	return foldAny(s)
}

func foldAny(s string) string {
	// Decomposed twice: folding the case of a few letters composes or adds marks again.
	s = norm.NFKD.String(cases.Fold().String(norm.NFKD.String(s)))
	var b strings.Builder
	b.Grow(len(s))
	gap := false // a space is owed before the next letter
	for _, r := range s {
		to, keep := level(r)
		if !keep {
			continue
		}
		if to == "" {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteString(to)
	}
	return norm.NFKC.String(b.String())
}

// level says what becomes of one decomposed, case-folded rune: text, a gap (keep, empty), or nothing at all.
func level(r rune) (to string, keep bool) {
	// Cherokee folds to its capitals, and x/text (0.43) folds them back: take the capitals, whichever came.
	if r >= 'ꭰ' && r <= 'ꮿ' {
		r += 'Ꭰ' - 'ꭰ'
	} else if r >= 'ᏸ' && r <= 'ᏽ' {
		r += 'Ᏸ' - 'ᏸ'
	}
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return string(r), true
	case r == ' ':
		return "", true
	case isApostrophe(r) || isInvisible(r) || isDiacritic(r):
		return "", false
	}
	if digit, ok := digitOf(r); ok {
		return digit, true
	}
	if latin, ok := lookAlikes[r]; ok {
		return latin, true
	}
	if latin, ok := boxed(r); ok {
		return latin, true
	}
	if unicode.IsLetter(r) || unicode.IsMark(r) {
		return string(r), true
	}
	return "", true
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '‘', '’', '‛', 'ʼ', 'ʻ', 'ʹ', '´', '′':
		return true
	}
	return false
}

// isInvisible reports characters that take no room or show nothing, whatever their category.
func isInvisible(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', // Hangul fillers are letters that show nothing
		'\u2800',            // so does the empty Braille cell
		utf8Error, '\u20E3': // a broken byte; the frame of a keycap
		return true
	case '\t', '\n', '\v', '\f', '\r', '\u0085': // these part words
		return false
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Variation_Selector, r)
}

const utf8Error = unicode.ReplacementChar

// isDiacritic reports marks that any script may wear: accents, strokes, frames. A script's own vowel signs, and the marks
// that make one kana another, carry the word and stay.
func isDiacritic(r rune) bool {
	return unicode.Is(unicode.Inherited, r) && unicode.IsMark(r) && r != '\u3099' && r != '\u309A'
}

// Digit is the ASCII digit for a decimal digit of any script, full-width ones too. Superscripts and fractions aren't decimal
// digits: "R1²" is not R12.
func Digit(r rune) (rune, bool) {
	if r >= '0' && r <= '9' {
		return r, true
	}
	if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	// Decimal digits come in runs of ten from zero, and runs touch at their ends only.
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10, true
		}
	}
	return 0, false
}

// digitOf knows every decimal digit of Unicode, and the numbered signs that have no compatibility form.
func digitOf(r rune) (string, bool) {
	if d, ok := Digit(r); ok {
		return string(d), true
	}
	switch {
	case r >= '❶' && r <= '❾':
		return string('1' + r - '❶'), true
	case r >= '➀' && r <= '➈':
		return string('1' + r - '➀'), true
	case r >= '➊' && r <= '➒':
		return string('1' + r - '➊'), true
	case r == '❿' || r == '➉' || r == '➓' || r == '🔟':
		return "10", true
	}
	return "", false
}

// boxed reads white letters on black circles and squares, which have no compatibility form: 🅢🅣🅞🅟, 🆂🆃🅾🅿.
func boxed(r rune) (string, bool) {
	switch {
	case r >= '🅐' && r <= '🅩':
		return string('a' + r - '🅐'), true
	case r >= '🅰' && r <= '🆉':
		return string('a' + r - '🅰'), true
	}
	return "", false
}

// lookAlikes are letters of other alphabets that pass for Latin ones in either case, and Latin letters with something
// built in that decomposition leaves. Keys are in lower case, since the case is folded first; where the two cases look like
// different letters the capital wins, for disguises are written in capitals.
var lookAlikes = pairs(
	"аaвbсcԁdеeһhнhіiїiјjкkӏlмmоoрpԛqѕsтtуyүyѵvԝwхxғf",   // Cyrillic
	"αaβbεeζzηhιiκkμmνnοoρpσsτtυyχxϳj",                   // Greek
	"օoսuտsցgհhյjոnզq",                                   // Armenian
	"ɑaıiȷjłløođdħhŧtƀbɓbɗdƙkƥpɡgʂsƭtɩiᶊs",               // Latin
	"ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz", // small capitals
	"ᏚsᏕsᎢtᎾoᏢpᎬeᎪaᏟcᏞlᎷmᎻhᏦkᎳwᏙvᏃzᏴbᎠdᏀg",               // Cherokee
	"ᔕsᑭpᗅaᑕcᗪdᑎn",                                       // Canadian syllabics
	"ꓢsꓔtꓳoꓑpꓮaꓚcꓰeꓠnꓡlꓤrꓴu",                             // Lisu
)

func pairs(runs ...string) map[rune]string {
	m := map[rune]string{'æ': "ae", 'œ': "oe"}
	for _, run := range runs {
		runes := []rune(run)
		for i := 0; i+1 < len(runes); i += 2 {
			m[runes[i]] = string(runes[i+1])
		}
	}
	return m
}
