package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/settle-chat/settle/fsm"
)

// coverage is what of a workflow its transcript has been through.
type coverage struct {
	states, options, exceptions map[string]bool
}

func newCoverage(w *fsm.Workflow) *coverage {
	c := &coverage{states: map[string]bool{}, options: map[string]bool{}, exceptions: map[string]bool{}}
	for name, s := range w.States {
		c.states[name] = false
		for _, o := range s.Options {
			c.options[name+"/"+o.ID] = false
		}
	}
	for name := range w.Exceptions {
		c.exceptions[name] = false
	}
	return c
}

// entry marks what one journal entry of the workflow's own case has been through.
func (c *coverage) entry(e fsm.Entry) {
	for _, name := range e.Path {
		mark(c.states, name)
		mark(c.exceptions, name)
	}
	if e.Chose != "" {
		mark(c.options, e.From+"/"+e.Chose)
	}
}

func mark(m map[string]bool, name string) {
	if _, ok := m[name]; ok {
		m[name] = true
	}
}

// print writes the coverage and what is missing; true where it is everything.
func (c *coverage) print(out io.Writer, name string) bool {
	var parts, missing []string
	for _, part := range []struct {
		name string
		of   map[string]bool
	}{{"states", c.states}, {"options", c.options}, {"exceptions", c.exceptions}} {
		n := 0
		for _, k := range slices.Sorted(maps.Keys(part.of)) {
			if part.of[k] {
				n++
				continue
			}
			missing = append(missing, k)
		}
		parts = append(parts, fmt.Sprintf("%s %d/%d", part.name, n, len(part.of)))
	}
	fmt.Fprintf(out, "%-20s %s\n", name, strings.Join(parts, "  "))
	if len(missing) > 0 {
		fmt.Fprintf(out, "  not covered: %s\n", strings.Join(missing, ", "))
	}
	return len(missing) == 0
}

// difference shows where what happens isn't what is written.
func difference(file, written, played string) string {
	return string(diff.Diff(file, []byte(written), file+" as played", []byte(played)))
}
