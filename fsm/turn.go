package fsm

import "slices"

// settle ends an event: whoever waits for a person or for the turn gets it, and the case that waits for the customer is
// bounded by silence. It is the one place for all three, so that no path through a step can forget them.
func (s *step) settle() error {
	s.hold()
	s.reclose()
	s.promote()
	if err := s.nextTurn(); err != nil {
		return err
	}
	s.leaveBlocked()
	s.retry()
	s.watch()
	return nil
}

// turn is the case whose turn it is; nil where none waits for the customer.
func (s *step) turn() *Case {
	if k := s.c.Case(s.c.Active); k != nil && k.Phase != Closed {
		return k
	}
	return nil
}

// waiting says whether the case may ask: it has the turn, and nobody is with a person.
func (s *step) waiting(k *Case) bool { return s.c.Active == k.ID && s.c.Handoff == nil }

// giveTurn gives a case the turn. The one that had it is asked again later; who is replying is then asked anew.
func (s *step) giveTurn(k *Case) {
	if s.c.Active == k.ID {
		return
	}
	if old := s.turn(); old != nil {
		if ch := s.c.Challenge; ch != nil && ch.Case == old.ID {
			s.enqueue(old, ch.Then)
		}
		s.cancel(old.ID, "silence")
		s.why("the case that was asked about waits its turn")
	}
	s.c.Active = k.ID
}

// enqueue lets a case wait for its turn; it goes on at name.
func (s *step) enqueue(k *Case, name string) {
	k.Phase, k.Resume = Queued, name
	s.cancel(k.ID, "silence")
	if s.c.Challenge != nil && s.c.Challenge.Case == k.ID {
		s.c.Challenge = nil
	}
}

// needs says whether a case can't go on without the customer, or will ask in a moment.
func (s *step) needs(k *Case) bool {
	switch k.Phase {
	case Looking, Doing:
		return true
	case Running:
		if s.c.Challenge != nil && s.c.Challenge.Case == k.ID {
			return true
		}
		w := s.lib.Pinned(k.Workflow)
		if w == nil {
			return true
		}
		st := w.States[k.State]
		return st == nil || st.Kind != WaitState
	}
	return false
}

// nextTurn gives the turn to whoever waits for it, once the case that had it needs nothing from the customer.
func (s *step) nextTurn() error {
	for range len(s.c.Cases) + 1 {
		if s.c.Handoff != nil {
			return nil
		}
		if k := s.turn(); k != nil && s.needs(k) {
			return nil
		}
		i := slices.IndexFunc(s.c.Cases, func(k Case) bool {
			return k.ID != s.c.Active && k.Phase == Running && s.needs(&k) || k.Phase == Queued
		})
		if i < 0 {
			break
		}
		k := &s.c.Cases[i]
		w, err := s.workflow(k)
		if err != nil {
			return err
		}
		s.why("case %d of this conversation has its turn", i+1)
		if err := s.takeTurn(k, w); err != nil {
			return err
		}
	}
	if s.turn() == nil { // one that waits for a system answers to MENU and the like
		s.c.Active = ""
		for i := range s.c.Cases {
			if s.c.Cases[i].Phase != Closed {
				s.c.Active = s.c.Cases[i].ID
				break
			}
		}
	}
	return nil
}

func (s *step) takeTurn(k *Case, w *Workflow) error {
	name := k.Resume
	s.c.Active = k.ID
	switch {
	case k.Phase == Queued && k.State == "" && name == "":
		return s.beginCase(k, w)
	case name == "":
		name = k.State
	}
	k.Phase, k.Resume = Running, ""
	return s.proceed(k, w, name)
}

// proceed goes on at a place that had to wait: for its turn, for a lookup, for who is replying.
func (s *step) proceed(k *Case, w *Workflow, name string) error {
	st := w.States[name]
	switch {
	case name == triggering:
		return s.beginCase(k, w)
	case name == undoing:
		return s.takeBack(k, w)
	case name == k.State && st != nil && st.Waits():
		return s.repeat(k, w, "")
	}
	return s.goTo(k, w, name)
}

// repeat asks again what a case asked last, after a sentence of the engine's where hint names one. It isn't entered again:
// times doesn't count it and nobody else is told.
func (s *step) repeat(k *Case, w *Workflow, hint string) error {
	st := w.States[k.State]
	switch {
	case s.c.Challenge != nil && s.c.Challenge.Case == k.ID:
		return s.askWho(k, hint)
	case k.State == "":
		return s.goTo(k, w, w.Start)
	case k.Phase == Running && k.awaited():
		return s.goTo(k, w, k.State)
	case k.Phase != Running || st == nil || !st.Waits():
		return s.engineText(k, k.Thread, "wait")
	}
	if s.standing(k).Level < st.Needs {
		return s.challenge(k, w, k.State, st.Needs)
	}
	waits, failed := s.refresh(k, w, st.Uses, k.State)
	switch {
	case waits:
		return nil
	case failed != "":
		return s.goTo(k, w, stuck)
	}
	k.Looked = nil
	next, err := s.present(k, w, st, hint)
	if err != nil || next == "" {
		return err
	}
	return s.goTo(k, w, next)
}

