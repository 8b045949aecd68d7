package fsm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
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
	ct := &s.c.Contact
	if len(ct.Customers) > 0 && !slices.Contains(ct.Customers, o.Customer) && !o.Shared {
		return ErrSharedAddress
	}
	if !slices.Contains(ct.Customers, o.Customer) && o.Customer != "" {
		ct.Customers = append(ct.Customers, o.Customer)
	}
	if o.Language != "" {
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
	ct.Consent = append(ct.Consent, o.Consent...)
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
	s.c.CaseIDs = append(s.c.CaseIDs, caseMark(k.ID))
	s.c.Cases = append(s.c.Cases, k)
	own := s.c.Case(k.ID)
	s.focus(own)
	s.from = ""
	s.why("opened, workflow %s", w.Name)
	if w.Expires > 0 {
		s.set(k.ID, "expires", s.now.Add(w.Expires))
	}
	if s.turn() != nil || s.c.Handoff != nil {
		s.why("waits its turn")
		return nil
	}
	return s.beginCase(own, w)
}

// beginCase gives a case the turn and enters its start, if what triggers it still holds.
func (s *step) beginCase(k *Case, w *Workflow) error {
	s.c.Active = k.ID
	var uses []string
	for _, x := range w.Trigger.When {
		uses = append(uses, x.Uses...)
	}
	if waiting, failed := s.refresh(k, w, uses, triggering); waiting {
		return nil
	} else if failed != "" {
		s.why("%s can't be looked up: whether the case is due can't be judged", failed)
		return s.goTo(k, w, "stuck")
	}
	if ok, why := s.holds(k, w, w.Trigger.When, nil); !ok {
		s.why("the trigger doesn't hold: %s", why)
		k.Outcome = NotDue
		return s.closeCase(k, w, nil)
	}
	for i, r := range w.Reach {
		if i > 0 && !s.addressOn(r.Channel, k).IsZero() {
			s.set(k.ID, "reach", s.now.Add(r.After))
			break
		}
	}
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
	st := w.States[k.State]
	if k.Phase != Running || st == nil || !st.Waits() {
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
		if k.Reached+1 < len(w.Reach) {
			s.set(k.ID, "reach", s.now.Add(w.Reach[k.Reached+1].After-w.Reach[k.Reached].After))
		}
		if s.c.Challenge == nil {
			if err := s.ask(k, w, st, ""); err != nil {
				return err
			}
		}
		break
	}
	s.armSilence(k, w, st)
	return nil
}

// nextTurn gives the turn to whoever waits for it, once the case that had it needs nothing from the customer.
func (s *step) nextTurn() error {
	if s.c.Handoff != nil {
		return nil
	}
	if k := s.turn(); k != nil && k.Phase != Settling && !s.waitsForEvent(k) {
		return nil
	}
	for i := range s.c.Cases {
		k := &s.c.Cases[i]
		if k.Phase != Queued {
			continue
		}
		w, err := s.workflow(k)
		if err != nil {
			return err
		}
		s.why("case %d of this conversation has its turn", i+1)
		return s.beginCase(k, w)
	}
	return nil
}

// waitsForEvent says whether a case waits for a system and needs nothing from the customer.
func (s *step) waitsForEvent(k *Case) bool {
	w := s.lib.Pinned(k.Workflow)
	if w == nil || k.Phase != Running {
		return false
	}
	st := w.States[k.State]
	return st != nil && st.Kind == WaitState
}

// lobby opens the workflow for whoever writes without an open case.
func (s *step) lobby(m MessageReceived) error {
	w := s.lib.Lobby()
	if w == nil {
		s.why("no case is open and there is no lobby: nothing is said")
		return nil
	}
	id := EffectID(s.c.ID, s.e.ID, 0)
	k := Case{ID: id, Source: "lobby", External: s.e.ID, Workflow: w.Pin(), Opened: s.now, Phase: Queued, Thread: m.From}
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
