package fsm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/policy"
)

// mostHops bounds the states entered by one event: a workflow that decides in circles is a fault, not a loop.
const mostHops = 64

// goTo moves a case to a state, outcome or exception, and on through all that needs nobody, until it waits or ends.
func (s *step) goTo(k *Case, w *Workflow, name string) error {
	if k.Exception != "" && name == "cannot-verify" { // nobody but an UNDO asks who replies beside a handoff
		return s.notUndone(k, w)
	}
	s.unblock(k)
	for name != "" {
		if s.hops++; s.hops > mostHops {
			return faulty(k, fmt.Errorf("case of workflow %s enters more than %d states at %q: break the circle", w.Name, mostHops, name))
		}
		next, err := s.enter(k, w, name)
		if err != nil {
			return err
		}
		name = next
	}
	return nil
}

// enter makes name the case's place, and says where to go at once. It may not get in: who is replying may have to be
// asked first, or a fact looked up; the case then resumes here.
func (s *step) enter(k *Case, w *Workflow, name string) (string, error) {
	if need := s.demanded(w, name); need > policy.Anyone {
		if at := s.standing(k); at.Level < need {
			s.why("%s needs %s, now %s", name, need, at.Level)
			return "", s.challenge(k, w, name, need)
		}
	}
	st := w.States[name]
	if waiting, failed := s.refresh(k, w, w.usesAt(name), name); waiting {
		return "", nil
	} else if failed != "" {
		s.why("%s can't be looked up: %s is not entered", failed, name)
		return stuck, nil
	}
	if err := w.moves().move(k.State, name); err != nil {
		return "", err
	}
	if k.State != name {
		s.why("to %s", name)
	}
	s.leave(k)
	k.State = name
	s.path = append(s.path, name)
	switch {
	case w.Outcomes[name] != nil:
		return "", s.end(k, w, w.Outcomes[name])
	case w.Exceptions[name] != nil:
		return "", s.block(k, w, w.Exceptions[name])
	case st == nil:
		return "", faulty(k, fmt.Errorf("workflow %s has nothing named %q", w.Name, name))
	}
	k.Phase, k.Outcome = Running, ""
	if st.Times != nil {
		if k.Visits == nil {
			k.Visits = make(map[string]int)
		}
		if k.Visits[name]++; k.Visits[name] > st.Times.Most {
			s.why("%s was entered more than %d times", name, st.Times.Most)
			return st.Times.Then, nil
		}
	}
	if err := s.tellSystems(k, w, st.Also); err != nil {
		return "", err
	}
	return s.perform(k, w, st)
}

// demanded is what must stand before name is entered. A person is given a case whoever is replying: what an exception
// would show or write is held back instead. An author's own exception is a step that the customer takes.
func (s *step) demanded(w *Workflow, name string) policy.Assurance {
	if w.Exceptions[name] != nil && slices.Contains(engineExceptions, name) {
		return policy.Anyone
	}
	return w.NeedsAt(name)
}

// engineExceptions are those that the engine itself leads to.
var engineExceptions = []string{"cannot-verify", "asked-for-agent", "not-understood", "writeback-failed", stuck}

// tellSystems makes the changes that nobody waits for. All their inputs are known before the first is wanted.
func (s *step) tellSystems(k *Case, w *Workflow, calls []*Call) error {
	for _, call := range calls {
		if _, err := s.inputs(k, w, call); err != nil {
			return err
		}
	}
	for _, call := range calls {
		if err := s.writeBack(k, w, call, ForNobody); err != nil {
			return err
		}
	}
	return nil
}

// leave ends what the state before was waiting for.
func (s *step) leave(k *Case) {
	k.Move++
	k.Missed, k.Nudges = 0, 0
	k.Resume, k.Pick, k.Waiters, k.Looked = "", "", nil, nil
	k.Doing = ""
	s.cancel(k.ID, "silence")
	s.cancel(k.ID, "wait")
	s.cancel(k.ID, "settling")
	if s.c.Challenge != nil && s.c.Challenge.Case == k.ID {
		s.c.Challenge = nil
	}
}

// perform does the one thing that a state does.
func (s *step) perform(k *Case, w *Workflow, st *State) (string, error) {
	switch st.Kind {
	case DecideState:
		for _, b := range st.Decide {
			if ok, why := s.holds(k, w, b.When, nil); ok {
				s.why("%s: %s", st.Name, why)
				return b.To, nil
			}
		}
		return "", faulty(k, fmt.Errorf("state %q decides nothing: its last line needs no when", st.Name))
	case DoState:
		return "", s.do(k, w, st)
	case WaitState:
		for _, f := range st.Wait {
			if f.After > 0 {
				s.set(k.ID, "wait", s.now.Add(f.After))
			}
		}
		if st.Say == "" {
			return "", nil
		}
		return "", s.say(k, w, st.Say)
	case AskState:
		if done, err := s.leftover(k, w, st); done || err != nil {
			return st.To, err
		}
	}
	return s.present(k, w, st, "")
}

