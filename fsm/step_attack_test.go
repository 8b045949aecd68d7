package fsm

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// STOP, STOP before the first confirmation has gone: nobody is ever told.
func TestStopTwiceConfirmsOnce(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.says("STOP")
	k.says("STOP")
	n := 0
	for _, f := range k.c.Effects {
		if f.Send != nil && f.Send.Kind == Confirmation && f.Send.Epoch == k.c.Epoch {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d confirmations can still go out, want 1\n%s", n, k.trail())
	}
}

// The undo window ends while the reversal is on its way.
func TestUndoWindowEndsWhileTheReversalIsOnItsWay(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.menu()
	k.answers("4", "500", "friday", "yes")
	k.in("promised")
	k.now = k.now.Add(20 * time.Minute)
	k.says("UNDO")
	if k.pending("core.cancel-promise") == nil {
		t.Fatalf("no reversal\n%s", k.trail())
	}
	for _, tm := range k.c.Timers {
		if tm.kind() == "undo" {
			k.now = tm.Due
			k.do(Event{ID: "timer/" + tm.Name, Timer: &TimerDue{Timer: tm.Name}})
			break
		}
	}
	f := k.pending("core.cancel-promise")
	d := EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Receipt: "R-9"}
	if err := k.try(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &d}); err != nil {
		t.Fatalf("acknowledged reversal can't be stepped: %v", err)
	}
}

// A yes typed in a thread whose last question was another's is a yes to a read-back that this thread never showed.
func TestYesCountsOnlyWhereItWasAsked(t *testing.T) {
	t.Parallel()
	sms, wa := message.Address("sms:+27820000011"), message.Address("whatsapp:+27820000011")
	k := newTalk(t, inline(t, "outcomes: {done: {write: sys.commit}, never: {}}\nstart: a\nstates:\n"+
		"  a: {say: go, options: [{id: b, to: b}, {id: never, to: never}]}\n  b: {confirm: sure, to: done, else: never}\n",
		"    b: B\n    never: Never\n    sure: Sure?\n"))
	k.openProbe("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{sms, wa} })
	k.settle()
	ev := func(a message.Address) []policy.Evidence {
		return []policy.Evidence{{Kind: policy.ProviderSigned, Address: a, At: k.now}, {Kind: policy.KnownFacts, Subject: k.at().Subjects(), Address: a, At: k.now}}
	}
	k.from = sms
	k.answers("hello") // both threads were written in, and the customer was recognised in both
	k.c.Contact.Evidence = append(ev(sms), ev(wa)...)
	asked := k.now
	k.now = k.now.Add(5 * time.Minute)
	k.from = wa
	k.answers("b")
	k.in("b")
	if _, shown := k.c.Prompts[thread(wa)]; !shown {
		t.Fatal("not asked in whatsapp")
	}
	t.Logf("prompt in sms: %+v; in whatsapp: %+v", k.c.Prompts[thread(sms)], k.c.Prompts[thread(wa)])
	k.now = k.now.Add(time.Minute)
	k.from = sms
	e := k.message("yes")
	e.Received.Sent = asked.Add(time.Minute) // four minutes before the read-back was sent
	k.do(e)
	if k.pending("sys.commit") != nil {
		t.Errorf("an SMS sent 4 minutes before the read-back, in a thread that never showed it, commits\n%s", k.trail())
	}
}

// What was read back isn't what is written.
func TestWhatIsReadBackIsWritten(t *testing.T) {
	t.Parallel()
	lib := inline(t, "facts: {level: {type: integer, from: sys.read, fresh: 1h, public: true}}\noutcomes: {done: {write: sys.note, with: {n: level}}, never: {}}\nstart: a\nstates:\n"+
		"  a: {say: go, options: [{id: b, to: b}, {id: never, to: never}]}\n  b: {confirm: sure, to: done, else: never}\n",
		"    b: B\n    never: Never\n    sure: \"Write {level}?\"\n")
	k := newTalk(t, lib)
	k.account["level"] = "5"
	k.openProbe("case-1", nil)
	k.settle()
	k.answers("b")
	k.in("b")
	k.account["level"] = "9000"
	k.now = k.now.Add(2 * time.Hour)
	k.says("yes")
	if f := k.pending("sys.read"); f != nil {
		d := EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Values: k.account}
		k.do(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &d})
	}
	if f := k.pending("sys.note"); f != nil && f.WriteBack.In["n"] != "5" {
		t.Errorf("read back 5, writes %s\n%s", f.WriteBack.In["n"], k.trail())
	}
}

// A private reply that a provider throttles goes out after the customer must be asked again who it is.
func TestPrivateReplyOutlivesEvidence(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.answers("continue")
	k.says("14/3 2196") // recognised: the menu with the balance is on its way
	for k.pending("menu") == nil {
		f := k.c.Heads()[0]
		d := EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Values: k.account}
		k.do(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &d})
	}
	k.result("menu", EffectDone{Result: Throttled, After: 40 * time.Minute})
	k.now = k.now.Add(41 * time.Minute)
	k.says("who is this?") // whoever has the telephone now: asked who they are
	at := policy.Level(k.c.Contact.Evidence, "C-1", k.from, k.now, k.now)
	for _, f := range k.c.Heads() {
		if f.Send != nil && f.Send.Text == "menu" && !f.Due.After(k.now) && k.now.Before(f.Send.Until) && f.Send.Epoch == k.c.Epoch {
			t.Errorf("at %s the head of the lane, due and valid, is the private text %q", at.Level, f.Send.Message.Text)
		}
	}
	_ = strings.TrimSpace
}

// News comes to an ended case whose undo...: START's lifting is lost in a merge.
func TestMergeKeepsStart(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.answers("STOP")
	k.says("START")
	loser := k.c
	c, err := Step(k.lib, loser, Event{ID: "move/x", At: k.now, Moved: &ConversationMoved{To: "w"}})
	if err != nil {
		t.Fatal(err)
	}
	var state *Absorb
	for _, f := range c.Conversation.Effects {
		if f.Absorb != nil {
			state = f.Absorb
		}
	}
	w := Conversation{ID: "w", Contact: Contact{Language: "en", Zone: "Africa/Johannesburg"}}
	c, err = Step(k.lib, w, Event{ID: "absorb/x", At: k.now, Absorbed: &ConversationAbsorbed{From: "c-1", State: state.State}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Conversation.Effects {
		if f.Suppress != nil && !f.Suppress.Stopped {
			return
		}
	}
	t.Error("START's lifting of the suppression is gone: Stopped is", c.Conversation.Contact.Stopped)
}

// A key of another source opens a case of its own about the customer, with a telephone and facts of its own making; whoever
// it recognises by them is then recognised for the bank's case.
func TestOtherSourcesFactsProveNothingHere(t *testing.T) {
	t.Parallel()
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

// Half an answer is no guess: it locks nobody out, tells nothing, and the whole one still counts.
func TestHalfAnAnswerIsNoGuess(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.answers("continue")
	for range 3 {
		ch := k.c.Challenge
		if ch == nil {
			t.Fatalf("no challenge is open\n%s", k.trail())
		}
		half := &Typed{Challenge: ch.ID, Facts: map[string][]byte{"birth": []byte("the keyed hash of a wrong day")}}
		k.do(Event{Received: &MessageReceived{From: k.from, Text: "[answer]", Typed: half}})
		if n := len(k.c.Lockout.Wrong); n != 0 {
			t.Fatalf("%d wrong answers are counted after half ones, want none\n%s", n, k.trail())
		}
		k.settle()
	}
	k.proves()
	k.in("menu")
}
