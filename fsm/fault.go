package fsm

import "errors"

// fault is workflow code that can't be carried out: a text whose value isn't known, an input that can't be computed, a
// circle. It is the author's mistake or a system's, never the customer's: the case goes to a person as stuck, and the
// conversation goes on.
type fault struct {
	caseID string
	err    error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// faulty makes err a fault of k's workflow. Without a case there is nobody to hand over.
func faulty(k *Case, err error) error {
	if err == nil || k == nil || errors.As(err, new(*fault)) {
		return err
	}
	return &fault{k.ID, err}
}

// overcome hands the case of a fault to a person, and keeps the event as a letter. What the step did before the fault
// stands: a change that was acknowledged stays acknowledged.
func (s *step) overcome(f *fault) error {
	k := s.c.Case(f.caseID)
	if k == nil {
		return f
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	s.why("can't go on: %v", f)
	s.letters = append(s.letters, Letter{Event: s.e, Reason: f.Error()})
	x := w.Exceptions[stuck]
	if k.Phase == Closed { // it did end; what should have followed is a person's
		work := Handoff{Case: k.ID, Reason: stuck, Queue: stuck, At: s.now, Back: Never}
		if x != nil {
			work.Queue = x.Queue
		}
		s.c.Work = append(s.c.Work, work)
		return nil
	}
	if k.Phase == Blocked { // block had made the handoff before it spoke
		return nil
	}
	s.hops = 0
	if err := s.goTo(k, w, stuck); !errors.As(err, &f) {
		return err
	}
	s.why("and can't say so: %v", f)
	return nil
}
