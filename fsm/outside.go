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

// Quarantine takes out of the document what an event that can't be stepped was about, so that nothing loops: the timer
// goes, the effect counts as dead, and the case is handed to a person as stuck. It is total and runs no workflow code.
// The letter is part of the commit. The event isn't remembered as seen, for nothing came of it: once what is wrong is mended
// it is stepped, whether it comes again by itself or from its letter, and whichever is later is the duplicate.
func Quarantine(c Conversation, e Event, reason error) Commit {
	s := begin(nil, c, e)
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
	s.letters = append(s.letters, Letter{Event: s.e, Reason: reason.Error(), Unstepped: true})
	return s.commit(c.Version)
}

// stuck is the exception of whatever we can't go on with. Where no workflow can be asked, it is its own queue.
const stuck = "stuck"
