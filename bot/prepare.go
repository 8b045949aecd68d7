package bot

import (
	"crypto/hmac"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// answered stands in the journal and the transcript where a customer typed what only a check may see.
const answered = "[answer]"

// prepare gives an event what Step can't know: a spare code, and, while a challenge is open, what was typed as keyed
// hashes. After it the event holds nothing that must not be kept. It is done anew after every load.
func (b *Bot) prepare(c *fsm.Conversation, e *fsm.Event) verdict {
	if e.Code = nil; b.mayCode(c) {
		ref := store.Nonce()
		e.Code = &fsm.SpareCode{Ref: ref, MAC: b.codeMAC(ref, b.Store.Code(ref, code.Digits))}
	}
	if b.sabotage.dedupe {
		e.Mark = nil
	}
	if e.Received == nil {
		return verdict{}
	}
	m := *e.Received // the job keeps what was typed, for the next attempt
	e.Received = &m
	typed := m.Text
	m.Text = redactCards(m.Text)
	ch, word := c.Challenge, message.Word(typed, c.Contact.Stopped)
	asking := ch != nil && len(ch.Facts) > 0 && m.From == ch.Address
	if !asking || word != message.None {
		if b.secret(c, typed) || word != message.None && b.secret(c, beside(typed)) || asking && b.answers(c, ch, typed, e.At) {
			m.Text = bare(word)
		} else if word == message.Stop {
			m.Text = besideStop(m.Text)
		}
		return verdict{}
	}
	if m.Choice == "" && answer.Outranking(typed, b.languages()).Kind != answer.NoWord {
		return verdict{} // only as a whole message: nothing else is in it
	}
	var v verdict
	m.Typed, v = b.typedAt(c, ch, m.Choice != "", typed, e.At)
	m.Text = answered
	return v
}

// bare stands for a text that must not be kept. A word that outranks every state still acts: Step reads it here.
func bare(word message.Kind) string {
	if word == message.None {
		return answered
	}
	return strings.ToUpper(word.String())
}

// besideStop is what is kept of an opt-out that may hold what only a check may see, asked for or not. It is one still.
func besideStop(text string) string {
	if hidden, ok := message.HideFacts(text, answered); ok && message.Word(hidden, false) == message.Stop {
		return hidden
	}
	return bare(message.Stop)
}

// beside is what is left of a text without the clauses that are such words: "stop. 14 march 2196" is also an answer.
func beside(text string) string {
	clauses := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?,;:\n\r", r) })
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return message.Word(s, true) != message.None }), " ")
}

// answers says whether a text holds what may be an answer to the open challenge, right or wrong.
func (b *Bot) answers(c *fsm.Conversation, ch *fsm.Challenge, text string, now time.Time) bool {
	t, _ := b.typedAt(c, ch, false, text, now)
	return !t.Nothing
}

// typedAt reads an answer to the open challenge, and says what it was worth: for the breaker alone, Step decides.
func (b *Bot) typedAt(c *fsm.Conversation, ch *fsm.Challenge, tapped bool, text string, now time.Time) (*fsm.Typed, verdict) {
	t := &fsm.Typed{Challenge: ch.ID, Refused: b.spray.open()}
	if ch.Code != nil {
		digits, rest, found := code.Read(text)
		if found {
			t.Code, text = b.codeMAC(ch.Code.Ref, digits), rest
		}
	}
	k := c.Case(ch.Case)
	var w *fsm.Workflow
	if k != nil {
		w = b.Library.Pinned(k.Workflow)
	}
	if w == nil {
		t.Nothing = true
		return t, verdict{}
	}
	normals, _ := identity.Read(b.asked(w, ch.Facts), text, c.Contact.Language)
	if ch.Waits(now) && ch.Half.Facts["place"] != nil && normals["birth"] != "" && isYear(normals["place"], now) {
		delete(normals, "place") // the postcode came before, so this is the year of birth
	}
	t.Facts = make(map[string][]byte, len(normals))
	for class, normal := range normals {
		t.Facts[class] = b.factMAC(class, normal)
	}
	t.Nothing = tapped || len(normals) == 0 && t.Code == nil
	together := ch.Together(t.Facts, now)
	right := b.allRight(w, k, ch.Facts, together)
	if ch.Code != nil {
		right = hmac.Equal(t.Code, ch.Code.MAC) && right
	}
	// Half an answer is no guess: Step compares nothing of it, and the breaker doesn't count it.
	return t, verdict{answered: !t.Nothing && ch.Complete(together, t.Code, w), right: right}
}

// isYear says whether what reads as a postcode may as well be the year that somebody was born in.
func isYear(postcode string, now time.Time) bool {
	year, err := strconv.Atoi(postcode)
	return err == nil && year > now.Year()-130 && year <= now.Year()
}

// allRight compares every fact, also after a wrong one, in constant time.
func (b *Bot) allRight(w *fsm.Workflow, k *fsm.Case, names []string, facts map[string][]byte) bool {
	right := len(names) > 0
	for _, name := range names {
		def, proof := w.Facts[name], k.Proofs[name]
		right = def != nil && len(proof) > 0 && hmac.Equal(facts[def.Proves], proof) && right
	}
	return right
}

// secret says whether a text that answers no challenge of its thread holds what only a check may see all the same: a
// customer sends an answer twice, or in another thread. Two right facts, or the code that is on its way, are no accident;
// one fact alone, a postcode that is an amount too, may be.
func (b *Bot) secret(c *fsm.Conversation, text string) bool {
	if ch := c.Challenge; ch != nil && ch.Code != nil {
		if digits, _, found := code.Read(text); found && hmac.Equal(b.codeMAC(ch.Code.Ref, digits), ch.Code.MAC) {
			return true
		}
	}
	for i := range c.Cases {
		k := &c.Cases[i]
		w := b.Library.Pinned(k.Workflow)
		if w == nil || len(k.Proofs) < 2 {
			continue
		}
		var names []string
		for name := range k.Proofs {
			names = append(names, name)
		}
		slices.Sort(names)
		right := 0
		normals, _ := identity.Read(b.asked(w, names), text, c.Contact.Language)
		for _, name := range names {
			def := w.Facts[name]
			if def == nil {
				continue
			}
			if normal, ok := normals[def.Proves]; ok && hmac.Equal(b.factMAC(def.Proves, normal), k.Proofs[name]) {
				right++
			}
		}
		if right > 1 {
			return true
		}
	}
	return false
}

// asked are the checks of the classes that these facts prove.
func (b *Bot) asked(w *fsm.Workflow, names []string) []identity.Check {
	if w == nil {
		return nil
	}
	var checks []identity.Check
	for _, name := range names {
		for _, c := range b.Checks {
			if def := w.Facts[name]; def != nil && c.Class() == def.Proves {
				checks = append(checks, c)
			}
		}
	}
	return checks
}

func (b *Bot) factMAC(class, normal string) []byte { return b.Store.MAC("fact", class, normal) }
func (b *Bot) codeMAC(ref, digits string) []byte   { return b.Store.MAC("code", ref, digits) }

func (b *Bot) languages() []string { return b.Library.Languages() }
