package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// Workflow is one workflow and what happens in it.
type Workflow struct {
	Name   string
	Events []Event
}

// Event is one event and what it is stepped from.
type Event struct {
	Library *fsm.Library
	Before  fsm.Conversation
	Event   fsm.Event
}

// Step is what a step costs, without its store.
type Step struct {
	Workflows []Cost  `json:"workflows"`
	Ns        float64 `json:"ns"` // the dearest workflow's
}

// Cost is what a step costs in one workflow.
type Cost struct {
	Workflow string  `json:"workflow"`
	Events   int     `json:"events"` // different ones, measured over and over
	Ns       float64 `json:"ns_per_event"`
	Allocs   float64 `json:"allocs_per_event"`
	Bytes    float64 `json:"bytes_per_event"`
}

// Aims are what it is measured against.
func (s Step) Aims() []Aim {
	return []Aim{{"step: under 20 µs an event in each workflow", s.Ns < 20_000}}
}

// Rows are the figures for people.
func (s Step) Rows() []Row {
	var rows []Row
	for _, w := range s.Workflows {
		rows = append(rows, Row{
			fmt.Sprintf("%s, %d events, %.0f allocations", w.Workflow, w.Events, w.Allocs), fmt.Sprintf("%.1f µs", w.Ns/1000), w.Ns / max(s.Ns, 1),
		})
	}
	return rows
}

// MeasureStep steps all events of each workflow over and over. What a step is given was worked out before.
func MeasureStep(ctx context.Context, o Options, all []Workflow) (Step, error) {
	var s Step
	for _, w := range all {
		o.Say("%s: %d events", w.Name, len(w.Events))
		c, err := cost(ctx, w, o.For/time.Duration(len(all)))
		if err != nil {
			return s, err
		}
		s.Workflows, s.Ns = append(s.Workflows, c), max(s.Ns, c.Ns)
	}
	return s, nil
}

func cost(ctx context.Context, w Workflow, d time.Duration) (Cost, error) {
	if len(w.Events) == 0 {
		return Cost{}, fmt.Errorf("%w: nothing happens in %s", ErrVoid, w.Name)
	}
	stepAll := func() error {
		for i := range w.Events {
			e := &w.Events[i]
			if _, err := fsm.Step(e.Library, e.Before, e.Event); err != nil && !errors.Is(err, fsm.ErrDuplicate) {
				return fmt.Errorf("%w: an event of %s can't be stepped", ErrVoid, w.Name)
			}
		}
		return nil
	}
	if err := stepAll(); err != nil { // pools and caches are filled
		return Cost{}, err
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	rounds, began := 0, time.Now()
	for rounds == 0 || time.Since(began) < d {
		if err := errors.Join(ctx.Err(), stepAll()); err != nil {
			return Cost{}, err
		}
		rounds++
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	n := float64(rounds * len(w.Events))
	return Cost{
		Workflow: w.Name, Events: len(w.Events), Ns: float64(took.Nanoseconds()) / n,
		Allocs: float64(after.Mallocs-before.Mallocs) / n, Bytes: float64(after.TotalAlloc-before.TotalAlloc) / n,
	}, nil
}
