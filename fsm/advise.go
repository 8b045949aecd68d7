package fsm

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/settle-chat/settle/message"
)

// widestLabel is the most characters of a label that any channel's buttons or lists show: a row of WhatsApp's list.
const widestLabel = 24

// Advise finds what a workflow runs with and customers are served badly by: replies that they can't tell apart, and labels
// that no button and no list can show.
func Advise(w *Workflow) Problems {
	c := &checker{w: w}
	c.labels()
	return c.problems.sorted()
}

func (c *checker) labels() {
	for _, s := range statesInOrder(c.w) {
		for _, tag := range keys(c.w.Texts) {
			texts := c.w.Texts[tag]
			said, also := map[string]label{}, map[string]label{}
			for _, l := range s.labels() {
				t := texts.Get(l.name)
				if t == nil {
					continue
				}
				c.wide(t)
				words := message.Fold(t.body.written())
				other, taken := said[words]
				if taken && !(l.guarded && other.guarded) { // two guards may well exclude each other
					c.problem(l.at, "same-label", "state %s: %q and %q have the same label in %s, %s: nobody can tell them apart", s.Name, other.name, l.name, tag, texts.Get(other.name).At)
				}
				said[words] = l
				for _, synonym := range t.Also {
					words := message.Fold(synonym)
					other, taken := also[words]
					if taken && other.name != l.name && !(l.guarded && other.guarded) {
						c.problem(l.at, "same-synonym", "state %s: %q is another word for both %q and %q in %s: whoever writes it isn't understood", s.Name, synonym, other.name, l.name, tag)
					}
					also[words] = l
				}
			}
		}
	}
}

// label is one reply that a state shows.
type label struct {
	name    string
	at      Position
	guarded bool
}

func (s *State) labels() []label {
	var all []label
	for _, o := range s.Options {
		all = append(all, label{o.ID, o.At, len(o.When) > 0})
	}
	if s.Kind == SayState {
		return all
	}
	for _, name := range s.labelTexts() {
		all = append(all, label{name, s.At, false})
	}
	return all
}

// wide reports a label of which not even the short form fits where replies are shown to be tapped. What is put in counts as
// one character: it can't be known.
func (c *checker) wide(t *TextDef) {
	shown := t.body
	if t.short != nil {
		shown = t.short
	}
	if n := shown.widest(); n > widestLabel {
		hint := ""
		if t.short == nil {
			hint = fmt.Sprintf("write {text: ..., short: ...}, with at most %d characters in short", widestLabel)
		}
		c.problems = append(c.problems, Problem{At: t.At, Code: "long-label", Hint: hint,
			Message: fmt.Sprintf("label %q has %d characters, and no channel's buttons or lists show more than %d: customers get numbered lines instead", t.Name, n, widestLabel)})
	}
}

// widest is the length of a text's longest form on channels that show replies to be tapped.
func (b *body) widest() int {
	if b.axis == "" {
		return utf8.RuneCountInString(plain(b.pieces))
	}
	most := 0
	for name, form := range b.forms {
		if name != "sms" && name != "email" {
			most = max(most, form.widest())
		}
	}
	return most
}

// written is a text with all its forms and placeholders, to compare it with another.
func (b *body) written() string {
	var out strings.Builder
	b.each(func(pieces []piece) {
		for _, p := range pieces {
			out.WriteString(p.text)
			if p.hole != "" {
				out.WriteString("{" + p.hole + "}")
			}
		}
		out.WriteString("\n")
	})
	return out.String()
}
