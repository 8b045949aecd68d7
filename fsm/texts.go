package fsm

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/settle-chat/settle/message"
)

// Texts are one language's texts, as one workflow sees them: its own section before common.
type Texts struct {
	Language string
	byName   map[string]*TextDef
}

// Get is the text of this name, or nil.
func (t *Texts) Get(name string) *TextDef {
	if t == nil {
		return nil
	}
	return t.byName[name]
}

// TextDef is one text: what is said, or the label of a reply.
type TextDef struct {
	Name     string
	At       Position
	Public   bool     // signed off by compliance: it may be shown to anyone
	Template string   // the approved template to send where the thread is closed to free text
	Also     []string // a label's synonyms
	Uses     []string // placeholders, its short form's too
	Variants []string // for A/B: a, b; nil where there is one

	language language.Tag
	body     *body
	short    *body
}

// axis is what a text's forms differ by.
type axis string

const (
	byVariant axis = "variant"
	byChannel axis = "channel"
	byCount   axis = "count"
)

// elseForm is the form of channels that aren't named.
const elseForm = "else"

// body is a text, or its forms along one axis.
type body struct {
	pieces []piece
	axis   axis
	count  string // the placeholder that chooses the plural form
	forms  map[string]*body
}

// piece is a stretch of text, or a placeholder.
type piece struct {
	text string
	hole string
}

// maxHole is how many graphemes a value may put into a text.
const maxHole = 240

// Fill puts values in. Each is put in once, as data: what it holds is never read as a placeholder, and neither a control
// character nor a line break of it gets through. variant may be empty: the first.
func (t *TextDef) Fill(channel, variant string, get func(placeholder string) (string, bool)) (string, error) {
	s, err := t.fill(t.body, channel, variant, get)
	if err != nil {
		return "", fmt.Errorf("fill text %q: %w", t.Name, err)
	}
	return s, nil
}

// FillShort is the label's short form; empty where it has none.
func (t *TextDef) FillShort(channel, variant string, get func(placeholder string) (string, bool)) (string, error) {
	if t.short == nil {
		return "", nil
	}
	s, err := t.fill(t.short, channel, variant, get)
	if err != nil {
		return "", fmt.Errorf("fill short form of text %q: %w", t.Name, err)
	}
	return s, nil
}

func (t *TextDef) fill(b *body, channel, variant string, get func(string) (string, bool)) (string, error) {
	for b.axis != "" {
		form := variant
		switch b.axis {
		case byVariant:
			if b.forms[form] == nil {
				form = t.Variants[0]
			}
		case byChannel:
			if form = channel; b.forms[form] == nil {
				form = elseForm
			}
		case byCount:
			count, ok := get(b.count)
			if !ok {
				return "", ErrMissing{b.count}
			}
			form = pluralForm(t.language, count)
		}
		next := b.forms[form]
		if next == nil {
			return "", fmt.Errorf("no form %q", form)
		}
		b = next
	}
	if len(b.pieces) == 1 && b.pieces[0].hole == "" {
		return b.pieces[0].text, nil
	}
	var out strings.Builder
	out.Grow(b.room())
	for _, p := range b.pieces {
		if p.hole == "" {
			out.WriteString(p.text)
			continue
		}
		v, ok := get(p.hole)
		if !ok {
			return "", ErrMissing{p.hole}
		}
		out.WriteString(message.Clean(v, maxHole))
	}
	return out.String(), nil
}

// room is about as much as a text takes.
func (b *body) room() (n int) {
	for _, p := range b.pieces {
		n += len(p.text)
		if p.hole != "" {
			n += 16
		}
	}
	return n
}

// categories are CLDR's names of plural forms.
var categories = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

// pluralForm is the category of a whole number, which may come grouped ("1,250").
func pluralForm(tag language.Tag, count string) string {
	n := 0
	for _, r := range count {
		if r >= '0' && r <= '9' && n < 1e8 {
			n = n*10 + int(r-'0')
		}
	}
	return categories[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]
}

// pluralForms are the categories that a language has for whole numbers.
func pluralForms(tag language.Tag) []string {
	var forms []string
	for n := range 201 {
		if f := categories[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]; !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	return forms
}

// texts are the texts that a state shows: what it says, and the labels below it.
func (s *State) texts() []string {
	var all []string
	if s.Say != "" {
		all = append(all, s.Say)
	}
	return append(all, s.labelTexts()...)
}

// labelTexts are the texts that label a state's replies.
func (s *State) labelTexts() []string {
	var all []string
	switch s.Kind {
	case SayState:
		for _, o := range s.Options {
			all = append(all, o.ID)
		}
	case AskState:
		if s.Ask != nil {
			all = append(all, s.Ask.Of...)
			if s.Ask.Type == Boolean {
				all = append(all, "yes", "no")
			}
		}
	case OfferState:
		if s.Offer != nil {
			all = append(all, s.Offer.Name+"-option")
		}
	case ConfirmState, SignState:
		all = append(all, "yes", "no")
	}
	return all
}
