package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/inprocess"
)

// stage is where a workflow is rehearsed: the whole engine in this process, with a store that lasts as long, systems of
// record that only pretend, and a clock that can be moved. settle chat and settle test stand on it; nothing leaves it.
type stage struct {
	library *fsm.Library
	store   *store.Store
	bot     *bot.Bot
	bank    *pretend
	end     func()

	mu     sync.Mutex
	ahead  time.Duration              // guarded by mu; how far the clock is moved
	shown  map[string][]console.Shown // guarded by mu; by conversation
	people int
}

// The rehearsed customer, from a range that is reserved for drama, and when the rehearsal begins: a Tuesday at ten.
const (
	rehearsedNumber = 447700900000
	rehearsedZone   = "Africa/Johannesburg"
)

var rehearsedStart = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// newStage opens a stage. start is the time that it begins at; zero: now.
func newStage(ctx context.Context, library *fsm.Library, start time.Time) (*stage, error) {
	st := &stage{library: library, shown: make(map[string][]console.Shown)}
	if !start.IsZero() {
		st.ahead = time.Until(start)
	}
	s, end, err := inprocess.Open(ctx, st.offset)
	if err != nil {
		return nil, err
	}
	st.store, st.bank = s, newPretend()
	phone := console.New(st.show)
	st.bot = bot.New(bot.Options{
		Store: s, Library: library, Systems: st.bank.systems(library), Checks: checks(), Rules: policy.DefaultRules(), Log: zerolog.Nop(),
		Channels: map[string]channels.Channel{"sms": phone, "whatsapp": phone, "email": phone, "console": phone},
	})
	st.end = func() {
		_ = st.bot.Close()
		end()
	}
	return st, nil
}

func (st *stage) offset() time.Duration {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.ahead
}

func (st *stage) show(s console.Shown) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.shown[s.Outbound.Conversation] = append(st.shown[s.Outbound.Conversation], s)
	return nil
}

// thread is one customer with one case on a stage.
type thread struct {
	*stage
	workflow     *fsm.Workflow
	address      message.Address
	conversation string
	caseID       string
	messages     int // typed so far
	read         int // of shown
	line         int // of the journal
}

// open opens a case of a workflow for a new customer, with these facts; those that a system of record would know, it
// knows. Facts that aren't given have sample values.
func (st *stage) open(ctx context.Context, w *fsm.Workflow, facts map[string]string, language string) (*thread, error) {
	st.people++
	n := st.people
	t := &thread{stage: st, workflow: w, address: message.Address("sms:+" + strconv.Itoa(rehearsedNumber+n))}
	ref := fmt.Sprintf("A-%03d", n)
	request := bot.OpenRequest{
		Source: "rehearsal", ID: ref, Workflow: w.Name, Customer: fmt.Sprintf("C-%03d", n), Ref: ref, Language: language,
		Zone: rehearsedZone, Addresses: []message.Address{t.address}, Facts: make(map[string]string),
		Consent: []policy.Consent{{Channel: "sms", Purpose: policy.Purpose(w.Purpose), Given: true, Source: "rehearsal", At: rehearsedStart.AddDate(-1, 0, 0)}},
	}
	for name := range facts {
		if w.Facts[name] == nil {
			return nil, fmt.Errorf("fact %q: workflow %s has none of that name: it has %s", name, w.Name, strings.Join(slices.Sorted(maps.Keys(w.Facts)), ", "))
		}
	}
	for name, def := range w.Facts {
		v, given := facts[name]
		if !given {
			v = sample(name, def)
		}
		switch {
		case v == "-" || def.Is != nil || def.From == "customer": // "-" leaves a fact out
		case strings.Contains(def.From, "."):
			if _, err := fsm.ParseValue(def.Type, w.Currency, v); err != nil {
				return nil, fmt.Errorf("fact %q: %w", name, err)
			}
			st.bank.knows(ref, def.From, name, v)
		default:
			request.Facts[name] = v
		}
	}
	opened, err := st.bot.Open(ctx, request)
	if err != nil {
		return nil, err
	}
	t.conversation, t.caseID = opened.Conversation, opened.Case
	return t, st.settle(ctx)
}

// settle waits until everything that is to be done now is done.
func (st *stage) settle(ctx context.Context) error {
	if err := st.bot.Quiet(ctx); err != nil {
		return err
	}
	if err := st.bot.Attend(ctx); err != nil {
		return err
	}
	return st.bot.Quiet(ctx)
}

// says is one message of the customer.
func (t *thread) says(ctx context.Context, text string) error {
	t.messages++
	err := t.bot.Receive(ctx, channels.Received{Inbound: []message.Inbound{{
		ID: fmt.Sprintf("rehearsal/%s/%d", t.conversation, t.messages), From: t.address, Text: text,
	}}})
	if err != nil {
		return err
	}
	return t.settle(ctx)
}

// later moves the clock on, stopping at each time at which something is due on the way.
func (t *thread) later(ctx context.Context, by time.Duration) error {
	target := t.offset() + by
	for range 1000 {
		loaded, err := t.store.Load(ctx, t.conversation)
		if err != nil {
			return err
		}
		wake := loaded.Conversation.Wake(nil)
		left := target - t.offset()
		if wake.IsZero() || wake.Sub(loaded.Now) >= left {
			break
		}
		t.move(max(wake.Sub(loaded.Now), 0) + time.Millisecond)
		if err := t.settle(ctx); err != nil {
			return err
		}
	}
	t.move(target - t.offset())
	return t.settle(ctx)
}

