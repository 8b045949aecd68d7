package main

import (
	"context"
	"errors"
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
	"github.com/settle-chat/settle/identity/code"
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

// thread is one customer with one case on a stage.
type thread struct {
	*stage
	workflow     *fsm.Workflow
	conversation string // empty until somebody has written
	caseID       string // empty until a case is opened
	code         string // the one that the customer was sent last
	messages     int    // typed so far
	read         int    // of shown
	line         int    // of the journal
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
			st.bank.knows(def.From, name, v)
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
				st.bank.knows(def.From, name, sample(name, def))
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

// says is one message of the customer. {code} stands for the code that they were sent.
func (t *thread) says(ctx context.Context, text string) error {
	t.messages++
	err := t.bot.Receive(ctx, channels.Received{Inbound: []message.Inbound{{
		ID: fmt.Sprintf("rehearsal/%d", t.messages), From: rehearsedAddress, Text: strings.ReplaceAll(text, "{code}", t.code),
	}}})
	if err != nil {
		return err
	}
	if t.conversation == "" {
		loaded, err := t.store.LoadAddress(ctx, rehearsedAddress)
		if err != nil {
			return err
		}
		t.conversation = loaded.Conversation.ID
	}
	return t.settle(ctx)
}

// settle waits until everything that is to be done now is done.
func (t *thread) settle(ctx context.Context) error {
	for range 100 {
		if err := t.bot.Quiet(ctx); err != nil {
			return err
		}
		c, now, err := t.document(ctx)
		if err != nil {
			return err
		}
		if wake := c.Wake(nil); wake.IsZero() || wake.After(now) {
			return nil
		}
		if err := t.bot.Attend(ctx); err != nil {
			return err
		}
	}
	return errors.New("there is always more to be done at once: two things wait for each other")
}

// hair is how much further than asked the clock is moved: what was to happen after half an hour has happened half an hour
// later, however long the machine took to say when the half hour began.
const hair = time.Second

// later moves the clock on, stopping at each time at which something is due on the way.
func (t *thread) later(ctx context.Context, by time.Duration) error {
	left := by + hair
	for range 1000 {
		c, now, err := t.document(ctx)
		if err != nil {
			return err
		}
		wake := c.Wake(nil)
		if wake.IsZero() || wake.Sub(now) >= left {
			break
		}
		step := max(wake.Sub(now), 0) + time.Millisecond
		left -= step
		t.move(step)
		if err := t.settle(ctx); err != nil {
			return err
		}
	}
	t.move(left)
	return t.settle(ctx)
}

// document is the conversation as it stands; empty before anybody has written.
func (t *thread) document(ctx context.Context) (*fsm.Conversation, time.Time, error) {
	if t.conversation == "" {
		now, err := t.store.Now(ctx)
		return &fsm.Conversation{}, now, err
	}
	loaded, err := t.store.Load(ctx, t.conversation)
	if err != nil {
		return nil, time.Time{}, err
	}
	c := &loaded.Conversation
	if t.caseID == "" && len(c.Cases) > 0 {
		t.caseID = c.Cases[0].ID
	}
	if c.Challenge != nil && c.Challenge.Code != nil {
		t.code = t.store.Code(c.Challenge.Code.Ref, code.Digits)
	}
	return c, loaded.Now, nil
}

// heard are the messages shown since the last call.
func (t *thread) heard() []console.Shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := slices.Clone(t.shown[t.read:])
	t.read += len(fresh)
	return fresh
}

// errNoCase says that nobody has opened a case yet.
var errNoCase = errors.New("no case is open yet: let the customer write first")

// view is the case as it stands.
func (t *thread) view(ctx context.Context) (bot.CaseView, *fsm.Conversation, error) {
	c, now, err := t.document(ctx)
	if err != nil {
		return bot.CaseView{}, nil, err
	}
	k := c.Case(t.caseID)
	if k == nil {
		return bot.CaseView{}, c, errNoCase
	}
	return bot.ViewCase(c, k, now), c, nil
}

// moves are the journal's entries since the last call.
func (t *thread) moves(ctx context.Context) ([]fsm.Entry, error) {
	if t.conversation == "" {
		return nil, nil
	}
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

// checks are the classes of known facts that can be asked.
func checks() []identity.Check {
	return []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}
}
