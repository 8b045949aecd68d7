package fsm

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/settle-chat/settle/message"
)

// Case finds a case by its ID; nil where there is none.
func (c *Conversation) Case(id string) *Case {
	for i := range c.Cases {
		if c.Cases[i].ID == id {
			return &c.Cases[i]
		}
	}
	return nil
}

// Effect finds an effect by its ID; nil where its result is in.
func (c *Conversation) Effect(id string) *Effect {
	for i := range c.Effects {
		if c.Effects[i].ID == id {
			return &c.Effects[i]
		}
	}
	return nil
}

func (c *Conversation) drop(effect string) {
	c.Effects = slices.DeleteFunc(c.Effects, func(e Effect) bool { return e.ID == effect })
}

// reachable finds what is known of an address.
func (c *Conversation) reachable(a message.Address) *Reachable {
	for i := range c.Contact.Addresses {
		if c.Contact.Addresses[i].Address == a {
			return &c.Contact.Addresses[i]
		}
	}
	return nil
}

// lastFrom is the time of the customer's last message from an address.
func (c *Conversation) lastFrom(a message.Address) time.Time {
	if r := c.reachable(a); r != nil {
		return r.Inbound
	}
	return time.Time{}
}

// clone copies all that a step may change. What is never changed in place (evidence, consent, messages) is shared.
func (c *Conversation) clone() *Conversation {
	d := *c
	d.Contact.Customers = slices.Clone(c.Contact.Customers)
	d.Contact.Addresses = slices.Clone(c.Contact.Addresses)
	d.Contact.Evidence = slices.Clone(c.Contact.Evidence)
	d.Contact.Consent = slices.Clone(c.Contact.Consent)
	d.Contact.Sent = slices.Clone(c.Contact.Sent)
	d.Contact.Flags = maps.Clone(c.Contact.Flags)
	d.Cases = slices.Clone(c.Cases)
	for i := range d.Cases {
		k := &d.Cases[i]
		k.Facts, k.Proofs = maps.Clone(k.Facts), maps.Clone(k.Proofs)
		k.Looked, k.Visits = maps.Clone(k.Looked), maps.Clone(k.Visits)
		k.Back, k.Waiters = slices.Clone(k.Back), slices.Clone(k.Waiters)
		k.Writes = slices.Clone(k.Writes)
		k.Undo, k.Block = pointer(k.Undo), pointer(k.Block)
	}
	d.Prompts = maps.Clone(c.Prompts)
	if d.Challenge = pointer(c.Challenge); d.Challenge != nil {
		d.Challenge.Facts, d.Challenge.Code = slices.Clone(c.Challenge.Facts), pointer(c.Challenge.Code)
	}
	d.Lockout.Wrong, d.Lockout.Codes = slices.Clone(c.Lockout.Wrong), slices.Clone(c.Lockout.Codes)
	d.Handoff, d.Work = pointer(c.Handoff), slices.Clone(c.Work)
	d.Timers = slices.Clone(c.Timers)
	d.Effects = slices.Clone(c.Effects)
	d.Seen.Marks = slices.Clone(c.Seen.Marks)
	d.CaseIDs = slices.Clone(c.CaseIDs)
	return &d
}

func pointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Seen remembers events from outside: 8 bytes of their keyed hash and the second they came in, at least 8 days, at most
// 512. When a younger one must go, Low rises to its time: what a provider sent before that counts as seen.
type Seen struct {
	Marks []byte    `json:"marks,omitempty"`
	Low   time.Time `json:"low,omitzero"`

	Newer string `json:"-"` // see Schema
}

const (
	markSize  = 8
	seenSize  = markSize + 4
	seenMost  = 512
	seenLasts = 8 * 24 * time.Hour
)

// Has says whether the event was seen. An event without a mark needs no memory.
func (s *Seen) Has(mark []byte, sent time.Time) bool {
	if len(mark) != markSize {
		return false
	}
	for i := 0; i+seenSize <= len(s.Marks); i += seenSize {
		if bytes.Equal(s.Marks[i:i+markSize], mark) {
			return true
		}
	}
	return !sent.IsZero() && sent.Before(s.Low)
}

// Covers says whether all that came since at is still remembered: only then is an event that isn't one that never was.
func (s *Seen) Covers(at, now time.Time) bool {
	return now.Sub(at) < seenLasts && at.After(s.Low.Add(time.Second)) // its memory counts in seconds
}

// Add remembers an event and forgets those older than 8 days.
func (s *Seen) Add(mark []byte, now time.Time) {
	if len(mark) != markSize {
		return
	}
	for len(s.Marks) >= seenSize && now.Sub(s.oldest()) > seenLasts {
		s.Marks = s.Marks[seenSize:]
	}
	s.trim(seenMost - 1)
	s.Marks = append(s.Marks, mark...)
	s.Marks = binary.BigEndian.AppendUint32(s.Marks, uint32(now.Unix()))
}

func (s *Seen) oldest() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(s.Marks[markSize:seenSize])), 0).UTC()
}

// trim forgets the oldest until at most so many are left.
func (s *Seen) trim(most int) {
	for len(s.Marks) > most*seenSize {
		s.Low = s.oldest()
		s.Marks = s.Marks[seenSize:]
	}
}

// same compares two keyed hashes in constant time; an absent one is never the same as anything.
func same(a, b []byte) bool {
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}

// timerName is a timer's kind with its generation: a timer that was set again doesn't fire twice.
func timerName(kind string, generation uint64) string { return fmt.Sprintf("%s#%d", kind, generation) }
