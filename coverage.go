package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// coverage is what of a workflow its transcript has been through: its states, its options and what may be said to a
// confirmation, its exceptions, its outcomes, and every way in which nobody answers. What a fragment brings and this
// workflow can never come to isn't counted.
type coverage struct {
	workflow                                        *fsm.Workflow
	states, options, exceptions, outcomes, silences map[string]bool
}

func newCoverage(w *fsm.Workflow) *coverage {
	c := &coverage{
		workflow: w, states: map[string]bool{}, options: map[string]bool{}, exceptions: map[string]bool{}, outcomes: map[string]bool{},
		silences: map[string]bool{},
	}
	waits := false
	for name, s := range w.States {
		c.states[name] = false
		for _, o := range s.Options {
			c.options[name+"/"+o.ID] = false
		}
		if s.Kind == fsm.ConfirmState || s.Kind == fsm.SignState {
			c.options[name+"/yes"], c.options[name+"/no"] = false, false
		}
		for _, f := range s.Wait {
			if f.After > 0 {
				c.silences[name+" after its time"] = false
			}
		}
		if s.Waits() {
			waits = true
			c.silences[silenceOf(s)] = false
		}
	}
	if w.Expires > 0 {
		c.silences["expiry"] = false
	}
	arrows := arrowsTo(w)
	for name, x := range w.Exceptions {
		if arrows[name] || engineLeadsTo(w, name, x, waits) {
			c.exceptions[name] = false
		}
	}
	for name := range w.Outcomes {
		if arrows[name] || name == "expired" {
			c.outcomes[name] = false
		}
	}
	return c
}

// silenceOf names the rule that a state's silence follows: its own, or the workflow's.
func silenceOf(s *fsm.State) string {
	if s.Silence != nil {
		return s.Name + " in silence"
	}
	return "silence"
}

// arrowsTo are the names that the workflow's own lines lead to.
func arrowsTo(w *fsm.Workflow) map[string]bool {
	to := map[string]bool{}
	for _, s := range w.States {
		for _, name := range s.Arrows() {
			to[name] = true
		}
		switch {
		case s.Silence != nil:
			to[s.Silence.Then] = true
		case s.Waits() && w.Silence != nil:
			to[w.Silence.Then] = true
		}
	}
	for _, u := range w.Whenever {
		to[u.To] = true
	}
	return to
}

// engineLeadsTo says whether the engine itself can hand a case of this workflow over by this exception.
func engineLeadsTo(w *fsm.Workflow, name string, x *fsm.Exception, waits bool) bool {
	looksUp, writes, asks := false, false, false
	for _, def := range w.Facts {
		looksUp = looksUp || strings.Contains(def.From, ".")
	}
	for _, s := range w.States {
		looksUp = looksUp || s.Do != nil
		asks = asks || s.Needs > policy.Anyone
	}
	for _, o := range w.Outcomes {
		writes = writes || o.Write != nil || o.Undo != nil
		asks = asks || o.Needs > policy.Anyone
	}
	for _, other := range w.Exceptions {
		writes = writes || other.Undo != nil
		asks = asks || other.Undo != nil // whoever undoes must still be recognised
	}
	switch name {
	case "asked-for-agent":
		return waits
	case "not-understood":
		return waits && x.After > 0
	case "cannot-verify":
		return asks
	case "writeback-failed":
		return writes
	case "stuck":
		return looksUp
	}
	return false
}

// entry marks what one journal entry has been through, if its case is of this workflow.
func (c *coverage) entry(e fsm.Entry, workflow string) {
	if workflow != c.workflow.Name {
		return
	}
	for _, name := range e.Path {
		mark(c.states, name)
		mark(c.exceptions, name)
		mark(c.outcomes, name)
	}
	if e.Chose != "" {
		mark(c.options, e.From+"/"+e.Chose)
	}
	for _, said := range []string{"yes", "no"} {
		if slices.Contains(e.Because, "said "+said) {
			mark(c.options, e.From+"/"+said)
		}
	}
	if slices.Contains(e.Because, "BACK") { // in a confirmation it says no
		mark(c.options, e.From+"/no")
	}
	if e.Event.Timer == nil || len(e.Path) == 0 {
		return
	}
	switch kind, _, _ := strings.Cut(e.Event.Timer.Timer, "#"); kind {
	case "silence":
		if s := c.workflow.States[e.From]; s != nil {
			mark(c.silences, silenceOf(s))
		}
	case "wait":
		mark(c.silences, e.From+" after its time")
	case "expires":
		mark(c.silences, "expiry")
	}
}

func mark(m map[string]bool, name string) {
	if _, ok := m[name]; ok {
		m[name] = true
	}
}

// print writes the coverage and what is missing; true where it is everything.
func (c *coverage) print(out io.Writer, scenes int) bool {
	var parts, missing []string
	for _, part := range []struct {
		name string
		of   map[string]bool
	}{
		{"states", c.states}, {"options", c.options}, {"exceptions", c.exceptions}, {"outcomes", c.outcomes}, {"silences", c.silences},
	} {
		n := 0
		for _, k := range slices.Sorted(maps.Keys(part.of)) {
			if part.of[k] {
				n++
				continue
			}
			missing = append(missing, strings.TrimSuffix(part.name, "s")+" "+k)
		}
		parts = append(parts, fmt.Sprintf("%s %d/%d", part.name, n, len(part.of)))
	}
	fmt.Fprintf(out, "%-16s %10s  %s\n", c.workflow.Name, count(scenes, "scene"), strings.Join(parts, "  "))
	for _, m := range missing {
		fmt.Fprintf(out, "  not covered: %s\n", m)
	}
	return len(missing) == 0
}

// difference shows where what happens isn't what is written.
func difference(file, written, played string) string {
	return string(diff.Diff(file, []byte(written), file+" as played", []byte(played)))
}
