package message

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// The encodings of an SMS.
const (
	GSM7 = "GSM-7" // seven bits a character, for texts made of its 137 characters only
	UCS2 = "UCS-2" // sixteen bits a unit, for everything else
)

// One part has 1120 bits; the header that joins several parts takes 48 of each.
const (
	partBits   = 1120
	headerBits = 48
)

// gsmBasic are the characters of one septet, gsmExtended those of two (an escape, then a code).
const (
	gsmBasic = "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" +
		"¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ"
	gsmExtended = "\f[\\]^{|}~€"
)

var septets = func() map[rune]int {
	m := make(map[rune]int, 137)
	for _, r := range gsmBasic {
		m[r] = 1
	}
	for _, r := range gsmExtended {
		m[r] = 2
	}
	return m
}()

// Segments is what a text costs as an SMS.
type Segments struct {
	Encoding    string // GSM7 or UCS2
	Segments    int    // the parts that are paid for; none for an empty text
	Characters  int    // graphemes, CR LF counting as two
	Units       int    // septets in GSM-7, UTF-16 units in UCS-2
	MessageBits int    // without the headers that join the parts
	TotalBits   int    // with them
}

// Count says what text costs as an SMS, as Twilio counts: one character outside GSM-7 makes the whole text UCS-2, and neither
// an escaped character nor a grapheme is split over two parts.
func Count(text string) Segments {
	s := Segments{Encoding: GSM7}
	unitBits := 7
	for _, r := range text {
		if septets[r] == 0 {
			s.Encoding, unitBits = UCS2, 16
			break
		}
	}
	most := (partBits - headerBits) / unitBits // units in one part of several
	parts, free := 0, 0
	put := func(units int) {
		s.Units += units
		if units > free {
			parts, free = parts+1, most
		}
		free -= units
	}
	for g := uniseg.NewGraphemes(text); g.Next(); {
		s.Characters++
		switch cluster := g.Str(); {
		case cluster == "\r\n":
			s.Characters++
			fallthrough
		case s.Encoding == GSM7:
			for _, r := range cluster {
				put(units(r, s.Encoding))
			}
		case size(cluster) > most:
			// Marks heaped on one letter: no part could hold it, so it is split after all.
			for _, r := range cluster {
				put(units(r, s.Encoding))
			}
		default:
			put(size(cluster))
		}
	}
	s.MessageBits = s.Units * unitBits
	s.TotalBits = s.MessageBits
	switch {
	case s.Units == 0:
	case s.MessageBits <= partBits:
		s.Segments = 1
	default:
		s.Segments = parts
		s.TotalBits += parts * headerBits
	}
	return s
}

func units(r rune, encoding string) int {
	if encoding == GSM7 {
		return septets[r]
	}
	return size(string(r))
}

// Simplify replaces the characters that look like one of GSM-7 by it, as Twilio's Smart Encoding does: a curly quote would
// make a whole text UCS-2 and so more than double its price.
func Simplify(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if to, ok := simple[r]; ok {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain prepares a text for a channel that pays by the segment, and returns it as it is for others. Where GSM-7 is out of
// reach nothing is replaced: it would save nothing, and take a script's marks for typographic ornaments.
func plain(text string, c Capabilities) string {
	if c.Segments == 0 || Count(text).Encoding == GSM7 {
		return text
	}
	// Composed first, since GSM-7 has é but not its accent; and one space for each of the spaces that amounts are grouped with,
	// where Twilio's table would put two.
	simpler := Simplify(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, norm.NFC.String(text)))
	if Count(simpler).Encoding == GSM7 {
		return simpler
	}
	return text
}
