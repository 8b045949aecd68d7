package bench

import (
	"context"
	"fmt"
)

// Growth is how the time of a webhook changes as conversations become more.
type Growth struct {
	Levels []Level `json:"levels"`
	Ratio  float64 `json:"ratio"` // the last level's p50 to the first one's
}

// Level is the time of a webhook among so many conversations.
type Level struct {
	Conversations int     `json:"conversations"`
	P50           float64 `json:"p50_ms"`
	P99           float64 `json:"p99_ms"`
}

// flat is by how much the time may have grown to count as flat, on a machine that is never quite still.
const flat = 1.5

// Aims are what it is measured against.
func (g Growth) Aims() []Aim {
	return []Aim{{fmt.Sprintf("growth: flat, the last p50 within %.1f of the first", flat), g.Ratio < flat}}
}

// Rows are the figures for people.
func (g Growth) Rows() []Row {
	most := 0.0
	for _, l := range g.Levels {
		most = max(most, l.P50)
	}
	var rows []Row
	for _, l := range g.Levels {
		rows = append(rows, Row{fmt.Sprintf("among %d conversations, p50, p99", l.Conversations), fmt.Sprintf("%.2f, %.2f ms", l.P50, l.P99), l.P50 / max(most, 1e-9)})
	}
	return append(rows, Row{"the last to the first", fmt.Sprintf("%.2f", g.Ratio), 0})
}

const (
	growthConversations = 100_000 // where nothing else is asked for
	growthConnections   = 4       // so few that nobody waits for anybody
	growthWarm          = 50
	growthMessages      = 2_000 // at each level
)

// MeasureGrowth fills Redis step by step with conversations that wait, and measures webhooks at each. Most of the
// conversations are real documents that were recorded, under other keys; those that get a message are real ones.
func MeasureGrowth(ctx context.Context, o Options) (g Growth, err error) {
	w, err := newWorld(ctx, o)
	if err != nil {
		return g, err
	}
	defer w.close()
	m, err := w.model(ctx)
	if err != nil {
		return g, err
	}
	recorded, err := w.record(ctx, m)
	if err != nil {
		return g, err
	}
	real, err := w.serve(false)
	if err != nil {
		return g, err
	}
	s := &side{world: w, address: real.address, number: realNumber, seed: func(ctx context.Context, from, n int) error { return w.seed(ctx, m, from, n) }}
	if s.load, err = w.newLoad(s.address, min(growthConnections, o.Connections)); err != nil {
		return g, err
	}
	if err := s.more(ctx, growthWarm); err != nil {
		return g, err
	}
	if _, err := s.run(ctx, o.For); err != nil {
		return g, err
	}
	filled := 0
	for _, level := range levels(o.Conversations) {
		messages := min(growthMessages, level/2)
		if err := s.more(ctx, messages); err != nil {
			return g, err
		}
		if more := level - filled - s.used; more > 0 {
			o.Say("%d more conversations are written", more)
			if err := w.seedRaw(ctx, recorded, filled, more); err != nil {
				return g, err
			}
			filled += more
		}
		// What was connected before a million were written has been idle for too long.
		if s.load, err = w.newLoad(s.address, min(growthConnections, o.Connections)); err != nil {
			return g, err
		}
		measured, err := s.run(ctx, o.For)
		if err != nil {
			return g, err
		}
		g.Levels = append(g.Levels, Level{level, ms(quantile(measured.sorted(), .5)), ms(quantile(measured.each, .99))})
	}
	g.Ratio = g.Levels[len(g.Levels)-1].P50 / g.Levels[0].P50
	return g, nil
}

// levels are from a thousand, ten times as many each, up to the most asked for.
func levels(most int) (all []int) {
	if most == 0 {
		most = growthConversations
	}
	for n := 1000; n < most; n *= 10 {
		all = append(all, n)
	}
	return append(all, most)
}
