package fsm

import (
	"strings"
	"testing"

	"github.com/settle-chat/settle/message"
)

// A key of another source opens a case of its own about the customer, with a telephone and facts of its own making; whoever
// it recognises by them is then recognised for the bank's case.
func TestOtherSourcesFactsProveNothingHere(t *testing.T) {
	mine := message.Address("sms:+27820000099")
	lib := inline(t, "outcomes: {done: {}}\nstart: a\nstates:\n"+
		"  a: {say: go, options: [{id: b, to: b}]}\n  b: {say: hidden, options: [{id: done, to: done}]}\n",
		"    b: B\n    done: Done\n  hidden: Private\n")
	k := newTalk(t, lib)
	k.open("case-1", nil) // the bank's, with the true facts and the true telephone
	k.settle()
	k.answers("MENU", "14/3 2196", "1") // the customer is recognised and waits for a payment: the turn is free
	k.in("paying")
	other := []byte("hash-of-facts-that-other-made-up")
	k.openProbe("case-2", func(o *CaseOpened) {
		o.Source, o.Addresses = "other", []message.Address{mine}
		o.Proofs = map[string][]byte{"date_of_birth": other, "postcode": other}
	})
	k.settle()
	k.from = mine
	k.says("b")
	k.settle()
	ch := k.c.Challenge
	if ch == nil {
		t.Fatalf("no challenge\n%s", k.trail())
	}
	k.do(Event{Received: &MessageReceived{From: mine, Text: "[answer]", Typed: &Typed{Challenge: ch.ID, Facts: map[string][]byte{"birth": other, "place": other}}}})
	k.settle()
	k.answers("done")
	k.says("MENU")
	for range 10 {
		for _, f := range k.c.Effects {
			if f.Send != nil && f.Send.To == mine && strings.Contains(f.Send.Message.Text, "1 250") {
				t.Fatalf("sent to the other source's telephone: %q", f.Send.Message.Text)
			}
		}
		heads := k.c.Heads()
		if len(heads) == 0 {
			break
		}
		f := heads[0]
		d := EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Values: k.account}
		k.do(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &d})
	}
	t.Logf("\n%s", k.trail())
}
