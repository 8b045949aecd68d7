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
	if err := s.complete(k, w, o.End); err != nil {
		return err
	}
	k.Outcome, k.Exception, k.Answer = o.Name, "", ""
	s.replaced(k)
	s.flag(k, o.Flag)
	if err := s.tellSystems(k, w, o.Also); err != nil {
		return err
	}
	if o.Write == nil {
		return s.closeCase(k, w, o)
	}
	if err := s.writeBack(k, w, o.Write, ForOutcome); err != nil {
		return err
	}
	k.Phase = Settling
	s.set(k.ID, "settling", s.now.Add(moment))
	return nil
}

// complete says whether all that an end writes is known, before anything of it is begun.
func (s *step) complete(k *Case, w *Workflow, e End) error {
	calls := e.Also
	if e.Write != nil {
		calls = append(calls[:len(calls):len(calls)], e.Write)
	}
	for _, call := range calls {
		if _, err := s.inputs(k, w, call); err != nil {
			return err
		}
	}
	return nil
}

// flag marks the contact: what must not be done to somebody who disputes, or isn't there, is policy's to say.
func (s *step) flag(k *Case, name string) {
	if name == "" {
		return
	}
	if s.c.Contact.Flags == nil {
		s.c.Contact.Flags = make(map[string]string)
	}
	s.c.Contact.Flags[name] = k.Subject
	s.why("flag %s", name)
}

// closeCase ends a case for good. o is nil for an end that no file names.
func (s *step) closeCase(k *Case, w *Workflow, o *Outcome) error {
	s.leave(k)
	k.Phase, k.Ended, k.Exception = Closed, s.now, ""
	for _, kind := range []string{"expires", "reach", "silence", "wait", "settling"} {
		s.cancel(k.ID, kind)
	}
	s.why("ended: %s", k.Outcome)
	if o == nil {
		return nil
	}
	if o.Queue != "" {
		s.c.Work = append(s.c.Work, Handoff{Case: k.ID, Reason: o.Name, Queue: o.Queue, At: s.now})
		s.why("queue %s sees to it", o.Queue)
	}
	if o.Undo != nil {
		s.offerUndo(k, o.Name, o.Undo)
	}
	if o.Opens != nil {
		if err := s.schedule(k, w, o.Opens, ""); err != nil {
			return err
		}
	}
	if o.Say != "" {
		return s.say(k, w, o.Say)
	}
	return nil
}

// opensAt is the hour at which a case that is to open on a date does, where the contact is.
const opensAt = 9

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

// schedule sets the later case that an outcome opens, or the exception of that name.
func (s *step) schedule(k *Case, w *Workflow, o *Opens, exception string) error {
	v, err := o.When.Eval(s.vars(k, w, nil))
	if err != nil {
		return faulty(k, fmt.Errorf("when %s opens: %w", o.Workflow, err))
	}
	due := v.Time()
	if v.Type() == Date {
		d, err := answer.ParseCivil(v.String())
		if err != nil {
			return faulty(k, fmt.Errorf("when %s opens: %w", o.Workflow, err))
		}
		due = time.Date(d.Year, d.Month, d.Day, opensAt, 0, 0, 0, s.local().Location())
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
		Name: timerName("open", s.c.Timer), Case: k.ID, Due: due.UTC(),
		Open: &Opening{
			Workflow: o.Workflow, From: k.ID, Exception: exception, Channel: k.Thread.Channel(), Facts: facts, Proofs: k.Proofs, Customer: k.Subject, Ref: k.Ref,
		},
	})
	s.why("opens %s on %s", o.Workflow, due.Format("2006-01-02"))
	return nil
}

// dropUnsent takes back what was to be said and isn't on its way yet; one in doubt stays until its result is known.
func (s *step) dropUnsent(caseID string) {
	s.c.Effects = slices.DeleteFunc(s.c.Effects, func(e Effect) bool {
		return (caseID == "" || e.Case == caseID) && e.Send != nil && !e.Doubt && !slices.Contains(s.made, e.ID)
	})
}

// current makes what this event has said so far valid in the conversation's new epoch.
func (s *step) current() {
	for i := range s.c.Effects {
		if e := &s.c.Effects[i]; e.Send != nil && slices.Contains(s.made, e.ID) {
			e.Send = pointer(e.Send)
			e.Send.Epoch = s.c.Epoch
		}
	}
}
