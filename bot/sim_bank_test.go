package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/integrations"
)

// simBank is the bank's systems of record: it remembers every key, and makes each change once.
type simBank struct {
	w *simWorld

	mu      sync.Mutex
	made    map[string]*simChange // guarded by mu; by key
	order   []*simChange          // guarded by mu
	strange []string              // guarded by mu: one key with two contents
}

// simChange is one change that was made.
type simChange struct {
	at        time.Time
	key       string
	operation string
	caseID    string
	in        integrations.Values
	asked     int
}

func newSimBank(w *simWorld) *simBank { return &simBank{w: w, made: make(map[string]*simChange)} }

// apply makes a change, once for each key.
func (b *simBank) apply(system string, c integrations.Change) (integrations.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	operation := system + "." + c.Operation
	is := b.made[c.Key]
	if is == nil {
		is = &simChange{at: time.Now(), key: c.Key, operation: operation, caseID: c.Case, in: maps.Clone(c.In)}
		b.made[c.Key] = is
		b.order = append(b.order, is)
		b.w.tell("%s is made under key %s", operation, short(c.Key))
		if c.Operation == "payment-page" {
			b.w.goes(func() { b.paid(c) })
		}
	} else if is.operation != operation || !maps.Equal(is.in, c.In) {
		b.strange = append(b.strange, fmt.Sprintf("key %s came for %s and for %s, or with other values", c.Key, is.operation, operation))
		return integrations.Receipt{}, integrations.Permanent{Cause: "another change has this key"}
	}
	is.asked++
	receipt := integrations.Receipt{ID: "R-" + short(c.Key)}
	if c.Operation == "payment-page" {
		receipt.Out = integrations.Values{"link": "https://pay.example/" + short(c.Key)}
	}
	return receipt, nil
}

// paid is the payment provider's news, of a page that a customer has used.
func (b *simBank) paid(c integrations.Change) {
	r := b.w.draw("paid ", c.Key)
	if r.IntN(3) == 0 {
		return
	}
	report := bot.ReportRequest{ID: "pay-" + c.Key, Case: c.Case, Event: "psp.paid", Facts: map[string]string{"amount": c.In["amount"], "reference": c.In["reference"]}}
	if r.IntN(3) == 0 {
		report.Event, report.Facts = "psp.failed", map[string]string{"reason": "expired-card"}
	}
	time.Sleep(between(r, 2*time.Second, 60*time.Second))
	for range 1 + r.IntN(2) {
		b.w.deliver("report "+report.ID, 30, func(ctx context.Context, p *simProc) error {
			err := p.bot.Report(ctx, report)
			if invalid := (*bot.Invalid)(nil); errors.As(err, &invalid) {
				return nil
			}
			return err
		})
	}
}

// changes are those made so far.
func (b *simBank) changes() []*simChange {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.order)
}

// simSystem is one of the bank's systems as one process reaches it.
type simSystem struct {
	p    *simProc
	name string
}

var errSimSystem = errors.New("no answer from the system")

func (s simSystem) Find(ctx context.Context, q integrations.Request) (integrations.Values, error) {
	r := s.p.w.draw("find ", s.name, q.Operation, q.In["ref"])
	s.p.hold("find " + s.name + q.Operation + q.In["ref"])
	if s.p.isDead() || !sleepFor(ctx, between(r, time.Millisecond, 70*time.Millisecond)) {
		return nil, errSimSystem
	}
	if !s.p.w.isCalm() {
		switch k := r.IntN(100); {
		case k < 6:
			s.p.w.fault("lookup without an answer", "%s.%s", s.name, q.Operation)
			return nil, errSimSystem
		case k < 10:
			s.p.w.fault("lookup refused for now", "%s.%s", s.name, q.Operation)
			return nil, integrations.Retry{After: between(r, time.Second, 8*time.Second)}
		}
	}
	return simFacts(q.In["ref"]), nil
}

func (s simSystem) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	p, w := s.p, s.p.w
	r := w.draw("apply ", c.Key)
	if w.mutant == keyEachTime {
		c.Key = fmt.Sprintf("%s-%d", c.Key, r.IntN(1000))
	}
	p.hold("apply " + c.Key)
	if p.isDead() {
		return integrations.Receipt{}, errSimDead
	}
	there, back, fate := between(r, time.Millisecond, 70*time.Millisecond), between(r, time.Millisecond, 70*time.Millisecond), r.IntN(1000)
	if w.isCalm() {
		fate = 1000
	}
	if fate < 50 {
		w.fault("change never arrived", "%s.%s", s.name, c.Operation)
		sleepFor(ctx, there+back)
		return integrations.Receipt{}, errSimSystem
	}
	time.Sleep(there)
	switch {
	case fate < 90:
		w.fault("change refused for now", "%s.%s", s.name, c.Operation)
		return integrations.Receipt{}, integrations.Retry{After: between(r, time.Second, 8*time.Second)}
	case fate < 110:
		w.fault("change declined", "%s.%s", s.name, c.Operation)
		return integrations.Receipt{}, integrations.Declined{Reason: "closed"}
	case fate < 190:
		w.fault("change made, answer lost", "%s.%s", s.name, c.Operation)
		_, err := s.made(c)
		sleepFor(ctx, back)
		if err == nil {
			err = errSimSystem
		}
		return integrations.Receipt{}, err
	case fate < 220:
		late := between(r, time.Second, 50*time.Second)
		w.fault("change made late", "%s.%s, by %s", s.name, c.Operation, late)
		w.goes(func() {
			time.Sleep(late)
			_, _ = s.made(c)
		})
		return integrations.Receipt{}, errSimSystem
	}
	receipt, err := s.made(c)
	if !sleepFor(ctx, back) {
		return integrations.Receipt{}, errSimSystem
	}
	p.hold("applied " + c.Key)
	return receipt, err
}

func (s simSystem) made(c integrations.Change) (integrations.Receipt, error) {
	return s.p.w.bank.apply(s.name, c)
}
