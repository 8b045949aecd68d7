package fsm

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/settle-chat/settle/policy"
)

// What a caller of Step must act on.
var (
	// ErrDuplicate: the conversation has seen this event. Whoever waits for it is answered as if it had just been committed.
	ErrDuplicate = errors.New("event was committed before")
	// ErrUnprepared: a challenge is open and the event carries no keyed hashes for it: load, prepare and step again.
	ErrUnprepared = errors.New("event was not prepared for the open challenge")
	// ErrSharedAddress: an address of the case belongs to another customer's conversation.
	ErrSharedAddress = errors.New("an address belongs to another customer's conversation: set shared on the case if that is meant")
	// ErrOpen: a case of this workflow is open already, and its trigger says once-per.
	ErrOpen = errors.New("a case of this workflow is open already")
	// ErrNoWorkflow: nothing is loaded under that name or for that trigger, or the pinned version is gone.
	ErrNoWorkflow = errors.New("no such workflow")
	// ErrNoCase: the conversation has no such case.
	ErrNoCase = errors.New("no such case")
	// ErrRefused: what a person at the desk did isn't possible here, or isn't any more.
	ErrRefused = errors.New("not possible for this conversation")
)

// Step makes of a conversation and one event the commit that follows. It never changes c. An error that is none of the
// named ones is a fault of ours, not of the customer's: the caller writes a letter, or calls Quarantine.
func Step(lib *Library, c Conversation, e Event) (commit Commit, err error) {
	// Workflow code is data of a user's: whatever it makes us do, the conversation must survive it.
	defer func() {
		if r := recover(); r != nil {
			commit, err = Commit{}, fmt.Errorf("step event %q: panic: %v", e.ID, r)
		}
	}()
	if c.Schema > Readable {
		return Commit{}, fmt.Errorf("step event %q: %w", e.ID, ErrNewer)
	}
	s := begin(lib, c, e)
	if err := s.run(); err != nil {
		return Commit{}, fmt.Errorf("step event %q: %w", e.ID, err)
	}
	return s.commit(c.Version), nil
}

// Append steps one more event onto a commit that isn't written yet: a batch is one commit with an entry for each event.
func (c Commit) Append(lib *Library, e Event) (Commit, error) {
	next, err := Step(lib, c.Conversation, e)
	if err != nil {
		return Commit{}, err
	}
	return c.join(next), nil
}

// AppendQuarantined is Append for an event that can't be stepped.
func (c Commit) AppendQuarantined(e Event, reason error) Commit {
	return c.join(Quarantine(c.Conversation, e, reason))
}

func (c Commit) join(next Commit) Commit {
	next.Expected = c.Expected
	next.Conversation.Version = c.Conversation.Version // one commit, one version
	for i := range next.Journal {
		next.Journal[i].Version = c.Conversation.Version
	}
	next.Journal = append(slices.Clone(c.Journal), next.Journal...)
	next.Transcript = append(slices.Clone(c.Transcript), next.Transcript...)
	next.Letters = append(slices.Clone(c.Letters), next.Letters...)
	return next
}

// step is one event being stepped.
type step struct {
	lib     *Library
	c       *Conversation
	e       Event
	now     time.Time
	because []string
	lines   []Line
	letters []Letter
	made    []string // effects of this event
	about   string   // the case that the event is about, for the journal
	from    string   // its state before
	hops    int
	path    []string // places entered
	chose   string   // the option taken
	coded   bool     // the event's spare code was used
	before  string   // what the engine says before it asks anew who is replying
	counted Lockout  // before this event
	known   int      // addresses before this event
	spoken  spoken
}

func begin(lib *Library, c Conversation, e Event) *step {
	doc := c.clone()
	e.At = e.At.UTC().Round(0)
	if e.At.Before(doc.At) {
		e.At = doc.At
	}
	doc.At = e.At
	if doc.Created.IsZero() {
		doc.Created = e.At
	}
	doc.Schema = max(doc.Schema, Schema)
	doc.Version = c.Version + 1
	s := &step{lib: lib, c: doc, e: e, now: e.At, counted: c.Lockout, known: len(c.Contact.Addresses)}
	s.about = doc.Active
	if k := doc.Case(s.about); k != nil {
		s.from = k.State
	}
	return s
}

func (s *step) commit(expected uint64) Commit {
	s.tidy()
	s.noteLockout()
	if !s.coded {
		s.e.Code = nil
	}
	entry := Entry{
		Conversation: s.c.ID, Version: s.c.Version, Event: s.e, Case: s.about, From: s.from,
		Because: s.because, Effects: s.made, Path: s.path, Chose: s.chose,
	}
	if k := s.c.Case(s.about); k != nil {
		entry.To = k.State
	}
	return Commit{
		Expected: expected, Conversation: *s.c, Wake: s.c.Wake(nil),
		Journal: []Entry{entry}, Transcript: s.lines, Letters: s.letters,
	}
}

// run dispatches the event and settles what follows from it. Workflow code that can't be carried out leads to a person.
func (s *step) run() error {
	var f *fault
	err := s.dispatch()
	if errors.As(err, &f) {
		err = s.overcome(f)
	}
	for range len(s.c.Cases) + 1 { // a case whose turn it is may be faulty too
		if err != nil {
			return err
		}
		if err = s.settle(); !errors.As(err, &f) {
			return err
		}
		err = s.overcome(f)
	}
	return err
}

