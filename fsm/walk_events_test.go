package fsm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// walk is one conversation on a random way through the workflows.
type walk struct {
	t        testing.TB
	lib      *Library
	seed     uint64
	rng      *rand.Rand
	seen     *visited
	c        Conversation
	now      time.Time
	n        int // events made
	last     Event
	journal  []Entry
	sent     []Event  // all so far, for duplicates
	taps     []string // payloads of buttons shown
	document string   // c as it is stored
	goal     int      // of goals
	wild     int      // in 100: how many events are anything at all
}

var (
	walkPhone = message.Address("sms:+27821234521")
	walkChat  = message.Address("whatsapp:+27821234521")
	walkTime  = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	walkBirth = []byte("the keyed hash of 14 March 1990.")
	walkPlace = []byte("the keyed hash of postcode 2196.")
)

func newWalk(t testing.TB, lib *Library, seed uint64, seen *visited) *walk {
	k := &walk{t: t, lib: lib, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), seen: seen, now: walkTime}
	k.c = Conversation{ID: fmt.Sprintf("walk-%d", seed), Contact: Contact{Language: "en", Zone: "Africa/Johannesburg"}}
	k.document = k.encodeDocument(k.c)
	if k.goal = int(seed/2) % len(goals); lengthOf(seed) > 100 {
		k.goal = 1
	}
	if k.wild = 10; seed%2 == 1 { // few come far when every other event is noise: half of the walks are quiet, half wild
		k.wild = 90
	}
	return k
}

// pick is one of several.
func pick[T any](k *walk, all ...T) T { return all[k.rng.IntN(len(all))] }

func (k *walk) chance(percent int) bool { return k.rng.IntN(100) < percent }

// next is the next event: half of them one that is offered now, half any.
func (k *walk) next() Event {
	k.n++
	k.now = k.now.Add(time.Duration(k.rng.IntN(120)) * time.Second)
	if k.chance(1 + k.wild/50) {
		k.now = k.now.Add(time.Duration(k.rng.IntN(48)) * time.Hour)
	}
	id := fmt.Sprintf("test/%d", k.n)
	e := Event{ID: id, At: k.now, Mark: fmt.Appendf(nil, "%08d", k.n)}
	if len(k.c.Cases) == 0 || k.chance(1) {
		e.Opened = k.opening()
	} else if k.chance(k.wild) {
		k.anything(&e)
	} else {
		k.offered(&e)
	}
	k.prepare(&e)
	return e
}

func (k *walk) opening() *CaseOpened {
	n := k.rng.IntN(6)
	o := &CaseOpened{
		Case: fmt.Sprintf("case-%d", n), Source: "core", External: fmt.Sprint(n), Event: pick(k, "account.overdue", "account.overdue", "account.overdue", "promise.due", "payment.failed", "kyc.due", "mail.returned"),
		Customer: "C-1", Ref: fmt.Sprintf("A-%d", n), Language: "en", Zone: "Africa/Johannesburg", Addresses: []message.Address{walkPhone, walkChat},
		Facts: map[string]string{
			"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "sent_on": "2026-11-01", "card": "Visa 4242", "amount": "500.00",
			"reason": pick(k, "insufficient-funds", "insufficient-funds", "blocked"), "needs": pick(k, "none", "id"),
		},
		Proofs:  map[string][]byte{"date_of_birth": walkBirth, "postcode": walkPlace},
		Consent: []policy.Consent{{Channel: "sms", Purpose: "collection", Given: true, Source: "agreement", At: k.now}},
	}
	n = k.rng.IntN(10)
	if k.wild < 50 {
		n = k.rng.IntN(40)
	}
	switch n {
	case 0:
		o.Proofs = nil
	case 1:
		delete(o.Proofs, "postcode")
	case 2:
		delete(o.Facts, "first_name") // a text that can't be filled
	case 3:
		o.Customer = "C-2"
		o.Shared = k.chance(80)
	case 4:
		o.Addresses = o.Addresses[:1]
	}
	switch k.seed % 40 {
	case 2:
		o.Event = "promise.due"
	case 22:
		o.Event = "payment.failed"
	case 6, 14, 26, 34:
		o.Event = "account.overdue"
	}
	if o.Event == "promise.due" {
		o.Facts["promised"] = "500.00"
	}
	return o
}

// offered is something that the conversation waits for.
func (k *walk) offered(e *Event) {
	c := &k.c
	heads := c.Heads()
	switch n := k.rng.IntN(100); {
	case len(heads) > 0 && n < 42:
		f := heads[k.rng.IntN(len(heads))]
		if f.Due.After(k.now) {
			k.now = f.Due
		}
		if k.chance(70) {
			k.result(e, f, OK)
			break
		}
		k.result(e, f, pick(k, OK, OK, OK, OK, OK, OK, OK, OK, Declined, Retry, Throttled, Held, Refused, Permanent, Unknown, Lapsed, Optedout, Window, Dropped))
	case len(c.Timers) > 0 && n < 50 && (lengthOf(k.seed) == 100 || k.chance(10)):
		t := c.Timers[k.rng.IntN(len(c.Timers))]
		for _, other := range c.Timers { // mostly the one that comes first
			if other.Due.Before(t.Due) && k.chance(70) {
				t = other
			}
		}
		if t.Due.After(k.now) {
			k.now = t.Due
		}
		e.ID, e.Mark, e.Timer = "timer/"+t.Name, nil, &TimerDue{Timer: t.Name}
	case (c.Handoff != nil || len(c.Work) > 0) && n < 62:
		e.Agent = &AgentActed{Agent: "staff-1", Action: pick(k, "claim", "claim", "reply", "return", "resolve"), Text: pick(k, "Hello", "We can move it"), Outcome: pick(k, "promised", "settled", "plan", "expired", "paid", "kept", "done", "moved", "collected")}
	case n >= 96 && len(c.Cases) > 0 && (lengthOf(k.seed) == 100 || k.chance(10)):
		e.Reported = k.report(c.Cases[k.rng.IntN(len(c.Cases))].ID)
	case n >= 93:
		e.Received = &MessageReceived{From: k.thread(), Text: pick(k, "MENU", "BACK", "AGENT", "UNDO", "CASES", "HELP", "menu", "back", "start", "afrikaans", "english")}
	default:
		e.Received = k.reply()
		if q := c.Case(c.Active); q != nil && q.State == "paying" && k.chance(60) {
			e.Received, e.Reported = nil, &SystemReported{Case: q.ID, Event: "psp.failed", Facts: map[string]string{"reason": "expired-card"}}
		}
	}
	e.At = k.now
}

