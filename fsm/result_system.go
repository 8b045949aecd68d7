package fsm

import (
	"fmt"
	"maps"
	"slices"
)

func (s *step) lookedUp(e *Effect, d EffectDone) error {
	switch d.Result {
	case Throttled, Retry, Unknown, Lapsed: // reading twice harms nobody
		if s.again(e, d, mostLookUps) {
			return nil
		}
		d.Result = Permanent
	}
	id, op, caseID := e.ID, e.LookUp.System+"."+e.LookUp.Operation, e.Case
	s.c.drop(id)
	k := s.c.Case(caseID)
	if k == nil {
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	if d.Result == OK {
		for name, def := range w.Facts {
			if v, ok := d.Values[name]; ok && def.From == op {
				s.know(k, name, v)
			}
		}
		if err := s.listed(k, w, op, d.Values); err != nil {
			return err
		}
	}
	if k.Doing == id { // a do state that looks up
		k.Doing = ""
		s.cancel(k.ID, "settling")
		s.outputs(k, w, d.Values, nil)
		return s.arrow(k, w, d)
	}
	i := slices.Index(k.Waiters, id)
	if i < 0 {
		return nil
	}
	k.Waiters = slices.Delete(k.Waiters, i, i+1)
	if d.Result != OK {
		k.Looked[k.Resume+" "+op] = -1
		s.letter("look up "+op, d)
	}
	if len(k.Waiters) > 0 {
		return nil
	}
	if k.Resume != triggering { // a case that isn't due was never begun
		if moved, err := s.whenever(k, w); moved || err != nil {
			return err
		}
	}
	return s.resume(k, w)
}

// resume goes on where a lookup was waited for.
func (s *step) resume(k *Case, w *Workflow) error {
	name, pick := k.Resume, k.Pick
	k.Resume, k.Pick = "", ""
	k.Phase = Running
	if st := w.States[name]; pick != "" && st != nil && k.State == name {
		return s.choose(k, w, st, pick, k.Answer)
	}
	return s.proceed(k, w, name)
}

func (s *step) wroteBack(e *Effect, d EffectDone) error {
	op := e.WriteBack.System + "." + e.WriteBack.Operation
	k := s.c.Case(e.Case)
	if k == nil {
		// Cases with effects stay in the document; should one be gone, a change is still not lost unseen.
		s.c.drop(e.ID)
		s.letter("write back "+op+" of a case that is gone", d)
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	decl := w.Operations[op]
	switch d.Result {
	case Retry, Throttled:
		if s.again(e, d, mostWrites) {
			return nil
		}
	case Unknown, Lapsed:
		if decl != nil && decl.Retryable { // the system honours the key: the same change, the next attempt
			if s.again(e, d, mostWrites) {
				return nil
			}
		} else if !e.Doubt { // read before write; the runner looks, and never applies blindly
			e.Doubt, e.Due = true, s.now.Add(firstRetry)
			e.Attempt++
			return nil
		}
	case Dropped:
		if e.Doubt && e.Attempt < mostWrites { // surely not made: it may be made now
			e.Doubt, e.Due = false, s.now
			e.Attempt++
			return nil
		}
	}
	id, what, in := e.ID, e.WriteBack.For, e.WriteBack.In
	s.c.drop(id)
	if d.Result == OK {
		k.Writes = append(k.Writes, Written{Operation: op, Receipt: d.Receipt, At: s.now})
		if len(k.Writes) > 20 {
			k.Writes = slices.Delete(k.Writes, 0, 1)
		}
		outdate(k, w, op)
	} else {
		s.letter("write back "+op, d)
	}
	if b := k.Block; b != nil && b.Write == id {
		s.recorded(k, w, d.Result == OK)
	}
	if what == ForNobody || k.Doing != id {
		return nil
	}
	k.Doing = ""
	s.cancel(k.ID, "settling")
	if d.Result == OK {
		s.outputs(k, w, d.Values, in)
	}
	switch what {
	case ForState:
		return s.arrow(k, w, d)
	case ForOutcome:
		if d.Result == OK {
			return s.closeCase(k, w, w.Outcomes[k.Outcome])
		}
		return s.goTo(k, w, "writeback-failed")
	case ForUndo:
		if d.Result == OK {
			return s.undone(k, w)
		}
		k.Undo = nil
		s.cancel(k.ID, "undo")
		if err := s.engineText(k, k.Thread, "undo-failed"); err != nil {
			return err
		}
		return s.goTo(k, w, "writeback-failed")
	}
	return nil
}

// outputs keeps what a do was given and what it brought, for the texts that follow it.
func (s *step) outputs(k *Case, w *Workflow, out, in map[string]string) {
	both := maps.Clone(in)
	if both == nil {
		both = make(map[string]string, len(out))
	}
	maps.Copy(both, out)
	for name, v := range both {
		if w.Facts[name] == nil && name != "ref" { // a declared fact has its own source
			s.know(k, name, v)
		}
	}
}

// arrow follows the result of a do.
func (s *step) arrow(k *Case, w *Workflow, d EffectDone) error {
	st := w.States[k.State]
	if st == nil || st.Then == nil {
		return faulty(k, fmt.Errorf("state %q has no then", k.State))
	}
	to := st.Then.Else
	switch d.Result {
	case OK:
		to = st.Then.OK
	case Declined:
		if to = st.Then.Declined[d.Reason]; to == "" {
			to = st.Then.DeclinedElse
		}
		if to == "" {
			to = st.Then.Else
		}
	}
	if to == "" {
		to = stuck
	}
	return s.goTo(k, w, to)
}

// whenever follows what holds in every state, once facts have come in.
func (s *step) whenever(k *Case, w *Workflow) (bool, error) {
	if k.Phase == Closed || k.Phase == Settling || k.Phase == Doing {
		return false, nil
	}
	for _, u := range w.Whenever {
		if u.Event != "" || u.To == k.State {
			continue
		}
		if ok, why := s.holds(k, w, u.When, nil); ok {
			s.why("whenever %s", why)
			s.withdraw(k)
			return true, s.goTo(k, w, u.To)
		}
	}
	return false, nil
}

func (s *step) letter(what string, d EffectDone) {
	s.letters = append(s.letters, Letter{Event: s.e, Reason: fmt.Sprintf("%s: %s after %d attempts %s", what, d.Result, d.Attempt, d.Reason)})
}
