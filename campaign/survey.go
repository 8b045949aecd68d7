package campaign

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/store"
)

// Survey says what a launch would do, without doing it.
type Survey struct {
	Campaign  string  `json:"campaign"`
	Workflow  string  `json:"workflow"`
	Rows      int     `json:"rows"`
	Refused   int     `json:"refused"`
	Reasons   []Count `json:"reasons,omitempty"` // most frequent first
	LeftOut   []Count `json:"left_out,omitempty"`
	Enrolled  int     `json:"enrolled"` // by an earlier launch
	Open      int     `json:"open"`     // that this launch would add
	First     int     `json:"first,omitempty"`
	Channels  []Count `json:"channels,omitempty"`
	Languages []Count `json:"languages,omitempty"`

	Seconds int64 `json:"seconds,omitempty"` // what that takes at the campaign's pace; zero where it has none
}

// Takes is how long the launch takes at the campaign's pace.
func (s Survey) Takes() time.Duration { return time.Duration(s.Seconds) * time.Second }

// Count is how many rows have something in common.
type Count struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

type counts map[string]int

func (c counts) list() (list []Count) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		list = append(list, Count{name, c[name]})
	}
	slices.SortStableFunc(list, func(a, b Count) int { return cmp.Compare(b.Rows, a.Rows) })
	return list
}

// Survey reads the whole audience and writes the refused rows; nobody is enrolled.
func (l *Launcher) Survey(ctx context.Context, p *Plan) (Survey, error) {
	s := Survey{Campaign: p.Name, Workflow: p.workflow.Name}
	file := &refusedFile{path: p.RefusedCSV()}
	defer file.drop()
	var mu sync.Mutex // of what the hands count
	reasons, left, channels, languages := counts{}, counts{}, counts{}, counts{}
	h := begin(ctx, func(ctx context.Context, r Row) error {
		_, err := l.Store.FindCase(ctx, l.Store.CaseID(r.Request.Source, r.Request.ID))
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			s.Enrolled++
		case errors.Is(err, store.ErrNotFound):
			s.Open++
			channels[r.Request.Addresses[0].Channel()]++
			languages[r.Request.Language]++
			if p.first[r.Request.ID] {
				s.First++
			}
		default:
			return err
		}
		return nil
	})
	found := map[string]bool{}
	err := l.pass(ctx, p, func(r Row) error {
		s.Rows++
		switch {
		case r.Refused != nil:
			s.Refused++
			reasons[r.Refused.Reason]++
			file.add(r, r.Refused)
		case r.LeftOut != "":
			left[r.LeftOut]++
		default:
			if p.first[r.Request.ID] {
				found[r.Request.ID] = true
			}
			return h.give(r)
		}
		return nil
	})
	if err := h.end(err); err != nil {
		return Survey{}, err
	}
	if err := file.close(); err != nil {
		return Survey{}, err
	}
	if err := p.missingFirst(found); err != nil {
		return Survey{}, err
	}
	s.Reasons, s.LeftOut, s.Channels, s.Languages = reasons.list(), left.list(), channels.list(), languages.list()
	if rate := p.Pace.Rate.Second(); rate > 0 {
		s.Seconds = int64(float64(s.Open)/rate + 0.5)
	}
	return s, nil
}
