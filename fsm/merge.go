package fsm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/policy"
)

// Two conversations are one contact's when one provider-signed event names an address of each. The older one wins, by its
// beginning and then its ID, whoever asks. The loser moves: it takes no new events, its timers and what nobody runs are
// gone, and one effect carries its state to the winner. The winner absorbs that, once. (CORE.md, section 6.)

// ConversationMoved says that this conversation is part of another one from now on.
type ConversationMoved struct {
	To      string   `json:"to"`
	Running []string `json:"running,omitempty"` // effects that somebody runs: their results are still taken here
}

// ConversationAbsorbed brings another conversation's state into this one.
type ConversationAbsorbed struct {
	From  string `json:"from"`
	State Packed `json:"state"` // its document as it was before it moved
}

// Absorb carries a moved conversation's state to the one that it is part of.
type Absorb struct {
	To    string `json:"to"`
	State Packed `json:"state"`

	Newer string `json:"-"` // see Schema
}

// Packed is an encoded document within an event or an effect. In the journal, which is JSON, it is base64; a document that
// is JSON itself stands there as it is.
type Packed []byte

// MarshalJSON writes it for the journal.
func (p Packed) MarshalJSON() ([]byte, error) {
	if len(p) > 0 && p[0] == '{' {
		return p, nil
	}
	return json.Marshal([]byte(p))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Packed) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*p = slices.Clone(b)
		return nil
	}
	return json.Unmarshal(b, (*[]byte)(p))
}

// ErrMoved is what Step says of a conversation that is part of another one: handle the event there.
type ErrMoved struct{ To string }

func (e ErrMoved) Error() string { return "conversation has moved to " + e.To }

// Older says which of two conversations wins.
func (c *Conversation) Older(than *Conversation) bool {
	if !c.Created.Equal(than.Created) {
		return c.Created.Before(than.Created)
	}
	return c.ID < than.ID
}

// moved ends a conversation in favour of another one.
func (s *step) moved(m ConversationMoved) error {
	state, err := s.c.Encode()
	if err != nil {
		return fmt.Errorf("move to %s: %w", m.To, err)
	}
	c := s.c
	c.Moved = m.To
	c.Epoch++
	c.Effects = slices.DeleteFunc(c.Effects, func(e Effect) bool { return !slices.Contains(m.Running, e.ID) })
	c.Cases, c.Timers, c.Active, c.Prompts, c.Challenge, c.Handoff, c.Work = nil, nil, "", nil, nil, nil, nil
	c.Contact.Evidence = nil
	s.about = ""
	s.effect(Effect{Lane: "absorb", Absorb: &Absorb{To: m.To, State: state}})
	s.why("one contact with an older conversation: moved there")
	return nil
}

// movedDone takes the result of an effect of a moved conversation. What the result means is the winner's to say.
func (s *step) movedDone(d EffectDone) error {
	e := s.c.Effect(d.Effect)
	switch {
	case e == nil:
		s.why("result %s of an effect that is settled: nothing changes", d.Result)
	case e.Absorb != nil && d.Result != OK:
		e.Due = s.now.Add(backoff(e))
		e.Attempt++
		s.why("absorb: %s", d.Result)
	default:
		s.c.drop(e.ID)
		s.why("%s: %s, told where the conversation is now", e.Kind(), d.Result)
	}
	return nil
}

// absorbed takes in another conversation: the strictest consent, the highest counters, its cases behind our own. Evidence
// is dropped: nobody was recognised for both.
func (s *step) absorbed(a ConversationAbsorbed) error {
	other, err := Decode(a.State)
	if err != nil {
		return fmt.Errorf("absorb %s: %w", a.From, err)
	}
	s.c.Epoch = max(s.c.Epoch, other.Epoch) + 1
	s.dropUnsent("")
	if ch := s.c.Challenge; ch != nil {
		if k := s.c.Case(ch.Case); k != nil {
			s.enqueue(k, ch.Then)
		}
		s.c.Challenge = nil
	}
	s.absorbContact(other)
	for _, k := range other.Cases {
		if s.c.Knows(k.ID) {
			continue
		}
		s.c.CaseIDs = append(s.c.CaseIDs, caseMark(k.ID))
		s.absorbCase(k, other)
	}
	for _, id := range other.CaseIDs {
		if !slices.ContainsFunc(s.c.CaseIDs, func(m []byte) bool { return string(m) == string(id) }) {
			s.c.CaseIDs = append(s.c.CaseIDs, id)
		}
	}
	s.c.Seen.merge(other.Seen)
	if s.c.Contact.Stopped {
		s.stopAll()
	} else {
		s.suppress(false) // a START of either may still have been on its way
	}
	s.about = ""
	s.why("took in %s: %d cases", a.From, len(other.Cases))
	return nil
}

