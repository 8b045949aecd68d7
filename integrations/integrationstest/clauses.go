package integrationstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/integrations"
)

func replayed(ctx context.Context, s Subject) error {
	first := map[int]integrations.Receipt{}
	const changes = 3
	for round := range 3 { // the rounds are interleaved: a system that remembers only its last key fails
		for n := range changes {
			r, err := s.System.Apply(ctx, s.Change(n))
			if err != nil {
				return fmt.Errorf("round %d: Apply(change %d) = %w, want a receipt", round+1, n, err)
			}
			if round == 0 {
				first[n] = r
			} else if diff := cmp.Diff(first[n], r); diff != "" {
				return fmt.Errorf("round %d: another receipt for change %d than the first (-first +now):\n%s", round+1, n, diff)
			}
		}
	}
	return effects(ctx, s, changes)
}

func raced(ctx context.Context, s Subject) error {
	const callers = 32
	receipts, errs := make([]integrations.Receipt, callers), make([]error, callers)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range callers {
		wg.Go(func() {
			<-start
			receipts[i], errs[i] = s.System.Apply(ctx, s.Change(0))
		})
	}
	close(start)
	wg.Wait()
	last, err := s.System.Apply(ctx, s.Change(0))
	if err != nil {
		return fmt.Errorf("apply after %d at once = %w, want the first receipt", callers, err)
	}
	for i, err := range errs {
		// A system may say that the same key is under way; it may not say that the change is refused.
		if err != nil && kind(err) != "retry" && kind(err) != "unknown" {
			return fmt.Errorf("caller %d of %d: Apply = %s (%w), want a receipt, retry or unknown", i+1, callers, kind(err), err)
		}
		if diff := cmp.Diff(last, receipts[i]); err == nil && diff != "" {
			return fmt.Errorf("caller %d of %d got another receipt (-last +this):\n%s", i+1, callers, diff)
		}
	}
	return effects(ctx, s, 1)
}

func reused(ctx context.Context, s Subject) error {
	c := s.Change(0)
	first, err := s.System.Apply(ctx, c)
	if err != nil {
		return fmt.Errorf("apply gives %w, want a receipt", err)
	}
	if _, err := s.System.Apply(ctx, s.Other(c)); kind(err) != "permanent" {
		return fmt.Errorf("Apply(same key, other values) = %s (%w), want permanent", kind(err), err)
	} else if err := discreet(err, s.Other(c).In); err != nil {
		return err
	}
	again, err := s.System.Apply(ctx, c)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		return fmt.Errorf("Apply(the first values again) = %w, (-first +now):\n%s", err, diff)
	}
	return effects(ctx, s, 1)
}

func unknownOperation(ctx context.Context, s Subject) error {
	c := s.Change(0)
	c.Operation = "no-such-operation"
	if _, err := s.System.Apply(ctx, c); kind(err) != "permanent" {
		return fmt.Errorf("Apply(%s) = %s (%w), want permanent", c.Operation, kind(err), err)
	} else if err := discreet(err, c.In); err != nil {
		return err
	}
	r := s.Lookup
	r.Operation = "no-such-operation"
	if _, err := s.System.Find(ctx, r); kind(err) != "permanent" {
		return fmt.Errorf("Find(%s) = %s (%w), want permanent", r.Operation, kind(err), err)
	} else if err := discreet(err, r.In); err != nil {
		return err
	}
	return effects(ctx, s, 0)
}

func lookedUp(ctx context.Context, s Subject) error {
	for range 2 {
		got, err := s.System.Find(ctx, s.Lookup)
		if diff := cmp.Diff(s.Answer, got); err != nil || diff != "" {
			return fmt.Errorf("Find(%s) = %w, (-want +got):\n%s", s.Lookup.Operation, err, diff)
		}
	}
	return effects(ctx, s, 0)
}

func lookupErrors(ctx context.Context, s Subject) error {
	got, err := s.System.Find(ctx, s.Missing)
	if k := kind(err); k != "declined" && k != "permanent" {
		return fmt.Errorf("Find(what isn't there) = %v, %s (%w), want declined or permanent", got, k, err)
	} else if err := discreet(err, s.Missing.In); err != nil {
		return err
	}
	s.Fail(true)
	got, err = s.System.Find(ctx, s.Lookup)
	s.Fail(false)
	if kind(err) != "retry" { // a lookup changes nothing: it may always be tried again
		return fmt.Errorf("Find(while it fails) = %v, %s (%w), want retry", got, kind(err), err)
	}
	return discreet(err, s.Lookup.In)
}

