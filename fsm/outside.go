package fsm

import "fmt"

// reported takes in news from a system of record. Whenever holds in every state, a handoff and an ended case too: money
// that arrives late is still money.
func (s *step) reported(r SystemReported) error {
	k := s.c.Case(r.Case)
	if k == nil {
		return fmt.Errorf("report of %s: %w: it was archived, or never opened here", r.Event, ErrNoCase)
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	s.why("%s reports", r.Event)
	if st := w.States[k.State]; st != nil && k.Phase == Running {
		for _, f := range st.Wait {
			if f.Event == r.Event {
				s.take(k, st.As, r)
				return s.goTo(k, w, f.To)
			}
		}
	}
	for _, u := range w.Whenever {
		if u.Event != r.Event {
			continue
		}
		if k.Phase == Doing || k.Phase == Settling {
			// A change is on its way; the news must not overtake its result, nor what it says.
			s.handLater(k, r)
			return nil
		}
		s.take(k, u.As, r)
		if ok, why := s.holds(k, w, u.When, nil); !ok {
			s.why("not followed: %s", why)
			continue
		}
		s.withdraw(k)
		if k.Outcome != "" {
			s.why("the case had ended with %s: it is taken up again", k.Outcome)
			k.Undo = nil
			s.cancel(k.ID, "undo")
			s.reopen(k, w)
		}
		return s.goTo(k, w, u.To)
	}
	s.why("nothing waits for it")
	return nil
}

// take keeps an event's facts under the name that the workflow gives it.
func (s *step) take(k *Case, as string, r SystemReported) {
	if as == "" {
		return
	}
	for name, v := range r.Facts {
		s.know(k, as+"."+name, v)
	}
}

// handLater keeps news until the change that is on its way has its result, which makes its timer due.
func (s *step) handLater(k *Case, r SystemReported) {
	s.c.Timer++
	s.c.Timers = append(s.c.Timers, Timer{
		Name: timerName("report", s.c.Timer), Case: k.ID, Due: s.now.Add(longestRetry), Report: &r,
	})
	s.why("kept until the change on its way has its result")
}

// agent takes in what a person did at the desk.
func (s *step) agent(a AgentActed) error {
	h := s.c.Handoff
	if h == nil {
		return s.worked(a)
	}
	k := s.c.Case(h.Case)
	if k == nil {
		return fmt.Errorf("agent acts on a handoff: %w", ErrNoCase)
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	switch a.Action {
	case "claim":
		h.Claimed = a.Agent
		s.c.Contact.Evidence = nil // whoever replies from now on talks to a person, and is asked again afterwards
		s.why("claimed")
		return nil
	case "return":
		to := h.Back
		if to == Never {
			return fmt.Errorf("return to the bot: exception %q of workflow %s doesn't go back: resolve it: %w", h.Reason, w.Name, ErrRefused)
		}
		s.c.Contact.Evidence = nil
		s.withdraw(k)
		s.why("returned to the bot")
		return s.goTo(k, w, to)
	case "resolve":
		o := w.Outcomes[a.Outcome]
		if o == nil {
			return fmt.Errorf("resolve with %q: workflow %s has no such outcome: %w", a.Outcome, w.Name, ErrRefused)
		}
		if err := s.complete(k, w, o.End); err != nil {
			return fmt.Errorf("resolve with %q: %w: %v", a.Outcome, ErrRefused, err)
		}
		s.withdraw(k)
		s.why("resolved by a person as %s", a.Outcome)
		// What the customer alone could confirm isn't asked of an agent: the operation's assurance is the desk's own.
		return s.resolved(k, w, a.Outcome)
	}
	return fmt.Errorf("agent action %q: use claim, return or resolve: %w", a.Action, ErrRefused)
}

// resolved ends a case as a person says. The record is written back as ever, and only its acknowledgement ends it.
func (s *step) resolved(k *Case, w *Workflow, outcome string) error {
	if err := w.moves().move(k.State, outcome); err != nil {
		return err
	}
	s.leave(k)
	k.State, k.Phase = outcome, Running
	s.path = append(s.path, outcome)
	return s.end(k, w, w.Outcomes[outcome])
}

// worked closes a piece of work that an ended case left to a queue.
func (s *step) worked(a AgentActed) error {
	if a.Action != "resolve" || len(s.c.Work) == 0 {
		return fmt.Errorf("agent action %q: nothing here is with a person: %w", a.Action, ErrRefused)
	}
	s.about = s.c.Work[0].Case
	s.c.Work = s.c.Work[1:]
	s.why("seen to by a person")
	return nil
}

// Quarantine takes out of the document what an event that can't be stepped was about, so that nothing loops: the timer
// goes, the effect counts as dead, and the case is handed to a person as stuck. It is total and runs no workflow code.
// The letter is part of the commit.
func Quarantine(c Conversation, e Event, reason error) Commit {
	s := begin(nil, c, e)
	s.c.Seen.Add(e.Mark, s.now)
	s.why("quarantined: %v", reason)
	caseID := ""
	switch {
	case e.Timer != nil:
		for i, t := range s.c.Timers {
			if t.Name == e.Timer.Timer {
				caseID = t.Case
				s.c.Timers = append(s.c.Timers[:i], s.c.Timers[i+1:]...)
				break
			}
		}
	case e.Done != nil:
		if f := s.c.Effect(e.Done.Effect); f != nil {
			caseID = f.Case
			s.c.drop(f.ID)
		}
	}
	if k := s.c.Case(caseID); k != nil && k.Phase != Closed {
		s.focus(k)
		s.leave(k)
		k.State, k.Exception, k.Phase, k.Outcome = stuck, stuck, Blocked, ""
		s.c.Epoch++
		s.hand(k, Handoff{Case: k.ID, Reason: stuck, Queue: stuck, At: s.now, Back: Never})
		for _, kind := range []string{"expires", "reach", "undo"} {
			s.cancel(k.ID, kind)
		}
	}
	s.letters = append(s.letters, Letter{Event: s.e, Reason: reason.Error()})
	return s.commit(c.Version)
}

// stuck is the exception of whatever we can't go on with. Where no workflow can be asked, it is its own queue.
const stuck = "stuck"