func (k *walk) thread() message.Address {
	if len(k.c.Contact.Addresses) == 0 || k.chance(1) {
		return walkPhone
	}
	if q := k.c.Case(k.c.Active); q != nil && !q.Thread.IsZero() && k.chance(90) {
		return q.Thread
	}
	return pick(k, k.c.Contact.Addresses...).Address
}

// reply answers what was asked last.
func (k *walk) reply() *MessageReceived {
	m := &MessageReceived{From: k.thread()}
	if k.c.Contact.Stopped && k.chance(50) {
		m.Text = "START"
		return m
	}
	if k.c.Challenge != nil {
		m.From, m.Text = k.c.Challenge.Address, "14 March 2196"
		return m
	}
	p := k.c.Prompts[thread(m.From)]
	switch {
	case len(p.Options) > 0:
		i := k.rng.IntN(len(p.Options))
		for at, o := range p.Options {
			if slices.Contains(goals[k.goal], o.ID) && k.chance(60) {
				i = at
			}
		}
		o := p.Options[i]
		switch k.rng.IntN(3) {
		case 0:
			m.Choice = payload(p.Case, p.Serial, o.ID)
		case 1:
			m.Text = fmt.Sprint(i + 1)
		default:
			m.Text = o.Label
		}
		if k.chance(5) {
			m.Text, m.Choice = fmt.Sprintf("%d friday", i+1), ""
		}
	default:
		m.Text = pick(k, "500", "R 200,50", "friday", "tomorrow", "1 December", "125", "yes")
		if q := k.c.Case(k.c.Active); q != nil && k.chance(70) {
			m.Text = map[string]string{"part-amount": "200", "promise-amount": "500", "promise-date": "friday", "second-date": "friday", "retry-date": "friday",
				"new-address": "5 Main Road, Soweto, 1804"}[q.State]
		}
	}
	return m
}

// goals are what the customers of the walks mostly choose: chance alone rarely comes to the end of a long way.
var goals = [][]string{
	{"continue", "promise", "same", "later", "yes"}, {"continue", "pay", "once", "again"}, {"continue", "pay", "once", "again"}, {"continue", "pay", "once", "agent"},
	{"continue", "plan", "moved", "give", "yes", "2"}, {"continue", "dispute", "same", "yes", "other"}, {"continue", "pay-part", "once", "agent"}, {},
}

func (k *walk) report(id string) *SystemReported {
	if k.chance(60) {
		return &SystemReported{Case: id, Event: "psp.paid", Facts: map[string]string{"amount": pick(k, "50.00", "1250.00", "500.00"), "reference": "R-1"}}
	}
	return &SystemReported{Case: id, Event: "psp.failed", Facts: map[string]string{"reason": "expired-card"}}
}

// result is how an effect went.
func (k *walk) result(e *Event, f Effect, r Result) {
	d := &EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: r, After: time.Duration(k.rng.IntN(5)) * time.Second}
	if r == Held {
		d.Until = k.now.Add(time.Duration(k.rng.IntN(12)) * time.Hour)
	}
	if r == OK && f.LookUp != nil {
		d.Values = map[string]string{
			"balance": pick(k, "1250.00", "1250.00", "2400.00", "8000.00", "480.00", "60.00", "0.00", "nonsense"), "days_past_due": pick(k, "12", "12", "45", "75", "120"),
			"in_dispute": pick(k, "false", "false", "false", "false", "true"), "received": pick(k, "0.00", "100.00", "500.00"), "tries": pick(k, "0", "2"),
			"address": "12 Long Street, 2196",
		}
	}
	if r == OK && f.LookUp != nil && k.wild < 50 && k.chance(80) {
		d.Values = map[string]string{"balance": "1250.00", "days_past_due": "12", "in_dispute": "false", "received": "0.00", "tries": "0",
			"address": "12 Long Street, 2196"}
	}
	if d.Values["address"] != "" && k.chance(30) {
		delete(d.Values, "address") // none is on file
	}
	if r == OK && f.WriteBack != nil {
		d.Receipt = "R-1"
		if f.WriteBack.Operation == "payment-page" && k.chance(95) {
			d.Values = map[string]string{"link": "https://pay.example/x"}
		}
	}
	if r == Declined {
		d.Reason = pick(k, "", "expired-card", "closed")
	}
	e.ID, e.Mark, e.Done = ResultID(f.ID, f.Attempt, r), nil, d
}
