package fsm

import "slices"

// An exception hands the case to a person, and may open a later case and be undone, as an outcome may:
//
//   - What it opens is scheduled when it is entered, or once the system has acknowledged what it writes. If the case goes on
//     with the bot (a person returns it, MENU or UNDO withdraws it, an event leads elsewhere) the block is over, and what it
//     opens is dropped while it is still to come. A person's resolving keeps it. In one case it opens one, however often the
//     case comes by.
//   - What it wrote can be undone from the acknowledgement on: while nobody has claimed its handoff, and, where it has no
//     handoff any more, for as long as its undo says. The next outcome or exception of the case replaces the offer.
//   - What isn't acknowledged opens nothing and can't be undone: the person has it.

// block hands a case to a person. From here on the bot is silent.
func (s *step) block(k *Case, w *Workflow, x *Exception) error {
	k.Exception, k.Outcome, k.Answer = x.Name, "", ""
	k.Phase = Blocked
	s.replaced(k)
	k.Block = nil
	for _, kind := range []string{"expires", "reach"} {
		s.cancel(k.ID, kind)
	}
	s.c.Epoch++ // what was decided before must not go out into a conversation with a person
	s.dropUnsent(k.ID)
	s.current() // what this very event says still may
	back := x.Back
	if back == "" {
		back = s.lastState(k, w)
	}
	s.hand(k, Handoff{Case: k.ID, Reason: x.Name, Queue: x.Queue, At: s.now, Back: back})
	s.why("handed to queue %s: %s", x.Queue, x.Name)
	s.flag(k, x.Flag)
	for _, call := range x.Also {
		s.want(k, w, call)
	}
	if x.Opens != nil || x.Undo != nil {
		k.Block = &Block{Exception: x.Name}
	}
	if x.Write == nil {
		s.begun(k, w)
	} else if id := s.want(k, w, x.Write); k.Block != nil {
		k.Block.Write = id
		if id == "" {
			k.Block = nil
		}
	}
	if x.Say == "" || !s.met(k) {
		return nil // whoever was never written to isn't told that a colleague will write
	}
	return s.say(k, w, x.Say)
}

// want wants a change that nobody waits for, and returns its effect. What can't be wanted is left to the person, who is
// told: the handoff itself must not fail.
func (s *step) want(k *Case, w *Workflow, call *Call) string {
	if need := w.needsOf(call); s.standing(k).Level < need {
		s.why("%s is left to the person: it needs %s", call.Operation, need)
		return ""
	}
	if err := s.writeBack(k, w, call, ForNobody); err != nil {
		s.leaveTo(call.Operation, err)
		return ""
	}
	return s.made[len(s.made)-1]
}

func (s *step) leaveTo(what string, err error) {
	s.why("%s is left to the person: %v", what, err)
	s.letters = append(s.letters, Letter{Event: s.e, Reason: err.Error()})
}

// recorded takes in how a change went that an exception wanted.
func (s *step) recorded(k *Case, w *Workflow, ok bool) {
	if k.Block.Write = ""; !ok {
		s.why("%s isn't recorded: it opens nothing, and there is nothing to undo", k.Block.Exception)
		k.Block = nil
		return
	}
	s.begun(k, w)
}

// begun schedules what the case's exception opens and offers to undo it, once all that it writes is recorded.
func (s *step) begun(k *Case, w *Workflow) {
	b := k.Block
	if b == nil {
		return
	}
	x := w.Exceptions[b.Exception]
	if x.Undo != nil && !b.Resolved {
		s.offerUndo(k, x.Name, x.Undo)
	}
	if x.Opens != nil && !b.Over {
		s.openOnce(k, w, x)
	}
	if b.Over || b.Resolved {
		k.Block = nil
	}
}

// openOnce schedules what an exception opens, in place of what the same one of this case has scheduled before.
func (s *step) openOnce(k *Case, w *Workflow, x *Exception) {
	if s.c.Knows(onceID(k.ID, x.Name)) {
		s.why("%s of this case has opened %s before", x.Name, x.Opens.Workflow)
		return
	}
	s.dropOpening(k, x.Name)
	if err := s.schedule(k, w, x.Opens, x.Name); err != nil {
		s.leaveTo("opening "+x.Opens.Workflow, err)
	}
}

// dropOpening drops the case that an exception would open, if it is still to come.
func (s *step) dropOpening(k *Case, exception string) (dropped bool) {
	n := len(s.c.Timers)
	s.c.Timers = slices.DeleteFunc(s.c.Timers, func(t Timer) bool { return t.Case == k.ID && t.Open != nil && t.Open.Exception == exception })
	return len(s.c.Timers) < n
}

// onceID is the ID of the case that an exception of a case opens: one, wherever the conversation goes on.
func onceID(caseID, exception string) string { return EffectID(caseID, "opens/"+exception, 0) }

// unblock ends a block whose case goes on with the bot.
func (s *step) unblock(k *Case) {
	b := k.Block
	if b == nil || b.Over || b.Resolved {
		return
	}
	if b.Over = true; s.dropOpening(k, b.Exception) {
		s.why("%s is over: what it opens is dropped", b.Exception)
	}
	if b.Write == "" {
		k.Block = nil
	}
}

// replaced ends what the end before has left open, where a case comes to its next one: only the last can be undone. What is
// still to be recorded of an exception that a person resolved stays, for what it opens.
func (s *step) replaced(k *Case) {
	k.Undo = nil
	s.cancel(k.ID, "undo")
	if b := k.Block; b != nil && !b.Over && b.Write != "" {
		b.Resolved = true
		return
	}
	k.Block = nil
}

// met says whether the customer has heard of this case, or written since it was opened.
func (s *step) met(k *Case) bool {
	for _, p := range s.c.Prompts {
		if p.Case == k.ID {
			return true
		}
	}
	return !s.c.Contact.LastText.IsZero() && !s.c.Contact.LastText.Before(k.Opened)
}

// lastState is where a case goes on that came from nowhere in particular.
func (s *step) lastState(k *Case, w *Workflow) string {
	if n := len(k.Back); n > 0 {
		return k.Back[n-1]
	}
	return w.Start
}
