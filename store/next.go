package store

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Next is the earliest time at which any conversation wants attention, in the store's time; false where none does. A clock
// that is moved by hand is moved to it. One round trip for all partitions.
func (s *Store) Next(ctx context.Context) (next time.Time, found bool, err error) {
	var asked []*redis.ZSliceCmd
	err = s.again(ctx, func() error {
		asked = asked[:0]
		_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
			for n := range Partitions {
				asked = append(asked, p.ZRangeWithScores(ctx, partition(n).due(), 0, 0))
			}
			return nil
		})
		return err
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("ask when something is due next: %w", err)
	}
	for _, a := range asked {
		for _, z := range a.Val() {
			if at := time.UnixMilli(int64(z.Score)).UTC(); !found || at.Before(next) {
				next, found = at, true
			}
		}
	}
	return next, found, nil
}
