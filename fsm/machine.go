package fsm

import (
	"context"
	"errors"
	"fmt"
	"sync"

	looplab "github.com/looplab/fsm"

	"github.com/settle-chat/settle/fsm/answer"
)

// machine is the state machine of one workflow over looplab/fsm: it knows every declared arrow and refuses all others, so
// that no step, however wrong, moves a case along an arrow that nobody reviewed. Its rules are compiled once; machines
// are pooled, since making one is 17 times dearer than setting its state.
type machine struct {
	pool sync.Pool
}

// moves is the workflow's machine, compiled at its first use.
func (w *Workflow) moves() *machine {
	w.compile.Do(func() { w.machine = newMachine(w) })
	return w.machine
}

// begun is the source of the first arrow: a case that has not begun.
const begun = "(new)"

// newMachine compiles w's arrows. An event of the machine is named like its destination.
func newMachine(w *Workflow) *machine {
	from := make(map[string]map[string]bool) // destination -> sources
	arrow := func(src, dst string) {
		if dst == "" {
			return
		}
		if from[dst] == nil {
			from[dst] = make(map[string]bool)
		}
		from[dst][src] = true
	}
	arrow(begun, w.Start)
	for name, s := range w.States {
		for _, to := range s.Arrows() {
			arrow(name, to)
		}
		if r := w.silenceOf(s); r != nil {
			arrow(name, r.Then)
		}
	}
	// A case may also be asked who is replying, expire, be paid or be handed over before it has begun.
	for _, name := range append(w.names(), begun) {
		if w.Silence != nil {
			arrow(name, w.Silence.Then)
		}
		for _, u := range w.Whenever {
			arrow(name, u.To)
		}
		arrow(name, "expired")
		arrow(name, w.MenuState())
		for x := range w.Exceptions {
			arrow(name, x)
		}
	}
	for name, x := range w.Exceptions {
		switch x.Back {
		case "":
			for s := range w.States {
				arrow(name, s)
			}
		case Never:
		default:
			arrow(name, x.Back)
		}
		for o := range w.Outcomes {
			arrow(name, o) // an agent resolves
		}
	}
	for _, e := range w.ends() {
		if e.Undo == nil {
			continue
		}
		arrow(e.name, e.Undo.To)
		if w.Exceptions[e.name] != nil { // the case may have gone on since
			for s := range w.States {
				arrow(s, e.Undo.To)
			}
		}
	}
	events := make(looplab.Events, 0, len(from))
	for dst, sources := range from {
		e := looplab.EventDesc{Name: dst, Dst: dst}
		for src := range sources {
			e.Src = append(e.Src, src)
		}
		events = append(events, e)
	}
	m := &machine{}
	m.pool.New = func() any { return looplab.NewFSM(begun, events, looplab.Callbacks{}) }
	return m
}

// move says whether the arrow from src to dst is declared. Staying is always allowed.
func (m *machine) move(src, dst string) error {
	if src == "" {
		src = begun
	}
	if src == dst {
		return nil
	}
	machine := m.pool.Get().(*looplab.FSM)
	defer m.pool.Put(machine)
	machine.SetState(src)
	err := machine.Event(context.Background(), dst)
	if err == nil || errors.As(err, new(looplab.NoTransitionError)) {
		return nil
	}
	return fmt.Errorf("move from %q to %q: no such arrow in the workflow: %w", src, dst, err)
}

// Arrows are the names that a state's own file lines lead to.
func (s *State) Arrows() []string {
	all := []string{s.To, s.Else, s.Otherwise}
	for _, o := range s.Options {
		all = append(all, o.To)
	}
	for _, b := range s.Decide {
		all = append(all, b.To)
	}
	for _, w := range s.Wait {
		all = append(all, w.To)
	}
	if t := s.Then; t != nil {
		all = append(all, t.OK, t.DeclinedElse, t.Else)
		for _, to := range t.Declined {
			all = append(all, to)
		}
	}
	if s.Times != nil {
		all = append(all, s.Times.Then)
	}
	kept := all[:0]
	for _, to := range all {
		if to != "" {
			kept = append(kept, to)
		}
	}
	return kept
}

// Never is an exception's back where the thread doesn't go on.
const Never = "never"

// Speaks says whether the workflow has texts in a language.
func (w *Workflow) Speaks(tag string) bool {
	l, err := answer.LocaleFor(tag)
	return err == nil && w.Texts[l.Language] != nil
}

// MenuState is where MENU leads: the state named menu, else the start.
func (w *Workflow) MenuState() string {
	if _, ok := w.States["menu"]; ok {
		return "menu"
	}
	return w.Start
}

// Waits says whether a state waits for the customer.
func (s *State) Waits() bool {
	switch s.Kind {
	case SayState, AskState, OfferState, ConfirmState, SignState:
		return true
	}
	return false
}

// silenceOf is the rule that bounds a state's waiting: its own, else the workflow's.
func (w *Workflow) silenceOf(s *State) *Silence {
	if s.Silence != nil {
		return s.Silence
	}
	return w.Silence
}

// names are all states, outcomes and exceptions: one namespace.
func (w *Workflow) names() []string {
	all := make([]string, 0, len(w.States)+len(w.Outcomes)+len(w.Exceptions))
	for n := range w.States {
		all = append(all, n)
	}
	for n := range w.Outcomes {
		all = append(all, n)
	}
	for n := range w.Exceptions {
		all = append(all, n)
	}
	return all
}
