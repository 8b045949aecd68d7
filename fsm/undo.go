package fsm

import (
	"time"

	"github.com/settle-chat/settle/policy"
)

// undoing is where a case goes on that is to be undone, once who is replying is known.
const undoing = "(undo)"

// undo reverses the last commitment that can still be reversed.
func (s *step) undo(m MessageReceived) error {
	for i := len(s.c.Cases) - 1; i >= 0; i-- {
		k := &s.c.Cases[i]
		if k.Undo == nil || !s.now.Before(k.Undo.Until) {
			continue
		}
		w, err := s.workflow(k)
		if err != nil {
			return err
		}
		s.focus(k)
		k.Thread = m.From
		if k.Phase != Closed {
			s.why("it is being undone")
			return s.repeat(k, w, "")
		}
		s.giveTurn(k)
		return s.takeBack(k, w)
	}
	s.why("nothing can be undone")
	return s.engineText(s.turn(), m.From, "nothing-to-undo")
}

// takeBack wants the reversal. It needs the same assurance as any operation, judged now: who is replying is asked where
// that isn't known. Until the answer the case's end stands.
func (s *step) takeBack(k *Case, w *Workflow) error {
	if k.Undo == nil || !s.now.Before(k.Undo.Until) {
		k.Phase = Closed
		s.why("it can't be undone any more")
		return s.engineText(k, k.Thread, "nothing-to-undo")
	}
	call := w.Outcomes[k.Undo.Outcome].Undo.Write
	need := w.needsOf(call)
	switch {
	case s.standing(k).Level >= need:
	case !s.askable(k, need):
		s.why("undo needs %s", need)
		k.Phase = Closed
		return s.engineText(k, k.Thread, "undo-unverified")
	default:
		return s.challenge(k, w, undoing, need)
	}
	s.why("undoing %s", k.Undo.Outcome)
	if err := s.writeBack(k, w, call, ForUndo); err != nil {
		return err
	}
	k.Phase = Doing
	s.set(k.ID, "settling", s.now.Add(moment))
	return nil
}

// askable says whether the thread is one in which the customer can be recognised at all.
func (s *step) askable(k *Case, need policy.Assurance) bool {
	r := s.c.reachable(k.Thread)
	return need <= policy.Person && r != nil && r.Record
}

// undone takes the case back to where the workflow says, once the system has acknowledged.
func (s *step) undone(k *Case, w *Workflow) error {
	def := w.Outcomes[k.Undo.Outcome].Undo
	k.Undo = nil
	s.cancel(k.ID, "undo")
	s.cancel(k.ID, "open")
	s.reopen(k, w)
	if err := s.engineText(k, k.Thread, "undone"); err != nil {
		return err
	}
	return s.goTo(k, w, def.To)
}

// reopen takes up an ended case again.
func (s *step) reopen(k *Case, w *Workflow) {
	k.Phase, k.Outcome, k.Ended = Running, "", time.Time{}
	if w.Expires > 0 {
		s.set(k.ID, "expires", s.now.Add(w.Expires))
	}
}
