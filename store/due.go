package store

import (
	"context"
	"fmt"
	"time"
)

// leased is how far Due moves a conversation on: if whoever got it dies, it comes again then.
const leased = 5 * time.Second

// Due returns conversations of these partitions that want attention now, at most limit from each, and moves them on by 5 s
// so that other workers leave them alone. That is a hint: a Claim decides who runs an effect. One round trip for all.
func (s *Store) Due(ctx context.Context, partitions []int, limit int) ([]string, error) {
	calls := make([]call, len(partitions))
	for i, n := range partitions {
		if n < 0 || n >= Partitions {
			return nil, fmt.Errorf("ask for what is due: partition %d: 0 to %d", n, Partitions-1)
		}
		calls[i] = call{dueScript, []string{partition(n).due()}, []any{s.offset(), limit, leased.Milliseconds()}}
	}
	if len(calls) == 0 {
		return nil, nil
	}
	replies, err := s.pipeline(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("ask for what is due: %w", err)
	}
	var ids []string
	for _, r := range replies {
		for i := range r {
			ids = append(ids, r.text(i))
		}
	}
	return ids, nil
}

// Reschedule puts a conversation that Due has returned back to when it truly wants attention, where there was nothing to
// commit: the time is worked out anew, in one script, so a newer wake time is never overwritten by an older thought.
func (s *Store) Reschedule(ctx context.Context, conversation string) error {
	p, err := partitionOf(conversation)
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, rescheduleScript, []string{p.conversation(conversation), p.due()}, conversation); err != nil {
		return fmt.Errorf("reschedule conversation %s: %w", conversation, err)
	}
	return nil
}