func (st *stage) move(by time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if by > 0 {
		st.ahead += by
	}
}

// heard are the messages shown since the last call.
func (t *thread) heard() []console.Shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := t.shown[t.conversation][t.read:]
	t.read += len(fresh)
	return slices.Clone(fresh)
}

// view is the case as it stands.
func (t *thread) view(ctx context.Context) (bot.CaseView, *fsm.Conversation, error) {
	loaded, err := t.store.Load(ctx, t.conversation)
	if err != nil {
		return bot.CaseView{}, nil, err
	}
	c := &loaded.Conversation
	k := c.Case(t.caseID)
	if k == nil {
		return bot.CaseView{}, nil, fmt.Errorf("the case is gone")
	}
	return bot.ViewCase(c, k, loaded.Now), c, nil
}

// moves are the journal's entries since the last call.
func (t *thread) moves(ctx context.Context) ([]fsm.Entry, error) {
	entries, err := t.store.ConversationJournal(ctx, t.conversation)
	if err != nil {
		return nil, err
	}
	var fresh []fsm.Entry
	for _, e := range entries[t.line:] {
		fresh = append(fresh, e.Entry)
	}
	t.line = len(entries)
	return fresh, nil
}

// sample is a value for a fact that a rehearsal doesn't name.
func sample(name string, def *fsm.FactDef) string {
	switch def.Proves {
	case "birth":
		return "1990-03-14"
	case "place":
		return "2196"
	}
	switch def.Type {
	case fsm.Money:
		return "1250.00"
	case fsm.Integer:
		return "12"
	case fsm.Boolean:
		return "false"
	case fsm.Date:
		return "2026-11-01"
	case fsm.Chosen:
		return def.Of[0]
	case fsm.Several:
		return strings.Join(def.Of, ",")
	}
	if strings.Contains(name, "last4") {
		return "4821"
	}
	if strings.Contains(name, "name") {
		return "Thandi"
	}
	return name
}

// pretend is every system of record of a stage: it knows what it was told, does what it is asked, and fails when told to.
type pretend struct {
	mu    sync.Mutex
	facts map[string]integrations.Values // guarded by mu; by reference and operation
	done  []applied                      // guarded by mu
	next  map[string][]error             // guarded by mu; by operation: what its next calls answer
}

type applied struct {
	operation string
	change    integrations.Change
}

func newPretend() *pretend {
	return &pretend{facts: make(map[string]integrations.Values), next: make(map[string][]error)}
}

func (p *pretend) systems(library *fsm.Library) map[string]integrations.System {
	all := make(map[string]integrations.System)
	for _, w := range library.All() {
		for operation, decl := range w.Operations {
			system, _, _ := strings.Cut(operation, ".")
			s, ok := all[system].(*pretendSystem)
			if !ok {
				s = &pretendSystem{name: system, bank: p, out: make(map[string]map[string]fsm.Type)}
				all[system] = s
			}
			s.out[operation] = decl.Out
		}
	}
	return all
}

func (p *pretend) knows(ref, operation, fact, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := ref + " " + operation
	if p.facts[key] == nil {
		p.facts[key] = make(integrations.Values)
	}
	p.facts[key][fact] = value
}

// answers makes the next call of an operation fail.
func (p *pretend) answers(operation string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next[operation] = append(p.next[operation], err)
}

func (p *pretend) failure(operation string) error {
	if all := p.next[operation]; len(all) > 0 {
		p.next[operation] = all[1:]
		return all[0]
	}
	return nil
}

// fresh are the changes made since the n-th.
func (p *pretend) fresh(n int) []applied {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.done[n:])
}

type pretendSystem struct {
	name string
	bank *pretend
	out  map[string]map[string]fsm.Type
}

func (s *pretendSystem) Find(_ context.Context, r integrations.Request) (integrations.Values, error) {
	s.bank.mu.Lock()
	defer s.bank.mu.Unlock()
	operation := s.name + "." + r.Operation
	if err := s.bank.failure(operation); err != nil {
		return nil, err
	}
	return maps.Clone(s.bank.facts[r.In["ref"]+" "+operation]), nil
}

func (s *pretendSystem) Apply(_ context.Context, c integrations.Change) (integrations.Receipt, error) {
	s.bank.mu.Lock()
	defer s.bank.mu.Unlock()
	operation := s.name + "." + c.Operation
	if err := s.bank.failure(operation); err != nil {
		return integrations.Receipt{}, err
	}
	s.bank.done = append(s.bank.done, applied{operation, c})
	out := make(integrations.Values)
	for name, t := range s.out[operation] {
		if name == "link" {
			out[name] = "https://pay.example/" + c.In["ref"]
			continue
		}
		out[name] = sample(name, &fsm.FactDef{Type: t, Of: []string{"ok"}})
	}
	return integrations.Receipt{ID: fmt.Sprintf("R-%d", len(s.bank.done)), Out: out}, nil
}

// checks are the classes of known facts that can be asked.
func checks() []identity.Check {
	return []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}
}
