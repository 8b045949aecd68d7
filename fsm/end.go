package fsm

import (
	"fmt"
	"slices"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/policy"
)

// end begins an outcome: its writeback goes out, and only its acknowledgement resolves the case.
func (s *step) end(k *Case, w *Workflow, o *Outcome) error {
	k.Outcome, k.Exception, k.Answer = o.Name, "", ""
	if err := s.alongside(k, w, o.End); err != nil {
		return err
	}
	if o.Write == nil {
		return s.closeCase(k, w, o)
	}
	k.Phase = Settling
	s.set(k.ID, "settling", s.now.Add(moment))
	if err := s.writeBack(k, w, o.Write, ForOutcome); err != nil {
		return err
	}
	return s.nextTurn()
}

// alongside is what an end does besides its write.
func (s *step) alongside(k *Case, w *Workflow, e End) error {
	if e.Flag != "" {
		if s.c.Contact.Flags == nil {
			s.c.Contact.Flags = make(map[string]string)
		}
		s.c.Contact.Flags[e.Flag] = k.Subject
		s.why("flag %s", e.Flag)
	}
	for _, call := range e.Also {
		if err := s.writeBack(k, w, call, ForNobody); err != nil {
			return err
		}
	}
	return nil
}

// closeCase ends a case for good. o is nil for an end that no file names.
func (s *step) closeCase(k *Case, w *Workflow, o *Outcome) error {
	s.leave(k)
	k.Phase, k.Ended, k.Exception = Closed, s.now, ""
	for _, kind := range []string{"expires", "reach", "silence", "wait", "settling"} {
		s.cancel(k.ID, kind)
	}
	if s.c.Handoff != nil && s.c.Handoff.Case == k.ID {
		s.c.Handoff = nil
	}
	s.why("ended: %s", k.Outcome)
	if o == nil {
		return s.nextTurn()
	}
	if o.Say != "" {
		if err := s.say(k, w, o.Say, ""); err != nil {
			return err
		}
	}
	if o.Queue != "" {
		s.c.Work = append(s.c.Work, Handoff{Case: k.ID, Reason: o.Name, Queue: o.Queue, At: s.now})
		s.why("queue %s sees to it", o.Queue)
	}
	if o.Undo != nil {
		k.Undo = &Undo{Outcome: o.Name, Until: s.now.Add(o.Undo.Within)}
		s.set(k.ID, "undo", k.Undo.Until)
	}
	if o.Opens != nil {
		if err := s.schedule(k, w, o.Opens); err != nil {
			return err
		}
	}
	return s.nextTurn()
}

// opensAt is the time of day at which a case that is to open on a date does.
const opensAt = 9 * time.Hour

// needsOf is the assurance that a call demands.
func (w *Workflow) needsOf(call *Call) policy.Assurance {
	if call == nil {
		return policy.Anyone
	}
	if d := w.Operations[call.Operation]; d != nil {
		return w.Floors.Needs(d.Risk)
	}
	return policy.Passkey // an operation that isn't declared may not run
}

// schedule sets the later case that an outcome opens.
func (s *step) schedule(k *Case, w *Workflow, o *Opens) error {
	v, err := o.When.Eval(s.vars(k, w, nil))
	if err != nil {
		return fmt.Errorf("when %s opens: %w", o.Workflow, err)
	}
	due := v.Time()
	if v.Type() == Date {
		d, err := answer.ParseCivil(v.String())
		if err != nil {
			return fmt.Errorf("when %s opens: %w", o.Workflow, err)
		}
		due = d.In(s.local().Location()).Add(opensAt)
	}
	facts := make(map[string]string)
	for name, x := range o.Facts {
		if f, err := x.Eval(s.vars(k, w, nil)); err == nil {
			facts[name] = f.String()
		}
	}
	// What the next case needs of this one's public and secret facts goes with it: the customer is the same.
	if next := s.lib.Named(o.Workflow); next != nil {
		for name, def := range next.Facts {
			if f, ok := k.Facts[name]; ok && def.From == "trigger" || ok && def.From == "" && def.Is == nil {
				if _, given := facts[name]; !given {
					facts[name] = f.Value
				}
			}
		}
	}
	s.c.Timer++
	s.c.Timers = append(s.c.Timers, Timer{
		Name: timerName("open", s.c.Timer), Case: k.ID, Due: due,
		Open: &Opening{Workflow: o.Workflow, From: k.ID, Channel: k.Thread.Channel(), Facts: facts, Proofs: k.Proofs, Customer: k.Subject, Ref: k.Ref},
	})
	s.why("opens %s on %s", o.Workflow, due.Format("2006-01-02"))
	return nil
}

// block hands a case to a person. From here on the bot is silent.
func (s *step) block(k *Case, w *Workflow, x *Exception) error {
	k.Exception, k.Outcome, k.Answer = x.Name, "", ""
	k.Phase = Blocked
	for _, kind := range []string{"expires", "reach", "undo"} {
		s.cancel(k.ID, kind)
	}
	s.c.Epoch++ // what was decided before must not go out into a conversation with a person
	s.dropUnsent(k.ID)
	back := x.Back
	if back == "" {
		back = s.lastState(k, w)
	}
	s.c.Handoff = &Handoff{Case: k.ID, Reason: x.Name, Queue: x.Queue, At: s.now, Back: back}
	s.c.Active = k.ID
	s.why("handed to queue %s: %s", x.Queue, x.Name)
	if err := s.alongside(k, w, x.End); err != nil {
		return err
	}
	if x.Write != nil {
		if err := s.writeBack(k, w, x.Write, ForNobody); err != nil {
			return err
		}
	}
	if x.Say == "" {
		return nil
	}
	return s.say(k, w, x.Say, "")
}

// lastState is where a case goes on that came from nowhere in particular.
func (s *step) lastState(k *Case, w *Workflow) string {
	if n := len(k.Back); n > 0 {
		return k.Back[n-1]
	}
	return w.Start
}

// dropUnsent takes back what was to be said and isn't on its way yet; one in doubt stays until its result is known.
func (s *step) dropUnsent(caseID string) {
	s.c.Effects = slices.DeleteFunc(s.c.Effects, func(e Effect) bool {
		return (caseID == "" || e.Case == caseID) && e.Send != nil && !e.Doubt
	})
}

// undo reverses the last commitment that can still be reversed.
func (s *step) undo(to MessageReceived) error {
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
		k.Thread = to.From
		// The same assurance as the operation demands, judged now, and the customer is asked where it isn't there.
		def := w.Outcomes[k.Undo.Outcome].Undo
		if need := w.needsOf(def.Write); s.standing(k).Level < need {
			s.why("undo needs %s", need)
			return s.engineText(k, to.From, "undo-unverified")
		}
		k.Phase = Doing
		s.why("undoing %s", k.Undo.Outcome)
		return s.writeBack(k, w, def.Write, ForUndo)
	}
	s.why("nothing can be undone")
	return s.engineText(s.turn(), to.From, "nothing-to-undo")
}

// undone takes the case back to where the workflow says, once the system has acknowledged.
func (s *step) undone(k *Case, w *Workflow) error {
	def := w.Outcomes[k.Undo.Outcome].Undo
	k.Undo = nil
	s.cancel(k.ID, "undo")
	s.cancel(k.ID, "open")
	k.Outcome, k.Ended = "", time.Time{}
	if w.Expires > 0 {
		s.set(k.ID, "expires", s.now.Add(w.Expires))
	}
	s.c.Active = k.ID
	if err := s.engineText(k, k.Thread, "undone"); err != nil {
		return err
	}
	return s.goTo(k, w, def.To)
}