// present asks what a state asks, or leads on where there is nothing to choose from.
func (s *step) present(k *Case, w *Workflow, st *State, hint string) (string, error) {
	if st.Kind == SayState || st.Kind == OfferState {
		shown, err := s.shown(k, w, st)
		if err != nil {
			return "", err
		}
		if len(shown) == 0 && (len(st.Options) > 0 || st.Kind == OfferState) {
			s.why("nothing can be offered in %s", st.Name)
			if st.Otherwise != "" {
				return st.Otherwise, nil
			}
			return stuck, nil
		}
	}
	return "", s.ask(k, w, st, hint)
}

// refresh looks up what is missing or older than it may be. waiting: a lookup is on its way, and the case resumes at
// name; failed: the lookup that was tried in vain.
func (s *step) refresh(k *Case, w *Workflow, uses []string, name string) (waiting bool, failed string) {
	var operations []string
	for _, use := range uses {
		from, fresh := w.source(use)
		if !strings.Contains(from, ".") {
			continue
		}
		f, known := k.Facts[use]
		if known && (fresh == 0 || s.now.Sub(f.At) < fresh) {
			continue
		}
		if tried := k.Looked[name+" "+from]; tried != 0 {
			if tried < 0 {
				failed = from
			}
			continue // looked up for this very place: what it didn't bring isn't there
		}
		if !slices.Contains(operations, from) {
			operations = append(operations, from)
		}
	}
	if failed != "" || len(operations) == 0 {
		return false, failed
	}
	k.Resume, k.Phase, k.Waiters = name, Looking, nil
	if k.Looked == nil {
		k.Looked = make(map[string]int)
	}
	for _, op := range operations {
		system, operation, _ := strings.Cut(op, ".")
		in := map[string]string{}
		if d := w.Operations[op]; d != nil {
			if _, ok := d.In["ref"]; ok {
				in["ref"] = k.Ref
			}
		}
		k.Looked[name+" "+op] = 1
		id := s.effect(Effect{Case: k.ID, Lane: "system/" + system, LookUp: &LookUp{System: system, Operation: operation, In: in}})
		k.Waiters = append(k.Waiters, id)
		s.why("looking up %s", op)
	}
	return true, ""
}

// do runs a state's operation.
func (s *step) do(k *Case, w *Workflow, st *State) error {
	// The phase changes only once the change is wanted: a case never waits for what isn't on its way.
	if d := w.Operations[st.Do.Operation]; d != nil && d.Lookup {
		in, err := s.inputs(k, w, st.Do)
		if err != nil {
			return err
		}
		system, operation, _ := strings.Cut(st.Do.Operation, ".")
		k.Phase = Doing
		s.set(k.ID, "settling", s.now.Add(moment))
		k.Doing = s.effect(Effect{Case: k.ID, Lane: "system/" + system, LookUp: &LookUp{System: system, Operation: operation, In: in}})
		return nil
	}
	if err := s.writeBack(k, w, st.Do, ForState); err != nil {
		return err
	}
	k.Phase = Doing
	s.set(k.ID, "settling", s.now.Add(moment))
	return nil
}

// writeBack wants one change of a system of record.
func (s *step) writeBack(k *Case, w *Workflow, call *Call, what WriteFor) error {
	in, err := s.inputs(k, w, call)
	if err != nil {
		return err
	}
	system, operation, _ := strings.Cut(call.Operation, ".")
	id := s.effect(Effect{Case: k.ID, Lane: "system/" + system, WriteBack: &WriteBack{System: system, Operation: operation, In: in, For: what}})
	if what != ForNobody {
		k.Doing = id
	}
	s.why("writing back %s", call.Operation)
	return nil
}

// inputs are the values of a call, in canonical text. The bank's reference is given wherever it is declared.
func (s *step) inputs(k *Case, w *Workflow, call *Call) (map[string]string, error) {
	in := make(map[string]string, len(call.With)+1)
	if d := w.Operations[call.Operation]; d != nil {
		if _, ok := d.In["ref"]; ok {
			in["ref"] = k.Ref
		}
	}
	for _, name := range keys(call.With) {
		v, err := call.With[name].Eval(s.vars(k, w, nil))
		if err != nil {
			return nil, faulty(k, fmt.Errorf("input %s of %s: %w", name, call.Operation, err))
		}
		in[name] = v.String()
	}
	return in, nil
}
