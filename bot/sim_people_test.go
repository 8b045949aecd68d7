package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// simPerson is one customer of the bank.
type simPerson struct {
	w     *simWorld
	n     int
	phone message.Address
	chat  message.Address
	goal  []string // the options mostly chosen
	wild  int      // in 100: how many messages are anything at all
	calm  int      // one message in so many is followed by STOP at once
	said  int
}

// simGoals are what customers mostly want.
var simGoals = [][]string{
	{"continue", "promise", "same", "later", "yes"}, {"continue", "pay", "once", "again"}, {"continue", "pay", "once", "agent"},
	{"continue", "plan", "moved", "give", "yes", "2"}, {"continue", "dispute", "same", "yes", "other"}, {},
}

// simAnything is what people also say.
var simAnything = []string{
	"MENU", "BACK", "AGENT", "HELP", "UNDO", "CASES", "yes", "no", "1", "2", "3", "4", "5", "friday", "tomorrow", "500", "R 200,50", "STOP", "START",
	"who is this?", "14 march 2196", "15 march 2196", "stop. I will pay", "afrikaans", "english", "4242 4242 4242 4242",
}

// simOpening is what the bank gives with each kind of case.
var simOpening = map[string]map[string]string{
	"account.overdue": {"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "date_of_birth": "1990-03-14", "postcode": "2196"},
	"promise.due": {"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "date_of_birth": "1990-03-14", "postcode": "2196",
		"promised": "500.00", "second": "false"},
	"payment.failed": {"first_name": "Thandi", "amount": "500.00", "card": "Visa 4242", "reason": "insufficient-funds", "date_of_birth": "1990-03-14", "postcode": "2196"},
	"mail.returned":  {"first_name": "Thandi", "sent_on": "2026-11-01", "date_of_birth": "1990-03-14", "postcode": "2196"},
	"kyc.due":        {"first_name": "Thandi", "needs": "none", "date_of_birth": "1990-03-14", "postcode": "2196"},
}

// simBalance is what a customer owes: an amount that nobody else has.
func simBalance(n int) string { return fmt.Sprintf("%d.%02d", 1201+37*n, 11+n) }

// simFacts is what the bank's systems know of an account.
func simFacts(ref string) integrations.Values {
	var n int
	_, _ = fmt.Sscanf(ref, "A-%d", &n)
	return integrations.Values{"balance": simBalance(n), "days_past_due": "12", "in_dispute": "false", "received": "0.00", "tries": "0", "address": "12 Long Street, 2196"}
}

func (w *simWorld) person(n int) *simPerson {
	r := w.draw("person ", n)
	return &simPerson{
		w: w, n: n, phone: message.Address(fmt.Sprintf("sms:+4477009001%02d", n)), chat: message.Address(fmt.Sprintf("whatsapp:+4477009001%02d", n)),
		goal: simGoals[r.IntN(len(simGoals))], wild: []int{3, 10, 40}[r.IntN(3)], calm: []int{5, 1000, 1000}[r.IntN(3)],
	}
}

// open lets the bank open a case, patiently, and sometimes twice.
func (k *simPerson) open(event string, r *rand.Rand) {
	request := bot.OpenRequest{
		Source: "core", ID: fmt.Sprintf("%s-%d", event, k.n), Event: event, Customer: fmt.Sprintf("C-%d", k.n), Ref: fmt.Sprintf("A-%d", k.n),
		Language: "en", Zone: "Europe/London", Addresses: []message.Address{k.phone, k.chat},
		Facts:   maps.Clone(simOpening[event]),
		Consent: []policy.Consent{{Channel: "sms", Purpose: "collection", Given: true, Source: "agreement", At: simStart.AddDate(-1, 0, 0)}},
	}
	for range 1 + r.IntN(2) {
		k.w.deliver("open "+request.ID, 40, func(ctx context.Context, p *simProc) error {
			opened, err := p.bot.Open(ctx, request)
			if err == nil && !p.isDead() {
				k.w.mu.Lock()
				k.w.opened[opened.Case] = true
				k.w.mu.Unlock()
			}
			if invalid := (*bot.Invalid)(nil); errors.As(err, &invalid) {
				k.w.t.Errorf("seed %d: case %s is refused: %v", k.w.seed, event, err)
				return nil
			}
			if errors.Is(err, bot.ErrOpen) {
				return nil
			}
			return err
		})
	}
}

// live is what a customer does until the time is over: reads, thinks, and writes, sometimes before the answer is there.
func (k *simPerson) live(until time.Time) {
	r := k.w.draw("life ", k.n)
	time.Sleep(between(r, time.Millisecond, 10*time.Second))
	if r.IntN(8) > 0 { // else the customer writes first
		events := []string{"account.overdue", "account.overdue", "account.overdue", "promise.due", "payment.failed", "mail.returned", "kyc.due"}
		first := events[r.IntN(len(events))]
		k.open(first, r)
		if r.IntN(4) == 0 {
			second := events[r.IntN(len(events))]
			k.w.goes(func() { k.open(second, k.w.draw("second ", k.n)) })
		}
	}
	for time.Now().Before(until) {
		most := 16 * time.Second
		if r.IntN(4) == 0 {
			most = 200 * time.Millisecond
		}
		time.Sleep(between(r, 20*time.Millisecond, most))
		from, text, choice := k.words(r)
		if text == "" && choice == "" {
			continue
		}
		k.say(from, text, choice)
		if r.IntN(k.calm) == 0 { // and thinks better of it, while the answer may be on its way
			time.Sleep(between(r, time.Millisecond, 90*time.Millisecond))
			k.say(from, "STOP", "")
		}
	}
}

// say sends one message: delayed, doubled, behind another one, as the provider pleases.
func (k *simPerson) say(from message.Address, text, choice string) {
	w := k.w
	k.said++
	id := fmt.Sprintf("sim/c%d/%d", k.n, k.said)
	m := message.Inbound{ID: id, From: from, To: "bank", Text: text, Choice: choice}
	r := w.draw("say ", id)
	if from.Kind() == "whatsapp" {
		m.At = w.now().Truncate(time.Second)
	}
	w.mu.Lock()
	w.said[id] = simSaid{k.n, text, time.Now()}
	w.mu.Unlock()
	w.tell("customer %d says %s: %q %s", k.n, id, text, choice)
	times, wait := 1, between(r, time.Millisecond, 300*time.Millisecond)
	if !w.isCalm() {
		switch n := r.IntN(100); {
		case n < 10:
			w.fault("webhook twice", "%s", id)
			times = 2
		case n < 13:
			w.fault("webhook five times", "%s", id)
			times = 5
		case n < 23:
			w.fault("webhook delayed", "%s", id)
			wait = between(r, 5*time.Second, 60*time.Second)
		case n < 25:
			w.fault("webhook dropped", "%s", id)
			return
		}
	}
	for range times {
		at := wait
		w.goes(func() {
			time.Sleep(at)
			if w.deliver(id, 20, func(ctx context.Context, p *simProc) error {
				return p.bot.Receive(ctx, channels.Received{Inbound: []message.Inbound{m}})
			}) {
				w.mu.Lock()
				if _, twice := w.acked[id]; !twice {
					w.acked[id] = time.Now()
				}
				w.mu.Unlock()
			}
		})
		wait += between(r, time.Microsecond, 4*time.Second)
	}
}

var simCode = regexp.MustCompile(`\b\d{6}\b`)

// words are what a customer says now: mostly an answer to what was asked last, as its document has it.
func (k *simPerson) words(r *rand.Rand) (from message.Address, text, choice string) {
	from = k.phone
	loaded, err := k.w.look.LoadAddress(k.w.life, k.phone)
	if r.IntN(100) < k.wild || err != nil && r.IntN(3) == 0 {
		if r.IntN(6) == 0 {
			from = k.chat
		}
		return from, simAnything[r.IntN(len(simAnything))], ""
	}
	if err != nil {
		return from, "", ""
	}
	c := &loaded.Conversation
	if c.Contact.Stopped {
		if r.IntN(3) > 0 {
			return from, "", ""
		}
		return from, "START", ""
	}
	if ch := c.Challenge; ch != nil {
		return ch.Address, k.answer(r, ch), ""
	}
	if a := c.Case(c.Active); a != nil && !a.Thread.IsZero() && (a.Thread == k.phone || a.Thread == k.chat) {
		from = a.Thread
	}
	prompt, asked := c.Prompts[string(from)]
	if !asked {
		return from, []string{"", "", "hello", "MENU"}[r.IntN(4)], ""
	}
	if len(prompt.Options) == 0 {
		text := map[string]string{"part-amount": "200", "promise-amount": "500", "promise-date": "friday", "second-date": "friday", "retry-date": "friday",
			"new-address": "5 Main Road, Soweto, 1804"}[prompt.State]
		if text == "" {
			text = []string{"500", "friday", "yes"}[r.IntN(3)]
		}
		return from, text, ""
	}
	at := r.IntN(len(prompt.Options))
	for i, o := range prompt.Options {
		if slices.Contains(k.goal, o.ID) && r.IntN(100) < 60 {
			at = i
		}
	}
	o := prompt.Options[at]
	switch r.IntN(4) {
	case 0:
		return from, o.Label, fmt.Sprintf("%s.%d.%s", prompt.Case, prompt.Serial, o.ID)
	case 1:
		return from, o.Label, ""
	}
	return from, fmt.Sprint(at + 1), ""
}

// answer answers a challenge, sometimes wrongly.
func (k *simPerson) answer(r *rand.Rand, ch *fsm.Challenge) string {
	if r.IntN(6) == 0 {
		return []string{"15 march 2196", "I don't know", "14 march", "2196"}[r.IntN(4)]
	}
	parts := []string{}
	if len(ch.Facts) > 0 {
		parts = append(parts, "14 march 2196")
	}
	if ch.Code != nil {
		for _, s := range slices.Backward(k.w.net.heard(k.phone, k.chat)) {
			if code := simCode.FindString(s.text); code != "" {
				parts = append(parts, code)
				break
			}
		}
	}
	return strings.Join(parts, " ")
}