// absorbContact joins what is known of one contact.
func (s *step) absorbContact(other Conversation) {
	ours, theirs := &s.c.Contact, other.Contact
	for _, ref := range theirs.Customers {
		if !slices.Contains(ours.Customers, ref) {
			ours.Customers = append(ours.Customers, ref)
		}
	}
	for _, r := range theirs.Addresses {
		have := s.c.reachable(r.Address)
		if have == nil {
			ours.Addresses = append(ours.Addresses, r)
			continue
		}
		have.Record = have.Record || r.Record
		if r.Inbound.After(have.Inbound) {
			have.Inbound = r.Inbound
		}
		if r.Bad != "" {
			have.Bad = r.Bad
		}
	}
	for flag, subject := range theirs.Flags {
		if ours.Flags == nil {
			ours.Flags = make(map[string]string)
		}
		if ours.Flags[flag] == "" {
			ours.Flags[flag] = subject
		}
	}
	ours.Stopped = ours.Stopped || theirs.Stopped
	ours.Evidence = nil
	ours.Consent = append(ours.Consent, theirs.Consent...)
	ours.Sent = append(ours.Sent, theirs.Sent...)
	slices.SortStableFunc(ours.Sent, func(a, b policy.Sent) int { return a.At.Compare(b.At) })
	if theirs.LastText.After(ours.LastText) {
		ours.LastText = theirs.LastText
	}
	if ours.Zone == "" {
		ours.Zone = theirs.Zone
	}
	s.c.Lockout = s.c.Lockout.Strictest(other.Lockout)
}

// absorbCase puts a case of the other conversation behind our own, with the changes it waits for and the timers that bound
// it. One that waits for the customer is asked again when its turn comes.
func (s *step) absorbCase(k Case, other Conversation) {
	for _, t := range other.Timers {
		if t.Case != k.ID || t.kind() == "silence" || t.kind() == "reach" {
			continue
		}
		s.c.Timer++
		t.Name = timerName(t.kind(), s.c.Timer)
		s.c.Timers = append(s.c.Timers, t)
	}
	for _, e := range other.Effects {
		if e.Case != k.ID || e.WriteBack == nil && e.LookUp == nil {
			continue
		}
		// Somebody may be running it under the other conversation's claim: its result is told here too. If none comes, it
		// is as good as unknown, and the same key goes out again.
		e.Attempt++
		e.Due = s.now.Add(longestRun)
		e.Doubt = e.Doubt || e.WriteBack != nil && !s.retryable(&k, e.WriteBack)
		s.c.Effects = append(s.c.Effects, e)
	}
	s.c.Cases = append(s.c.Cases, k)
	own := s.c.Case(k.ID)
	switch k.Phase {
	case Running:
		resume := k.State
		if other.Challenge != nil && other.Challenge.Case == k.ID {
			resume = other.Challenge.Then
		}
		if w := s.lib.Pinned(k.Workflow); w == nil || w.States[k.State] == nil || w.States[k.State].Kind != WaitState {
			s.enqueue(own, resume)
		}
	case Blocked:
		for _, h := range append(other.Work, deref(other.Handoff)...) {
			if h.Case == k.ID {
				s.hand(own, h)
			}
		}
	case Closed:
		for _, h := range other.Work {
			if h.Case == k.ID {
				s.c.Work = append(s.c.Work, h)
			}
		}
	}
}

// retryable says whether a writeback may be made again under its key.
func (s *step) retryable(k *Case, wb *WriteBack) bool {
	w := s.lib.Pinned(k.Workflow)
	if w == nil {
		return false
	}
	decl := w.Operations[wb.System+"."+wb.Operation]
	return decl != nil && decl.Retryable
}

// longestRun is longer than any claim lasts.
const longestRun = time.Minute

func deref(h *Handoff) []Handoff {
	if h == nil {
		return nil
	}
	return []Handoff{*h}
}

// merge remembers the other's events too, the youngest where there is no room for all.
func (s *Seen) merge(other Seen) {
	all := make([]string, 0, (len(s.Marks)+len(other.Marks))/seenSize)
	for _, marks := range [][]byte{s.Marks, other.Marks} {
		for i := 0; i+seenSize <= len(marks); i += seenSize {
			all = append(all, string(marks[i:i+seenSize]))
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return strings.Compare(a[markSize:], b[markSize:]) })
	s.Marks = []byte(strings.Join(slices.Compact(all), ""))
	if other.Low.After(s.Low) {
		s.Low = other.Low
	}
	s.trim(seenMost)
}
