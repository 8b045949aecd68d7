package simulator

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/message"
)

// Attend does what is due by now, and what follows from it by now: messages arrive, webhooks come. Its error is the first
// that Deliver answered with; that webhook comes again.
func (n *Network) Attend(ctx context.Context) error {
	now := n.o.Now()
	if n.o.Hands <= 1 {
		return n.work(ctx, now)
	}
	errs := make([]error, n.o.Hands)
	var hands sync.WaitGroup
	for i := range errs {
		hands.Go(func() { errs[i] = n.work(ctx, now) })
	}
	hands.Wait()
	return firstOf(errs...)
}

// work sees to one telephone after the other until nothing is due.
func (n *Network) work(ctx context.Context, now time.Time) (failed error) {
	for ctx.Err() == nil {
		w, ok := n.pop(now)
		if !ok {
			return failed
		}
		failed = firstOf(failed, n.run(ctx, w.phone, w.at))
	}
	return firstOf(failed, ctx.Err())
}

func (n *Network) pop(now time.Time) (wake, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w, ok := n.first()
	if !ok || w.at.After(now) {
		return wake{}, false
	}
	heap.Pop(&n.wakes)
	return w, true
}

// run does what is due on a telephone until a time, in order. Whoever finds somebody at it leaves that to them: a webhook
// may lead to a send, and that to a webhook.
func (n *Network) run(ctx context.Context, p *phone, until time.Time) (failed error) {
	if !n.begin(p, until) {
		return nil
	}
	finished := false
	defer func() {
		if !finished { // ctx has ended, or Deliver has panicked: the next who looks goes on
			n.leave(p)
		}
	}()
	for ctx.Err() == nil {
		j, ok := n.next(p)
		if !ok {
			finished = true
			return failed
		}
		failed = firstOf(failed, n.do(ctx, p, j))
	}
	return firstOf(failed, ctx.Err())
}

func (n *Network) begin(p *phone, until time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.until.Before(until) {
		p.until = until
	}
	if p.busy {
		return false
	}
	p.busy = true
	return true
}

// next takes the next job on a telephone; where none is due that is the end of its run.
func (n *Network) next(p *phone) (job, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(p.jobs) == 0 || p.jobs[0].at.After(p.until) {
		p.busy, p.until = false, time.Time{}
		n.first() // what was done before its wake came leaves none behind, even where nobody attends
		return job{}, false
	}
	j := p.jobs[0]
	p.jobs = slices.Delete(p.jobs, 0, 1)
	return j, true
}

// leave ends a run that isn't finished.
func (n *Network) leave(p *phone) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wakeAt(p, p.until) // those until then may have been taken from the heap
	p.busy, p.until = false, time.Time{}
}

// do does one job.
func (n *Network) do(ctx context.Context, p *phone, j job) error {
	if j.hook != nil {
		return n.deliver(ctx, p, j)
	}
	n.mu.Lock()
	before := j.step.Status
	n.advance(p, j.step, j.at)
	arrived := before != j.step.Status && j.step.Status == message.Delivered
	b := p.show(j.step)
	n.mu.Unlock()
	if arrived && n.o.Shown != nil {
		n.o.Shown(ctx, p.address, b)
	}
	return nil
}

// A webhook that isn't answered comes again after longer and longer, and in the end no more.
const (
	againAfter = time.Second
	againMost  = time.Minute
	mostTries  = 20
)

// deliver makes one webhook call.
func (n *Network) deliver(ctx context.Context, p *phone, j job) error {
	err := n.o.Deliver(ctx, *j.hook)
	now := n.o.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.counts.Webhooks++
	if err == nil {
		if j.said != nil {
			n.mark(p, j.said, message.Delivered, now)
		}
		return nil
	}
	j.tries++
	j.at = now.Add(min(againAfter<<(j.tries-1), againMost))
	switch {
	case j.tries < mostTries:
		n.later(p, j)
	case j.said != nil:
		n.fail(p, j.said, now)
	}
	return fmt.Errorf("deliver a webhook, try %d of %d: %w", j.tries, mostTries, err)
}

// fail gives a customer's message up; mu is held.
func (n *Network) fail(p *phone, b *bubble, now time.Time) {
	n.mark(p, b, message.Failed, now)
	if b.Status == message.Failed { // else a copy of it has arrived
		b.Failure = "the bank's side never took it"
	}
}

// poll is how often Run looks at a clock that may have been moved.
const poll = 250 * time.Millisecond

// Run attends until ctx ends.
func (n *Network) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		case <-timer.C:
		}
		if err := n.Attend(ctx); err != nil && ctx.Err() == nil && n.o.Problem != nil {
			n.o.Problem(err)
		}
		if at, ok := n.Due(); ok {
			timer.Reset(min(max(at.Sub(n.o.Now()), 0), poll))
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
