package storebench

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// page is how many keys are looked at in one round trip.
const page = 1000

// Usage is what all keys of a pattern take up in memory, values and names.
func (r *Redis) Usage(ctx context.Context, pattern string) (float64, error) {
	return r.sum(ctx, pattern, func(p redis.Pipeliner, key string) *redis.IntCmd {
		return p.MemoryUsage(ctx, key, 0) // 0: every element is looked at
	})
}

// Lengths is what all strings of a pattern hold.
func (r *Redis) Lengths(ctx context.Context, pattern string) (float64, error) {
	return r.sum(ctx, pattern, func(p redis.Pipeliner, key string) *redis.IntCmd { return p.StrLen(ctx, key) })
}

func (r *Redis) sum(ctx context.Context, pattern string, ask func(redis.Pipeliner, string) *redis.IntCmd) (sum float64, err error) {
	for cursor := uint64(0); ; {
		keys, next, err := r.client.Scan(ctx, cursor, pattern, page).Result()
		if err != nil {
			return 0, fmt.Errorf("look at keys: %w", err)
		}
		if len(keys) > 0 {
			p := r.client.Pipeline()
			asked := make([]*redis.IntCmd, len(keys))
			for i, k := range keys {
				asked[i] = ask(p, k)
			}
			if _, err := p.Exec(ctx); err != nil {
				return 0, fmt.Errorf("look at keys: %w", err)
			}
			for _, a := range asked {
				sum += float64(a.Val())
			}
		}
		if cursor = next; cursor == 0 {
			return sum, nil
		}
	}
}