// dispatch is the decision what kind of thing happened, written once.
func (s *step) dispatch() error {
	var sent time.Time
	if s.e.Received != nil {
		sent = s.e.Received.Sent
	}
	if s.c.Seen.Has(s.e.Mark, sent) {
		return ErrDuplicate
	}
	s.c.Seen.Add(s.e.Mark, s.now)
	if l := s.e.Lockout; l != nil {
		s.c.Lockout = s.c.Lockout.Strictest(*l)
		s.why("what went wrong at its addresses before counts here")
	}
	switch {
	case s.c.Moved != "" && s.e.Done != nil:
		return s.movedDone(*s.e.Done)
	case s.c.Moved != "" && s.e.Moved == nil:
		return ErrMoved{s.c.Moved}
	case s.c.Moved != "":
		s.why("moved before")
		return nil
	case s.e.Moved != nil:
		return s.moved(*s.e.Moved)
	case s.e.Absorbed != nil:
		return s.absorbed(*s.e.Absorbed)
	case s.e.Opened != nil:
		return s.opened(*s.e.Opened)
	case s.e.Received != nil:
		return s.received(*s.e.Received)
	case s.e.Receipt != nil:
		return s.receipt(*s.e.Receipt)
	case s.e.Timer != nil:
		return s.timer(*s.e.Timer)
	case s.e.Done != nil:
		return s.done(*s.e.Done)
	case s.e.Reported != nil:
		return s.reported(*s.e.Reported)
	case s.e.Agent != nil:
		return s.agent(*s.e.Agent)
	}
	return fmt.Errorf("event of no kind")
}

// why adds a reason to the journal entry.
func (s *step) why(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	if s.because == nil {
		s.because = make([]string, 0, 8)
	}
	s.because = append(s.because, format)
}

// focus says which case the event is about.
func (s *step) focus(k *Case) {
	if s.about != k.ID {
		s.about, s.from = k.ID, k.State
	}
}

// workflow is the version that the case is pinned to.
func (s *step) workflow(k *Case) (*Workflow, error) {
	if w := s.lib.Pinned(k.Workflow); w != nil {
		return w, nil
	}
	return nil, fmt.Errorf("case of workflow %s: %w: publish that version again", k.Workflow, ErrNoWorkflow)
}

// standing is how sure we are, for this case, of whoever writes in its thread.
func (s *step) standing(k *Case) policy.Standing {
	return policy.Level(s.c.Contact.Evidence, k.Subjects(), k.Thread, s.now, s.c.lastFrom(k.Thread))
}

// effect adds an effect to the document and returns its ID.
func (s *step) effect(e Effect) string {
	// An event acts once, by its mark, its timer's generation or its effect's presence: its ID and a position are enough.
	// One that comes again after everybody has forgotten it still makes no effect under the name of one that is pending.
	position := len(s.made)
	for e.ID = EffectID(s.c.ID, s.e.ID, position); s.c.Effect(e.ID) != nil; e.ID = EffectID(s.c.ID, s.e.ID, position) {
		position += 1 << 16
	}
	e.Since, e.Attempt = s.now, 1
	if e.Due.IsZero() {
		e.Due = s.now
	}
	s.c.Effects = append(s.c.Effects, e)
	s.made = append(s.made, e.ID)
	return e.ID
}

// tidy ends a step: evidence that is over, caps and lockouts that are out of every window, ended cases beyond the last
// few, all go, so that the document stays small.
func (s *step) tidy() {
	ct := &s.c.Contact
	ct.Evidence = slices.DeleteFunc(ct.Evidence, func(e policy.Evidence) bool {
		return s.now.Sub(e.At) >= policy.DeviceLasts
	})
	ct.Sent = slices.DeleteFunc(ct.Sent, func(x policy.Sent) bool { return s.now.Sub(x.At) > 8*24*time.Hour })
	s.c.Lockout = s.c.Lockout.tidied(s.now)
	s.c.Cases = slices.DeleteFunc(s.c.Cases, func(k Case) bool { // nothing comes late to a lobby
		return k.Source == lobby && k.Phase == Closed && k.Ended.Before(s.now) && !s.held(&k)
	})
	ended := 0
	for i := range s.c.Cases {
		k := &s.c.Cases[i]
		if k.Phase == Closed {
			ended++
			k.Back, k.Visits, k.Looked, k.Answer = nil, nil, nil, ""
		}
	}
	for i := 0; ended > keptCases && i < len(s.c.Cases); {
		if k := &s.c.Cases[i]; k.Phase == Closed && !s.held(k) {
			s.c.Cases = slices.Delete(s.c.Cases, i, i+1)
			ended--
			continue
		}
		i++
	}
}

// held says whether something still refers to an ended case.
func (s *step) held(k *Case) bool {
	return k.Undo != nil || slices.ContainsFunc(s.c.Effects, func(e Effect) bool { return e.Case == k.ID }) ||
		slices.ContainsFunc(s.c.Timers, func(t Timer) bool { return t.Case == k.ID && t.Open == nil }) ||
		slices.ContainsFunc(s.c.Work, func(h Handoff) bool { return h.Case == k.ID })
}

// keptCases is how many ended cases stay in the document, for a payment that comes late and for CASES.
const keptCases = 5