// hand gives a case to a person. One conversation is with one person: a second case waits behind the first.
func (s *step) hand(k *Case, h Handoff) {
	s.c.Work = slices.DeleteFunc(s.c.Work, func(w Handoff) bool { return w.Case == k.ID })
	if s.c.Handoff != nil && s.c.Handoff.Case != k.ID {
		s.c.Work = append(s.c.Work, h)
		s.why("another case is with a person: this one follows")
		return
	}
	s.giveTurn(k)
	s.c.Handoff = &h
}

// withdraw takes a case back from a person.
func (s *step) withdraw(k *Case) {
	if k.Phase != Blocked {
		return
	}
	if s.c.Handoff != nil && s.c.Handoff.Case == k.ID {
		s.c.Handoff = nil
	}
	s.c.Work = slices.DeleteFunc(s.c.Work, func(h Handoff) bool { return h.Case == k.ID })
	k.Exception = ""
	if w := s.lib.Pinned(k.Workflow); w != nil && w.Expires > 0 {
		s.set(k.ID, "expires", s.now.Add(w.Expires))
	}
}

// leaveBlocked shows a case that has left a person's hands where it goes on, also while that can't be entered yet: who is
// replying is asked, a fact looked up, its turn waited for. It is never stuck in an exception that nobody sees to.
func (s *step) leaveBlocked() {
	for i := range s.c.Cases {
		k := &s.c.Cases[i]
		w := s.lib.Pinned(k.Workflow)
		if w == nil || w.Exceptions[k.State] == nil || w.States[k.Resume] == nil || k.Phase == Blocked || k.Phase == Closed {
			continue
		}
		k.State, k.Awaited = k.Resume, k.Move
		s.why("it goes on in %s", k.State)
	}
}

// awaited says whether the case's state is only where it goes on: it isn't entered yet.
func (k *Case) awaited() bool { return k.Awaited > 0 && k.Awaited == k.Move }

// promote hands over the next blocked case, once the one before it has left.
func (s *step) promote() {
	if s.c.Handoff != nil {
		return
	}
	for i, h := range s.c.Work {
		if k := s.c.Case(h.Case); k != nil && k.Phase == Blocked {
			s.c.Work = slices.Delete(s.c.Work, i, i+1)
			s.hand(k, h)
			s.why("the next case for a person: %s", h.Reason)
			return
		}
	}
}

// reclose closes cases that were only to be undone, where who is replying is no longer asked.
func (s *step) reclose() {
	for i := range s.c.Cases {
		k := &s.c.Cases[i]
		asked := s.c.Challenge != nil && s.c.Challenge.Case == k.ID
		if k.Phase == Running && k.Outcome != "" && !asked {
			k.Phase, k.Resume = Closed, ""
			s.cancel(k.ID, "silence")
		}
	}
}

// retry makes news that was kept due at once, when the change that it waited for has its result.
func (s *step) retry() {
	for i := range s.c.Timers {
		t := &s.c.Timers[i]
		if t.Report == nil || !t.Due.After(s.now) {
			continue
		}
		if k := s.c.Case(t.Case); k == nil || k.Phase != Doing && k.Phase != Settling {
			t.Due = s.now
		}
	}
}

// watch bounds the wait for the customer. Silence counts from the last thing that either side said; until reach has ended,
// it is reach that waits. Cases that wait their turn, and customers who said STOP, are not reminded of anything.
func (s *step) watch() {
	k := s.turn()
	if k == nil || s.c.Handoff != nil || s.c.Contact.Stopped || k.Phase != Running || !s.needs(k) || s.timing(k.ID, "reach") {
		return
	}
	w := s.lib.Pinned(k.Workflow)
	if w == nil {
		return
	}
	rule := w.Silence
	if st := w.States[k.State]; st != nil && st.Waits() {
		rule = w.silenceOf(st)
	}
	if rule == nil {
		return
	}
	if s.e.Received != nil {
		k.Nudges = 0
	} else if s.timing(k.ID, "silence") {
		return
	}
	s.set(k.ID, "silence", s.now.Add(rule.After))
}
