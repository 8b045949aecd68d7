package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// Launcher enrols audiences. Its bot only commits: what a case makes due is left to those that run.
type Launcher struct {
	Store    *store.Store
	Bot      *bot.Bot
	Progress func(Progress) // nil: nobody looks

	// Sleep waits, or returns ctx's error; nil: by the machine's clock, which Clock is too.
	Sleep func(ctx context.Context, d time.Duration) error
	Clock func() time.Time
}

// Progress is how far a launch has come.
type Progress struct {
	Done   int  // rows that were to be enrolled, now or by an earlier launch
	Paused bool // it waits for settle resume
}

// Result is what a launch has done.
type Result struct {
	Opened  int  `json:"opened"`  // cases opened
	Existed int  `json:"existed"` // rows that an earlier launch had enrolled
	LeftOut int  `json:"left_out"`
	Refused int  `json:"refused"`
	Trying  bool `json:"trying,omitempty"` // only those to be tried first: the others wait for resume
}

// What stops a launch.
var (
	ErrPaused    = errors.New("it is paused")
	ErrCancelled = errors.New("it was cancelled, which is for good: another name launches anew, but for rows whose case is still open")
	ErrNotToday  = errors.New("not on this day")
)

// Launch enrols the audience's rows at the campaign's pace. It stops between rows where the campaign is paused, and ends
// where it is cancelled or its last day is over. Whatever ends it, launching again goes on.
func (l *Launcher) Launch(ctx context.Context, p *Plan) (Result, error) {
	n := &launch{Launcher: l, plan: p, refused: &refusedFile{path: p.RefusedCSV()}}
	defer n.refused.drop()
	if err := n.begin(ctx); err != nil {
		return Result{}, fmt.Errorf("launch campaign %s: %w", p.Name, err)
	}
	if err := n.enrol(ctx); err != nil {
		return n.result, fmt.Errorf("launch campaign %s, %d cases opened: %w", p.Name, n.result.Opened, err)
	}
	if n.trying {
		n.result.Trying = true
		_, err := l.Store.CampaignTried(ctx, p.Name)
		return n.result, err
	}
	return n.result, n.refused.close()
}

// launch is one launch under way.
type launch struct {
	*Launcher
	plan    *Plan
	refused *refusedFile

	trying bool      // only those to be tried first are enrolled
	next   time.Time // when the next row may be enrolled
	looked time.Time // when the campaign's status was last read

	mu     sync.Mutex
	done   int    // guarded by mu; rows that an attempt was made to enrol
	result Result // guarded by mu
}

func (n *launch) begin(ctx context.Context) error {
	p := n.plan
	var every time.Duration
	if rate := p.Pace.Rate.Second(); rate > 0 {
		every = time.Duration(float64(time.Second) / rate)
	}
	now, err := n.Store.Now(ctx)
	if err != nil {
		return err
	}
	if err := p.today(now); err != nil {
		return err
	}
	c, err := n.Store.BeginCampaign(ctx, p.Name, p.workflow.Name, every)
	if err != nil {
		return err
	}
	n.trying = len(p.first) > 0 && !c.Tried
	return standing(c)
}

// standing is why a campaign that stands so doesn't go on.
func standing(c store.Campaign) error {
	switch c.Status {
	case store.CampaignCancelled:
		return ErrCancelled
	case store.CampaignPaused, store.CampaignTrying:
		return fmt.Errorf("%w: settle resume %s, then launch it again", ErrPaused, c.Name)
	}
	return nil
}

// today says whether a campaign may begin conversations on this day.
func (p *Plan) today(now time.Time) error {
	day := Day(now.UTC().Format(time.DateOnly))
	switch {
	case day < p.Pace.From:
		return fmt.Errorf("%w: it begins on %s", ErrNotToday, p.Pace.From)
	case p.Pace.Until != "" && day > p.Pace.Until:
		return fmt.Errorf("%w: its last day was %s", ErrNotToday, p.Pace.Until)
	}
	return nil
}

