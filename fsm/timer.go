package fsm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// set sets a case's timer of one kind, in place of an earlier one.
func (s *step) set(caseID, kind string, due time.Time) {
	s.cancel(caseID, kind)
	s.c.Timer++
	s.c.Timers = append(s.c.Timers, Timer{Name: timerName(kind, s.c.Timer), Case: caseID, Due: due.UTC()})
}

// cancel drops a case's timer of one kind; of every case where caseID is empty.
func (s *step) cancel(caseID, kind string) {
	s.c.Timers = slices.DeleteFunc(s.c.Timers, func(t Timer) bool {
		return (caseID == "" || t.Case == caseID) && t.kind() == kind
	})
}

func (s *step) timing(caseID, kind string) bool {
	return slices.ContainsFunc(s.c.Timers, func(t Timer) bool { return t.Case == caseID && t.kind() == kind })
}

func (t Timer) kind() string {
	kind, _, _ := strings.Cut(t.Name, "#")
	return kind
}

// timer acts on a timer whose time has come. One that was cancelled or set again since changes nothing.
func (s *step) timer(due TimerDue) error {
	i := slices.IndexFunc(s.c.Timers, func(t Timer) bool { return t.Name == due.Timer })
	if i < 0 {
		s.why("timer %s is gone", due.Timer)
		return nil
	}
	t := s.c.Timers[i]
	if s.now.Before(t.Due) {
		s.why("timer %s is not due yet", due.Timer)
		return nil
	}
	s.c.Timers = slices.Delete(s.c.Timers, i, i+1)
	s.why("%s is over", t.kind())
	switch {
	case t.Open != nil:
		return s.openLater(t)
	case t.Report != nil:
		return s.reported(*t.Report)
	}
	k := s.c.Case(t.Case)
	if k == nil {
		return nil
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	switch t.kind() {
	case "silence":
		return s.silent(k, w)
	case "wait":
		st := w.States[k.State]
		if st == nil {
			return nil
		}
		for _, f := range st.Wait {
			if f.After > 0 {
				return s.goTo(k, w, f.To)
			}
		}
	case "reach":
		return s.reachTimer(k, w)
	case "undo":
		// A reversal that is on its way was asked for in time, and beside a handoff it is in time until somebody claims it.
		if k.Phase != Doing && k.Phase != Blocked {
			k.Undo = nil
		}
	case "settling":
		if (k.Phase == Settling || k.Phase == Doing) && s.c.Handoff == nil {
			return s.engineText(k, s.threadOf(k, w), "recording")
		}
	case "expires":
		if k.Phase == Settling || k.Phase == Doing {
			s.set(k.ID, "expires", s.now.Add(time.Hour)) // a change is on its way: its result comes first
			return nil
		}
		return s.goTo(k, w, "expired")
	}
	return nil
}

// silent reminds, and after the last reminder goes where the workflow says.
func (s *step) silent(k *Case, w *Workflow) error {
	rule := w.Silence
	if st := w.States[k.State]; st != nil && st.Waits() {
		rule = w.silenceOf(st)
	}
	switch {
	case k.Phase == Blocked:
		s.letStand(k)
		return nil
	case rule == nil || !s.waiting(k) || k.Phase != Running:
		return nil
	case k.Outcome != "":
		s.why("nobody says who is replying: what was agreed stands")
		s.c.Challenge = nil
		return nil
	}
	if rule.Remind == "" || k.Nudges >= rule.Times {
		return s.goTo(k, w, rule.Then)
	}
	k.Nudges++
	to := s.threadOf(k, w)
	s.set(k.ID, "silence", s.now.Add(rule.After))
	if to.IsZero() {
		return nil
	}
	return s.tell(k, to, rule.Remind, Reminder, nil)
}

// openLater opens the case that another one had scheduled.
func (s *step) openLater(t Timer) error {
	o := t.Open
	w := s.lib.Named(o.Workflow)
	if w == nil {
		return fmt.Errorf("open a case of workflow %q: %w", o.Workflow, ErrNoWorkflow)
	}
	id := EffectID(s.c.ID, t.Name, 0)
	if o.Exception != "" {
		id = onceID(o.From, o.Exception)
	}
	if s.c.Knows(id) {
		return nil
	}
	k := Case{
		ID: id, Source: "case", External: o.From, Subject: o.Customer, Ref: o.Ref, Workflow: w.Pin(),
		Opened: s.now, Phase: Queued, Proofs: o.Proofs, Same: o.Channel,
	}
	for name, v := range o.Facts {
		s.know(&k, name, v)
	}
	return s.add(k, w)
}
