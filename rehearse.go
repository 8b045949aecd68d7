package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/console"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/inprocess"
)

// stage is where one thread is rehearsed: the whole engine in this process, with a store that lasts as long, systems of
// record that only pretend, and a clock that can be moved. settle chat and settle test stand on it; nothing leaves it.
type stage struct {
	library *fsm.Library
	store   *store.Store
	bot     *bot.Bot
	bank    *pretend
	end     func()

	still bool // the clock moves only when it is moved

	mu    sync.Mutex
	time  time.Time       // guarded by mu; what a still clock shows
	ahead time.Duration   // guarded by mu; how far a running clock is moved
	shown []console.Shown // guarded by mu; every message, in order
}

// The rehearsed customer has a number from a range that is reserved for drama. A transcript begins on a Tuesday at noon.
const (
	rehearsedAddress = message.Address("sms:+447700900001")
	rehearsedZone    = "Africa/Johannesburg"
	rehearsedRef     = "A-001"
)

var rehearsedStart = time.Date(2026, 11, 24, 10, 0, 1, 0, time.UTC)

// newStage opens a stage whose clock begins at start. A still clock makes a transcript the same on a slow machine.
func newStage(ctx context.Context, library *fsm.Library, start time.Time, still bool) (*stage, error) {
	st := &stage{library: library, still: still, time: start, ahead: time.Until(start), bank: newPretend()}
	s, end, err := inprocess.Open(ctx, st.offset)
	if err != nil {
		return nil, err
	}
	st.store = s
	phone := console.New(st.show)
	st.bot = bot.New(bot.Options{
		Store: s, Library: library, Systems: st.bank.systems(library), Checks: checks(), Rules: policy.DefaultRules(), Log: zerolog.Nop(),
		Channels: map[string]channels.Channel{"sms": phone, "whatsapp": phone, "email": phone, "console": phone},
	})
	st.end = func() {
		_ = st.bot.Close() // nothing is on the wire: every call here is in this process
		end()
	}
	return st, nil
}

func (st *stage) offset() time.Duration {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.still {
		return time.Until(st.time)
	}
	return st.ahead
}

func (st *stage) move(by time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ahead += max(by, 0)
	st.time = st.time.Add(max(by, 0))
}

func (st *stage) show(s console.Shown) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.shown = append(st.shown, s)
	return nil
}

// open opens a case of a workflow for a new customer, with these facts; those that a system of record would know, it
// knows, and those that aren't given have sample values. A workflow that nothing triggers begins when the customer writes.
func (st *stage) open(ctx context.Context, w *fsm.Workflow, facts map[string]string, language string) (*thread, error) {
	t := &thread{stage: st, workflow: w}
	request := bot.OpenRequest{
		Source: "rehearsal", ID: rehearsedRef, Workflow: w.Name, Customer: "C-001", Ref: rehearsedRef, Language: language,
		Zone: rehearsedZone, Addresses: []message.Address{rehearsedAddress}, Facts: make(map[string]string),
		Consent: []policy.Consent{{Channel: "sms", Purpose: policy.Purpose(w.Purpose), Given: true, Source: "rehearsal", At: rehearsedStart.AddDate(-1, 0, 0)}},
	}
	for name, v := range facts {
		if err := given(w, name, v); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.Facts)) {
		def := w.Facts[name]
		v, ok := facts[name]
		if !ok {
			v = sample(name, def)
		}
		switch {
		case v == leftOut || def.Is != nil || def.From == "customer":
		case strings.Contains(def.From, "."):
			st.bank.begins(def.From, name, v)
		default:
			request.Facts[name] = v
		}
	}
	if w.Trigger.Event == "" {
		return t, nil
	}
	st.others(w)
	opened, err := st.bot.Open(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("open a case of %s: %w", w.Name, err)
	}
	t.conversation, t.caseID = opened.Conversation, opened.Case
	return t, t.settle(ctx)
}

// others lets the systems of record know samples of what only workflows that w opens later look up.
func (st *stage) others(w *fsm.Workflow) {
	for _, o := range st.library.All() {
		for name, def := range o.Facts {
			if w.Facts[name] == nil && strings.Contains(def.From, ".") {
				st.bank.begins(def.From, name, sample(name, def))
			}
		}
	}
}

// leftOut is the value of a fact that a rehearsal leaves out.
const leftOut = "-"

// given checks that a workflow has a fact and that it may have this value.
func given(w *fsm.Workflow, name, value string) error {
	def := w.Facts[name]
	switch {
	case def == nil:
		return fmt.Errorf("fact %q: workflow %s has none of that name%s", name, w.Name, didYouMean(name, slices.Collect(maps.Keys(w.Facts))))
	case def.Is != nil:
		return fmt.Errorf("fact %q is computed: give the facts that it is computed from", name)
	case def.From == "customer":
		return fmt.Errorf("fact %q is asked of the customer: let them answer", name)
	case value == leftOut:
		return nil
	}
	if _, err := fsm.ParseValue(def.Type, w.Currency, value); err != nil {
		return fmt.Errorf("fact %q: %w", name, err)
	}
	return nil
}

// checks are the classes of known facts that can be asked.
func checks() []identity.Check {
	return []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}
}