func (n *launch) enrol(ctx context.Context) error {
	h := begin(ctx, n.open)
	err := n.pass(ctx, n.plan, func(r Row) error {
		switch {
		case n.trying && !n.plan.first[r.Request.ID]:
			return nil
		case r.Refused != nil:
			n.refuse(r, r.Refused)
			return nil
		case r.LeftOut != "":
			n.count(func(t *Result) { t.LeftOut++ })
			return nil
		}
		if err := n.turn(ctx); err != nil {
			return err
		}
		return h.give(r)
	})
	return h.end(err)
}

// pass goes through the audience once.
func (l *Launcher) pass(ctx context.Context, p *Plan, do func(Row) error) error {
	for r, err := range l.Rows(ctx, p) {
		if err == nil {
			err = do(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lookEvery is how often a launch looks whether it was paused or cancelled.
const lookEvery = time.Second

// turn waits until the next row may be enrolled: at the pace, and while the campaign runs.
func (n *launch) turn(ctx context.Context) error {
	for n.clock().Sub(n.looked) >= lookEvery {
		now, err := n.Store.Now(ctx)
		if err != nil {
			return err
		}
		if err := n.plan.today(now); err != nil {
			return err
		}
		c, err := n.Store.Campaign(ctx, n.plan.Name)
		if err != nil {
			return err
		}
		if c.Status == store.CampaignCancelled {
			return ErrCancelled
		}
		if c.Status != store.CampaignPaused {
			n.looked = n.clock()
			break
		}
		n.tell(true)
		if err := n.sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
	rate := n.plan.Pace.Rate.Second()
	if rate == 0 {
		return nil
	}
	now := n.clock()
	if n.next.Before(now) {
		n.next = now
	}
	wait := n.next.Sub(now)
	n.next = n.next.Add(time.Duration(float64(time.Second) / rate))
	if wait <= 0 {
		return nil
	}
	return n.sleep(ctx, wait)
}

// open enrols one row.
func (n *launch) open(ctx context.Context, r Row) error {
	o, err := n.Bot.Open(ctx, r.Request)
	switch {
	case err == nil && o.Existed:
		n.count(func(t *Result) { t.Existed++ })
	case err == nil:
		n.count(func(t *Result) { t.Opened++ })
	case errors.Is(err, bot.ErrShared):
		n.refuse(r, refused("%s", sharedAddress))
	case errors.Is(err, bot.ErrOpen):
		n.refuse(r, refused("a case of workflow %s is open already", n.plan.workflow.Name))
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		if down := n.Store.Ping(ctx); down != nil {
			return fmt.Errorf("line %d: %w: launch it again once Redis answers, it goes on", r.Line, err)
		}
		n.refuse(r, refused("the case can't be opened, launch again to try once more: settle letters says why"))
	}
	n.mu.Lock()
	n.done++
	n.mu.Unlock()
	n.tell(false)
	return nil
}

func (n *launch) refuse(r Row, why *Refusal) {
	n.count(func(t *Result) { t.Refused++ })
	n.refused.add(r, why)
}

func (n *launch) count(one func(*Result)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	one(&n.result)
}

func (n *launch) tell(paused bool) {
	if n.Progress == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.Progress(Progress{Done: n.done, Paused: paused})
}

// missingFirst names those to be tried first that the audience doesn't have.
func (p *Plan) missingFirst(found map[string]bool) error {
	var ps fsm.Problems
	for i, ref := range p.TryFirst {
		if !found[ref] {
			ps = append(ps, p.places.Problem("try-first["+number(i)+"]", "no usable row of the audience has this reference"))
		}
	}
	return ps.Err()
}

func (l *Launcher) clock() time.Time {
	if l.Clock != nil {
		return l.Clock()
	}
	return time.Now()
}

func (l *Launcher) sleep(ctx context.Context, d time.Duration) error {
	if l.Sleep != nil {
		return l.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
