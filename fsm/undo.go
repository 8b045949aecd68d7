package fsm

import (
	"slices"
	"time"

	"github.com/settle-chat/settle/policy"
)

// undoing is where a case goes on that is to be undone, once who is replying is known.
const undoing = "(undo)"

// undo reverses the last commitment that can still be reversed: an outcome's, or an exception's (see block). Beside a handoff
// it is what led to it and nothing else; where that can't be reversed, or somebody has claimed it, the word is the person's,
// like any other: done is false. Flags stay, for whoever set them to lift: an undo takes back what was written.
func (s *step) undo(m MessageReceived) (done bool, err error) {
	k := s.lastOf(s.reversible)
	switch {
	case k != nil:
	case s.lastOf(s.recording) != nil:
		s.why("what could be undone isn't recorded yet")
		return true, s.engineText(s.turn(), m.From, "wait")
	case s.c.Handoff != nil:
		return false, nil
	default:
		s.why("nothing can be undone")
		return true, s.engineText(s.turn(), m.From, "nothing-to-undo")
	}
	w, err := s.workflow(k)
	if err != nil {
		return true, err
	}
	s.focus(k)
	k.Thread = m.From
	asked := s.c.Challenge != nil && s.c.Challenge.Case == k.ID && s.c.Challenge.Then == undoing
	switch {
	case asked || k.Phase == Doing && k.Outcome != "":
		s.why("it is being undone")
		return true, s.repeat(k, w, "")
	case k.Phase == Looking || k.Phase == Doing || k.Phase == Settling:
		s.why("a change or a lookup is on its way: nothing is undone now")
		return true, s.engineText(k, m.From, "wait")
	}
	return true, s.beside(k, func() error { return s.takeBack(k, w) })
}

// lastOf is the last case of which something holds; nil where there is none.
func (s *step) lastOf(holds func(*Case) bool) *Case {
	for i := range slices.Backward(s.c.Cases) {
		if k := &s.c.Cases[i]; holds(k) {
			return k
		}
	}
	return nil
}

// reversible says whether the case's last commitment can be reversed now.
func (s *step) reversible(k *Case) bool {
	switch {
	case k.Undo == nil || !s.unclaimed(k):
		return false
	case k.Phase == Blocked:
		return k.Undo.End == k.Exception
	}
	return s.now.Before(k.Undo.Until)
}

// recording says whether the case's last exception can be undone once what it wrote is acknowledged.
func (s *step) recording(k *Case) bool {
	b := k.Block
	if b == nil || b.Write == "" || b.Resolved || !s.unclaimed(k) {
		return false
	}
	w := s.lib.Pinned(k.Workflow)
	return w != nil && w.Exceptions[b.Exception].Undo != nil
}

// unclaimed says whether nobody is with a person, or this very case is to be and nobody has claimed it.
func (s *step) unclaimed(k *Case) bool {
	h := s.c.Handoff
	return h == nil || h.Case == k.ID && h.Claimed == ""
}

// offerUndo lets the customer take back what an end has written.
func (s *step) offerUndo(k *Case, end string, def *UndoDef) {
	k.Undo = &Undo{End: end, Until: s.now.Add(def.Within)}
	s.set(k.ID, "undo", k.Undo.Until)
}

// undoDef is how an outcome or an exception is undone.
func (w *Workflow) undoDef(end string) *UndoDef {
	if x := w.Exceptions[end]; x != nil {
		return x.Undo
	}
	return w.Outcomes[end].Undo
}

// takeBack wants the reversal. It needs the same assurance as any operation, judged now: who is replying is asked where
// that isn't known. Until the answer the case's end stands, and so does a handoff.
func (s *step) takeBack(k *Case, w *Workflow) error {
	if !s.reversible(k) {
		s.why("it can't be undone any more")
		return s.stays(k, w, "nothing-to-undo")
	}
	call := w.undoDef(k.Undo.End).Write
	need := w.needsOf(call)
	switch {
	case s.standing(k).Level >= need:
	case !s.askable(k, need):
		s.why("undo needs %s", need)
		return s.stays(k, w, "undo-unverified")
	default:
		s.giveTurn(k)
		return s.challenge(k, w, undoing, need)
	}
	if _, err := s.inputs(k, w, call); err != nil {
		return err // before anything is given up for it
	}
	s.giveTurn(k)
	s.why("undoing %s", k.Undo.End)
	if k.Outcome == "" { // it is open: it leaves the person, or the question that it was at
		s.withdraw(k)
		s.unblock(k)
		s.leave(k)
	}
	if err := s.writeBack(k, w, call, ForUndo); err != nil {
		return err
	}
	k.Phase = Doing
	s.set(k.ID, "settling", s.now.Add(moment))
	return nil
}

// stays lets a case be where it was before it was to be undone, and says why.
func (s *step) stays(k *Case, w *Workflow, why string) error {
	st := w.States[k.State]
	switch {
	case k.Outcome != "":
		k.Phase = Closed
		s.cancel(k.ID, "silence")
	case k.Phase == Running && (k.awaited() || st != nil && st.Waits()):
		s.before = why
		return s.repeat(k, w, why)
	}
	return s.engineText(k, k.Thread, why)
}

// askable says whether the thread is one in which the customer can be recognised at all.
func (s *step) askable(k *Case, need policy.Assurance) bool {
	r := s.c.reachable(k.Thread)
	return need <= policy.Person && r != nil && r.Record
}

// beside runs f, which may ask who is replying, as if no person were to have the case: the bot is silent in a handoff, but
// for this. Unless the case was taken back the handoff stands as it was, and silence bounds the question.
func (s *step) beside(k *Case, f func() error) error {
	h := s.c.Handoff
	s.c.Handoff = nil
	err := f()
	if h == nil || k.Exception == "" {
		return err
	}
	s.c.Handoff, k.Phase = h, Blocked
	if w := s.lib.Pinned(k.Workflow); s.c.Challenge != nil && w != nil && w.Silence != nil {
		s.set(k.ID, "silence", s.now.Add(w.Silence.After))
	}
	return err
}

// notUndone is what follows where it can't be told who wants an undo beside a handoff. The customer is told what whoever can't
// be recognised is told; the handoff stands, in its own queue.
func (s *step) notUndone(k *Case, w *Workflow) error {
	s.letStand(k)
	if x := w.Exceptions["cannot-verify"]; x.Say != "" {
		return s.say(k, w, x.Say)
	}
	return nil
}

// letStand ends the question of who wants an undo.
func (s *step) letStand(k *Case) {
	if s.c.Challenge != nil && s.c.Challenge.Case == k.ID {
		s.why("not undone: the handoff stands")
		s.c.Challenge = nil
	}
	k.Resume = ""
	s.cancel(k.ID, "silence")
}

// hold keeps a case with the person who has claimed it: whether the customer wanted to undo it isn't asked any more.
func (s *step) hold() {
	h := s.c.Handoff
	if h == nil {
		return
	}
	k := s.c.Case(h.Case)
	switch {
	case k == nil:
	case k.Phase == Queued: // two conversations became one while it was asked
		k.Phase = Blocked
		s.letStand(k)
	case h.Claimed != "":
		s.letStand(k)
	}
}

// undone takes the case back to where the workflow says, once the system has acknowledged.
func (s *step) undone(k *Case, w *Workflow) error {
	def := w.undoDef(k.Undo.End)
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
