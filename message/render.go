package message

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rivo/uniseg"
)

// The forms in which a message can be shown.
const (
	FormText     = "text"     // no choices
	FormButtons  = "buttons"  // a reply button per choice
	FormList     = "list"     // a list picker, a row per choice
	FormNumbered = "numbered" // a numbered line per choice, below the text
)

// Rendered is a message in the form that one channel can show.
type Rendered struct {
	Form string

	// Text is what is sent; in the numbered form the choices are lines of it.
	Text string

	// Choices are in the order shown, so that the reply "2" means Choices[1]. Label is what the customer sees and Short is
	// empty; Description is set in a list only.
	Choices []Choice
}

// ErrTooLong is wrapped when a message doesn't fit its channel in any form: its text must be written shorter.
var ErrTooLong = errors.New("too long for the channel")

// Render gives m the richest form that shows every choice uncut: buttons, else a list, else numbered text. A label that
// doesn't fit gives way to its Short; where that doesn't fit either the next form is taken.
//
// Text is never split or cut: what exceeds c is an error. Characters are counted in UTF-16 units, the strictest of the
// counts in use (a phone's is graphemes, Meta's and Twilio's are not documented to be): what fits here fits everywhere.
// Where c counts segments the text is put into GSM-7 if replacing look-alikes achieves that, see Simplify.
func Render(m Message, c Capabilities) (Rendered, error) {
	if c.Text <= 0 {
		return Rendered{}, fmt.Errorf("render message for channel %q: it shows no text: set Text in its capabilities", c.Channel)
	}
	choices, err := tidy(m.Choices)
	if err != nil {
		return Rendered{}, fmt.Errorf("render message for channel %q: %w", c.Channel, err)
	}
	shown, form := rich(choices, c)
	if form == "" {
		return numbered(m.Text, choices, c)
	}
	text := plain(m.Text, c)
	if err := fits(text, c); err != nil {
		return Rendered{}, err
	}
	return Rendered{Form: form, Text: text, Choices: shown}, nil
}

// tidy puts each label on one line: a line break inside one would look like another choice.
func tidy(choices []Choice) ([]Choice, error) {
	out := make([]Choice, len(choices))
	for i, choice := range choices {
		choice.Label = oneLine(choice.Label)
		choice.Short = oneLine(choice.Short)
		choice.Description = oneLine(choice.Description)
		if choice.Label == "" {
			choice.Label, choice.Short = choice.Short, ""
		}
		if choice.Label == "" {
			return nil, fmt.Errorf("choice %q has no label: give it one in the message file", choice.ID)
		}
		out[i] = choice
	}
	return out, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// rich finds the form that taps are possible in; none where there are choices that neither buttons nor a list can show.
func rich(choices []Choice, c Capabilities) ([]Choice, string) {
	if len(choices) == 0 {
		return nil, FormText
	}
	if shown, ok := labelled(choices, c.Buttons, c.ButtonLabel); ok {
		for i := range shown {
			shown[i].Description = ""
		}
		return shown, FormButtons
	}
	shown, ok := labelled(choices, c.List, c.ListLabel)
	if !ok {
		return nil, ""
	}
	for i := range shown {
		// A row under its short label has room for the full one below.
		if shown[i].Description == "" && shown[i].Label != choices[i].Label && size(choices[i].Label) <= c.ListDescription {
			shown[i].Description = choices[i].Label
		}
		shown[i].Description = Cut(shown[i].Description, c.ListDescription)
	}
	return shown, FormList
}

// labelled gives each choice the first of its labels with at most limit characters. Labels must differ: providers refuse two
// of a kind, and a customer couldn't tell them apart.
func labelled(choices []Choice, most, limit int) ([]Choice, bool) {
	if len(choices) > most {
		return nil, false
	}
	shown, seen := make([]Choice, len(choices)), make(map[string]bool, len(choices))
	for i, choice := range choices {
		if size(choice.Label) > limit {
			choice.Label = choice.Short
		}
		if choice.Label == "" || size(choice.Label) > limit || seen[choice.Label] {
			return nil, false
		}
		seen[choice.Label], choice.Short = true, ""
		shown[i] = choice
	}
	return shown, true
}

// numbered writes the choices below the text: in full, or all in short where that is what makes it fit.
func numbered(text string, choices []Choice, c Capabilities) (Rendered, error) {
	full := lines(text, choices, c, func(choice Choice) string { return choice.Label })
	if fits(full.Text, c) == nil {
		return full, nil
	}
	short := lines(text, choices, c, func(choice Choice) string {
		if choice.Short != "" {
			return choice.Short
		}
		return choice.Label
	})
	if err := fits(short.Text, c); err != nil {
		return Rendered{}, err
	}
	return short, nil
}

func lines(text string, choices []Choice, c Capabilities, label func(Choice) string) Rendered {
	var b strings.Builder
	b.WriteString(text)
	shown := make([]Choice, len(choices))
	for i, choice := range choices {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		shown[i] = Choice{ID: choice.ID, Label: label(choice)}
		b.WriteString(strconv.Itoa(i+1) + " " + shown[i].Label)
	}
	return Rendered{Form: FormNumbered, Text: plain(b.String(), c), Choices: shown}
}

// fits says in what way a text exceeds a channel, without repeating it.
func fits(text string, c Capabilities) error {
	if n := size(text); n > c.Text {
		return fmt.Errorf("render message for channel %q: %w: %d characters, at most %d: shorten its text or its labels", c.Channel, ErrTooLong, n, c.Text)
	}
	if c.Segments > 0 {
		if s := Count(text); s.Segments > c.Segments {
			return fmt.Errorf("render message for channel %q: %w: %d segments in %s, at most %d: shorten its text or its labels", c.Channel, ErrTooLong, s.Segments, s.Encoding, c.Segments)
		}
	}
	return nil
}

// size counts UTF-16 units.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1) // a broken byte becomes U+FFFD, one unit
	}
	return n
}

// Cut returns the longest beginning of s that has at most limit UTF-16 units and splits no grapheme, with an ellipsis for
// what is gone.
func Cut(s string, limit int) string {
	if size(s) <= limit {
		return s
	}
	room, end := limit-1, 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if room -= size(g.Str()); room < 0 {
			break
		}
		_, end = g.Positions()
	}
	if limit < 1 {
		return ""
	}
	return strings.TrimRight(s[:end], " ") + "…"
}
