package fsm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/policy"
)

// opened takes up a new matter: at most once for each case ID, for the conversation's life.
func (s *step) opened(o CaseOpened) error {
	w := s.lib.Named(o.Workflow)
	if o.Workflow == "" {
		w = s.lib.ForTrigger(o.Event)
	}
	if w == nil {
		return fmt.Errorf("open case for event %q, workflow %q: %w", o.Event, o.Workflow, ErrNoWorkflow)
	}
	if s.c.Knows(o.Case) {
		s.why("this case was opened before")
		s.about = o.Case
		return nil
	}
	for i := range s.c.Cases {
		open := &s.c.Cases[i]
		name, _, _ := strings.Cut(open.Workflow, "@")
		same := w.Trigger.OncePer == "contact" || w.Trigger.OncePer == "account" && open.Ref == o.Ref
		if open.Phase != Closed && name == w.Name && same {
			return fmt.Errorf("once per %s: %w", w.Trigger.OncePer, ErrOpen)
		}
	}
	ct := &s.c.Contact
	if len(ct.Customers) > 0 && !slices.Contains(ct.Customers, o.Customer) && !o.Shared {
		return ErrSharedAddress
	}
	if !slices.Contains(ct.Customers, o.Customer) && o.Customer != "" {
		ct.Customers = append(ct.Customers, o.Customer)
	}
	if o.Language != "" && !ct.Chosen {
		ct.Language = o.Language
	}
	if o.Zone != "" {
		ct.Zone = o.Zone
	}
	for _, a := range o.Addresses {
		if r := s.c.reachable(a); r == nil {
			ct.Addresses = append(ct.Addresses, Reachable{Address: a, Since: s.now, Record: true})
		} else {
			r.Record = true
		}
	}
	for _, c := range o.Consent {
		ct.consent(c)
	}
	k := Case{
		ID: o.Case, Source: o.Source, External: o.External, Subject: o.Customer, Ref: o.Ref,
		Workflow: w.Pin(), Opened: s.now, Phase: Queued, Proofs: o.Proofs,
	}
	for name, v := range o.Facts {
		s.know(&k, name, v)
	}
	return s.add(k, w)
}

// add puts a case into the queue and begins it if nothing else has the turn.
func (s *step) add(k Case, w *Workflow) error {
	if k.Source != lobby { // a lobby's message is remembered as an event; its cases are as many as somebody writes
		s.c.CaseIDs = append(s.c.CaseIDs, caseMark(k.ID))
	}
	s.c.Cases = append(s.c.Cases, k)
	own := s.c.Case(k.ID)
	s.focus(own)
	s.from = ""
	s.why("opened, workflow %s", w.Name)
	if w.Expires > 0 {
		s.set(k.ID, "expires", s.now.Add(w.Expires))
	}
	if old := s.turn(); s.c.Handoff != nil || old != nil && s.needs(old) {
		s.why("waits its turn")
		return nil
	}
	return s.takeTurn(own, w)
}

// consent keeps the latest word for each channel and purpose; the ledger of all of them is the journal.
func (c *Contact) consent(n policy.Consent) {
	i := slices.IndexFunc(c.Consent, func(o policy.Consent) bool { return o.Channel == n.Channel && o.Purpose == n.Purpose })
	switch {
	case n.Source == "": // none at all
	case i < 0:
		c.Consent = append(c.Consent, n)
	case !n.At.Before(c.Consent[i].At):
		c.Consent[i] = n
	}
}

// lobby is the source of the cases that a customer's own message opens.
const lobby = "lobby"

// beginCase enters the start of a case that was given the turn, if what triggers it still holds.
func (s *step) beginCase(k *Case, w *Workflow) error {
	k.Phase = Running
	var uses []string
	for _, x := range w.Trigger.When {
		uses = append(uses, x.Uses...)
	}
	if waiting, failed := s.refresh(k, w, uses, triggering); waiting {
		return nil
	} else if failed != "" {
		s.why("%s can't be looked up: whether the case is due can't be judged", failed)
		return s.goTo(k, w, stuck)
	}
	if ok, why := s.holds(k, w, w.Trigger.When, nil); !ok {
		s.why("the trigger doesn't hold: %s", why)
		k.Outcome = NotDue
		return s.closeCase(k, w, nil)
	}
	s.threadOf(k, w)
	s.armReach(k, w)
	return s.goTo(k, w, w.Start)
}

const (
	// triggering is where a case resumes once the facts of its trigger are known.
	triggering = "(trigger)"
	// NotDue is the outcome of a case whose trigger doesn't hold once its facts are known: nobody was written to.
	NotDue = "not-due"
)

// reachTimer tries the next channel while the customer hasn't answered.
func (s *step) reachTimer(k *Case, w *Workflow) error {
	if k.Phase != Running || !s.needs(k) {
		return nil
	}
	for k.Reached+1 < len(w.Reach) {
		k.Reached++
		a := s.addressOn(w.Reach[k.Reached].Channel, k)
		if a.IsZero() || a == k.Thread {
			continue
		}
		k.Thread = a
		s.why("no answer: trying %s", a.Channel())
		s.armReach(k, w)
		if ch := s.c.Challenge; ch != nil && ch.Case == k.ID {
			return s.askAnew(k, w)
		}
		return s.repeat(k, w, "")
	}
	return nil
}

// armReach sets the time of the next step of reach that leads to another address. Where there is none, silence counts from
// now on.
func (s *step) armReach(k *Case, w *Workflow) {
	for i := k.Reached + 1; i < len(w.Reach); i++ {
		if a := s.addressOn(w.Reach[i].Channel, k); !a.IsZero() && a != k.Thread {
			s.set(k.ID, "reach", s.now.Add(w.Reach[i].After-w.Reach[k.Reached].After))
			return
		}
	}
}

// receive opens the workflow for whoever writes without an open case.
func (s *step) receive(m MessageReceived) error {
	w := s.lib.Lobby()
	if w == nil {
		s.why("no case is open and there is no lobby: nothing is said")
		return nil
	}
	if answer.Courtesy(m.Text) {
		s.why("thanks, and nothing is open: nothing is said")
		return nil
	}
	id := EffectID(s.c.ID, s.e.ID, 0)
	if s.c.Case(id) != nil {
		s.why("this message opened a case before")
		return nil
	}
	k := Case{ID: id, Source: lobby, External: s.e.ID, Workflow: w.Pin(), Opened: s.now, Phase: Queued, Thread: m.From}
	if len(s.c.Contact.Customers) == 1 {
		k.Subject = s.c.Contact.Customers[0]
	}
	return s.add(k, w)
}

// Knows says whether a case was ever opened here.
func (c *Conversation) Knows(id string) bool {
	return slices.ContainsFunc(c.CaseIDs, func(m []byte) bool { return bytes.Equal(m, caseMark(id)) })
}

// caseMark is what a conversation remembers of a case for good.
func caseMark(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:8]
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