func failed(ctx context.Context, s Subject) error {
	c := s.Change(0)
	s.Fail(true)
	_, err := s.System.Apply(ctx, c)
	s.Fail(false)
	if kind(err) != "retry" {
		return fmt.Errorf("Apply(while it surely fails) = %s (%w), want retry", kind(err), err)
	}
	if err := errors.Join(discreet(err, c.In), effects(ctx, s, 0)); err != nil {
		return err
	}
	return finally(ctx, s, c)
}

func lost(ctx context.Context, s Subject) error {
	c := s.Change(0)
	s.Lose(true)
	_, err := s.System.Apply(ctx, c)
	s.Lose(false)
	if kind(err) != "unknown" {
		return fmt.Errorf("Apply(made, answer lost) = %s (%w), want unknown", kind(err), err)
	}
	if err := errors.Join(discreet(err, c.In), effects(ctx, s, 1)); err != nil {
		return err
	}
	return finally(ctx, s, c)
}

func declined(ctx context.Context, s Subject) error {
	c := s.Declines
	for range 2 {
		_, err := s.System.Apply(ctx, c)
		var d integrations.Declined
		if !errors.As(err, &d) || d.Reason == "" {
			return fmt.Errorf("Apply(what is declined) = %s (%w), want declined with a reason", kind(err), err)
		}
		if err := errors.Join(discreet(err, c.In), effects(ctx, s, 0)); err != nil {
			return err
		}
	}
	s.Accept()
	return finally(ctx, s, c)
}

func cancelled(ctx context.Context, s Subject) error {
	over, cancel := context.WithCancel(ctx)
	cancel()
	c := s.Change(0)
	if _, err := s.System.Apply(over, c); kind(err) != "retry" && kind(err) != "unknown" {
		return fmt.Errorf("Apply(context over) = %s (%w), want retry or unknown", kind(err), err)
	}
	if _, err := s.System.Find(over, s.Lookup); kind(err) != "retry" {
		return fmt.Errorf("Find(context over) = %s (%w), want retry", kind(err), err)
	}
	return finally(ctx, s, c)
}

// patience is how long after its deadline a call may come back; a loaded machine needs some.
const patience = 3 * time.Second

func stalled(ctx context.Context, s Subject) error {
	c := s.Change(0)
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	s.Stall(true)
	began := time.Now()
	_, err := s.System.Apply(short, c)
	took := time.Since(began)
	s.Stall(false)
	if took > patience {
		return fmt.Errorf("Apply(deadline 100ms, no answer) took %s, want less than %s", took, patience)
	}
	if k := kind(err); k != "retry" && k != "unknown" {
		return fmt.Errorf("Apply(deadline 100ms, no answer) = %s (%w), want retry or unknown", k, err)
	}
	if err := discreet(err, c.In); err != nil {
		return err
	}
	return finally(ctx, s, c)
}

// finally applies a change that had trouble, and sees that it is made once.
func finally(ctx context.Context, s Subject, c integrations.Change) error {
	first, err := s.System.Apply(ctx, c)
	if err != nil {
		return fmt.Errorf("Apply(same key, trouble over) = %s (%w), want a receipt", kind(err), err)
	}
	again, err := s.System.Apply(ctx, c)
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		return fmt.Errorf("Apply(once more) = %w, (-first +now):\n%s", err, diff)
	}
	return effects(ctx, s, 1)
}

func effects(ctx context.Context, s Subject, want int) error {
	got, err := s.Effects(ctx)
	if err != nil {
		return fmt.Errorf("count the changes in the record: %w", err)
	}
	if got != want {
		return fmt.Errorf("%d changes in the record, want %d", got, want)
	}
	return nil
}

// kind names an error as its caller must take it: whatever has no type may have happened.
func kind(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, new(integrations.Declined)):
		return "declined"
	case errors.As(err, new(integrations.Retry)):
		return "retry"
	case errors.As(err, new(integrations.Permanent)):
		return "permanent"
	}
	return "unknown"
}

// discreet sees that an error says nothing of what went in: it ends in a log.
func discreet(err error, in integrations.Values) error {
	if err == nil {
		return nil
	}
	for name, value := range in {
		if len(value) >= 4 && strings.Contains(err.Error(), value) {
			return fmt.Errorf("the error holds the value of input %q", name)
		}
	}
	return nil
}
