package fsm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// talk steps one conversation by hand, and keeps what came of each event.
type talk struct {
	t       *testing.T
	lib     *Library
	c       Conversation
	now     time.Time
	n       int
	from    message.Address
	said    []string // the texts' names, of the last event
	commit  Commit
	journal []Entry
	account map[string]string // what lookups answer
	start   Conversation
}

func newTalk(t *testing.T, lib *Library) *talk {
	t.Helper()
	c := Conversation{ID: "c-1", Contact: Contact{Language: "en", Zone: "Africa/Johannesburg"}}
	return &talk{t: t, lib: lib, c: c, start: c, now: walkTime, from: walkPhone, account: map[string]string{
		"balance": "1250.00", "days_past_due": "12", "in_dispute": "false", "received": "0.00", "link": "https://pay.example/x",
	}}
}

// shippedTalk is a case of the shipped workflow whose first message went out.
func shippedTalk(t *testing.T) *talk {
	t.Helper()
	k := newTalk(t, shippedLibrary(t))
	k.open("case-1", nil)
	k.settle()
	return k
}

func (k *talk) open(id string, edit func(*CaseOpened)) {
	k.t.Helper()
	o := &CaseOpened{
		Case: id, Source: "core", External: id, Event: "account.overdue", Customer: "C-1", Ref: "A-" + id, Zone: "Africa/Johannesburg", Addresses: []message.Address{walkPhone},
		Facts:  map[string]string{"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01"},
		Proofs: map[string][]byte{"date_of_birth": walkBirth, "postcode": walkPlace},
	}
	if edit != nil {
		edit(o)
	}
	k.do(Event{Opened: o})
}

// try steps one event.
func (k *talk) try(e Event) error {
	k.n++
	if e.ID == "" {
		e.ID = fmt.Sprintf("test/%d", k.n)
		e.Mark = fmt.Appendf(nil, "%08d", k.n)
	}
	e.At = k.now
	e.Code = &SpareCode{Ref: fmt.Sprintf("ref-%d", k.n), MAC: fmt.Appendf(nil, "mac-%d", k.n)}
	commit, err := Step(k.lib, k.c, e)
	if err != nil {
		return err
	}
	k.take(commit)
	return nil
}

// take goes on from a commit as it would be loaded.
func (k *talk) take(commit Commit) {
	k.t.Helper()
	data, err := commit.Conversation.Encode()
	if err != nil {
		k.t.Fatal(err)
	}
	old := k.c
	if k.c, err = Decode(data); err != nil {
		k.t.Fatal(err)
	}
	k.commit, k.said = commit, nil
	k.journal = append(k.journal, commit.Journal...)
	for _, f := range k.c.Effects {
		if f.Send != nil && old.Effect(f.ID) == nil {
			k.said = append(k.said, f.Send.Text)
		}
	}
}

func (k *talk) do(e Event) {
	k.t.Helper()
	if err := k.try(e); err != nil {
		k.t.Fatalf("step: %v\n%s", err, k.trail())
	}
}

// says is a message of the customer, prepared as the shell does.
func (k *talk) says(text string) {
	k.t.Helper()
	k.do(k.message(text))
}

func (k *talk) message(text string) Event {
	m := &MessageReceived{From: k.from, Text: text}
	ch := k.c.Challenge
	outranks := message.Word(text, k.c.Contact.Stopped) != message.None || answer.Outranking(text, k.lib.Languages()).Kind != answer.NoWord
	if ch != nil && len(ch.Facts) > 0 && k.from == ch.Address && !outranks {
		m.Text, m.Typed = "[answer]", &Typed{Challenge: ch.ID, Facts: map[string][]byte{}, Nothing: true}
		for _, word := range strings.Fields(text) {
			m.Typed.Nothing = false
			switch word {
			case "14/3":
				m.Typed.Facts["birth"] = walkBirth
			case "2196":
				m.Typed.Facts["place"] = walkPlace
			case "right-code":
				if ch.Code != nil {
					m.Typed.Code = ch.Code.MAC
				}
			case "nothing":
				m.Typed.Nothing = true
			case "refused":
				m.Typed.Refused = true
			}
		}
		for _, class := range []string{"birth", "place"} { // everything was answered, whatever isn't right is wrong
			if m.Typed.Facts[class] == nil {
				m.Typed.Facts[class] = []byte("the keyed hash of something else")
			}
		}
		if ch.Code != nil && m.Typed.Code == nil {
			m.Typed.Code = []byte("the keyed hash of another code")
		}
	}
	return Event{Received: m}
}

// proves answers the open challenge rightly.
func (k *talk) proves() {
	k.t.Helper()
	if k.c.Challenge == nil {
		k.t.Fatalf("no challenge is open\n%s", k.trail())
	}
	k.says("14/3 2196 right-code")
	k.settle()
}

// taps is a button of the last prompt.
func (k *talk) taps(option string) {
	k.t.Helper()
	p := k.c.Prompts[thread(k.from)]
	k.do(Event{Received: &MessageReceived{From: k.from, Choice: payload(p.Case, p.Serial, option)}})
}

// pending is the one effect of a kind that waits, by its operation where it has one.
func (k *talk) pending(what string) *Effect {
	for i := range k.c.Effects {
		f := &k.c.Effects[i]
		name := f.Kind()
		switch {
		case f.LookUp != nil:
			name = f.LookUp.System + "." + f.LookUp.Operation
		case f.WriteBack != nil:
			name = f.WriteBack.System + "." + f.WriteBack.Operation
		case f.Send != nil:
			name = f.Send.Text
		}
		if name == what {
			return f
		}
	}
	return nil
}

// result reports how a pending effect went.
func (k *talk) result(what string, d EffectDone) {
	k.t.Helper()
	f := k.pending(what)
	if f == nil {
		k.t.Fatalf("no effect %s is pending\n%s", what, k.trail())
	}
	if d.Effect = f.ID; d.Attempt == 0 {
		d.Attempt = f.Attempt
	}
	k.do(Event{ID: ResultID(f.ID, d.Attempt, d.Result), Done: &d})
}

// settle lets everything that is on its way succeed.
func (k *talk) settle() {
	k.t.Helper()
	var said []string
	for range 40 {
		said = append(said, k.said...)
		heads := k.c.Heads()
		if len(heads) == 0 {
			k.said = slices.Compact(said)
			return
		}
		f := heads[0]
		d := EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Receipt: "R-1"}
		if f.LookUp != nil || f.WriteBack != nil {
			d.Values = k.account
		}
		k.do(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &d})
	}
	k.t.Fatalf("it never settles\n%s", k.trail())
}

// answers is a message, and all that follows.
func (k *talk) answers(texts ...string) {
	k.t.Helper()
	for _, text := range texts {
		k.says(text)
		k.settle()
	}
}

// fires lets a case's timer of a kind come due.
func (k *talk) fires(kind string) {
	k.t.Helper()
	for _, t := range k.c.Timers {
		if t.kind() == kind {
			if t.Due.After(k.now) {
				k.now = t.Due
			}
			k.do(Event{ID: "timer/" + t.Name, Timer: &TimerDue{Timer: t.Name}})
			return
		}
	}
	k.t.Fatalf("no timer %s is set\n%s", kind, k.trail())
}

func (k *talk) has(kind string) bool {
	return slices.ContainsFunc(k.c.Timers, func(t Timer) bool { return t.kind() == kind })
}
