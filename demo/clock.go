package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/settle-chat/settle/policy"
)

// Clock is the demo's time: it runs as any clock does, from where it was set, and can be moved forward.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration // guarded by mu
}

// NewClock runs from start.
func NewClock(start time.Time) *Clock { return &Clock{offset: time.Until(start)} }

// Morning is ten o'clock of a working day where the demo's customers live, today's or the next: a bank may write then.
func Morning(now time.Time) time.Time {
	z, err := policy.Zone(zone)
	if err != nil {
		z = time.UTC
	}
	now = now.In(z)
	for now.Weekday() == time.Saturday || now.Weekday() == time.Sunday {
		now = now.AddDate(0, 0, 1)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 10, 0, 0, 0, z)
}

// Now is the demo's time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()).UTC() }

// Offset is how far the demo's time is from the machine's.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

func (c *Clock) forward(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += max(by, 0)
}

// mostSteps bounds how much may be due on the way: a demo with a thousand cases has some thousands of timers in a day.
const mostSteps = 100_000

// Advance moves the clock forward, stopping at each time at which something is due on the way, as if the time had passed.
func (d *Demo) Advance(ctx context.Context, by time.Duration) error {
	d.moving.Lock() // one hand on the clock at a time
	defer d.moving.Unlock()
	return d.advance(ctx, by)
}

// advance is Advance; moving is held.
func (d *Demo) advance(ctx context.Context, by time.Duration) error {
	defer d.changes.Tell()
	if err := d.settle(ctx); err != nil { // what is being done now was not due on the way
		return err
	}
	until := d.Clock.Now().Add(by)
	for range mostSteps {
		next, found, err := d.next(ctx)
		if err != nil {
			return err
		}
		now := d.Clock.Now()
		if !found || next.After(until) {
			d.Clock.forward(until.Sub(now))
			return d.settle(ctx)
		}
		d.Clock.forward(next.Sub(now) + time.Millisecond)
		if err := d.settle(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("move the clock by %s: more than %d things were due on the way", by, mostSteps)
}

// Skip moves the clock to when something is due next, and says whether anything was.
func (d *Demo) Skip(ctx context.Context) (bool, error) {
	d.moving.Lock()
	defer d.moving.Unlock()
	next, found, err := d.next(ctx)
	if err != nil || !found {
		return false, err
	}
	return true, d.advance(ctx, next.Sub(d.Clock.Now())+time.Millisecond)
}

// next is when the engine or the network next has something to do.
func (d *Demo) next(ctx context.Context) (time.Time, bool, error) {
	next, found, err := d.store.Next(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	for _, due := range []func() (time.Time, bool){d.network.Due, d.crowd.Due} {
		if at, ok := due(); ok && (!found || at.Before(next)) {
			next, found = at, true
		}
	}
	return next, found, nil
}

// settle does everything that is due now, and waits for it.
func (d *Demo) settle(ctx context.Context) error {
	for range 100 {
		if err := d.bot.Quiet(ctx); err != nil {
			return err
		}
		next, found, err := d.next(ctx)
		if err != nil {
			return err
		}
		if !found || next.After(d.Clock.Now()) {
			return nil
		}
		if err := d.network.Attend(ctx); err != nil {
			return err
		}
		if err := d.crowd.Attend(ctx); err != nil {
			return err
		}
		if err := d.bot.Attend(ctx); err != nil {
			return err
		}
	}
	return nil // a system that is down asks for another try again and again: that is the engine's own business
}
