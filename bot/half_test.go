package bot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/settle-chat/settle/fsm"
)

// Known facts may come in two messages, in either order; nothing says whether the first was right, and nothing that is kept
// holds either.
func TestFactsInTwoMessages(t *testing.T) {
	t.Parallel()
	const missing = "postcode, like 2196."
	for name, lines := range map[string][]string{
		"birth, postcode":                       {"14 march", missing, "2196", "was due"},
		"postcode, birth":                       {"2196", "day and month of birth, like", "14 march", "was due"},
		"postcode, birth with its year":         {"2196", "day and month of birth, like", "14 march 1990", "was due"},
		"a slip, put right":                     {"15 march", missing, "14 march", missing, "2196", "was due"},
		"a postcode put right that is a year":   {"2169", "birth, like", "2001", "birth, like", "14 march", "was due"},
		"wrong, postcode":                       {"15 march", missing, "2196", "match"},
		"all of it once more":                   {"15 march", missing, "14 march 2196", "was due"},
		"a whole answer, its half doesn't stay": {"14 march 2190", "match", "2196", "day and month of birth, like"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			c := client(1)
			if slices.Contains(lines, "2001") {
				c.zip = "2001"
			}
			o := b.open(c)
			b.walk(c, "1", "day and month of birth")
			b.walk(c, lines...)
			kept := b.kept(o)
			for _, secret := range []string{"14 march", "15 march", "march 1990"} {
				if strings.Contains(kept, secret) {
					t.Errorf("%q is kept as it was typed", secret)
				}
			}
			if n := strings.Count(kept, "[answer]"); n < len(lines)/2 {
				t.Errorf("%d answers are kept redacted, want %d at least", n, len(lines)/2)
			}
		})
	}
}

// Whoever stops beside a day of birth is heard, asked for it or not, and the day isn't kept; what else was said is.
func TestFactsBesideStop(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"please stop 14 march 2196":               "STOP",
		"stop 15 april":                           "STOP",
		"15 april 2190. stop":                     "[answer]. stop",
		"stop １４ march":                           "STOP",
		"stop 14/03/1990 2196":                    "STOP",
		"I paid R500 on 14 march stop texting me": "I paid R500 on [answer] stop texting me",
		"stop. I paid R500":                       "stop. I paid R500",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			c := client(1)
			o := b.open(c)
			b.says(c, text)
			if !b.document(o).Conversation.Contact.Stopped {
				t.Error("it doesn't stop anything")
			}
			lines, err := b.store.Transcript(b.ctx(), o.Conversation, 0)
			if err != nil {
				t.Fatal(err)
			}
			said := slices.IndexFunc(lines, func(l fsm.Line) bool { return l.Who == "customer" })
			if said < 0 || lines[said].Text != want {
				t.Errorf("kept as line %d of %+v, want %q", said, lines, want)
			}
			if text != want && strings.Contains(b.kept(o), text) {
				t.Error("it is kept as it was typed")
			}
		})
	}
}
