package store

import (
	"context"
	"fmt"
	"time"
)

// probeKey is written by Probe. STRING, whatever Redis makes of it; TTL probeKept; in no partition.
const (
	probeKey  = "settle:probe"
	probeKept = time.Minute
)

// Probe tells whether Redis takes writes: one that is full (OOM), can't save (MISCONF) or has become a replica (READONLY)
// answers a ping and keeps nothing.
func (s *Store) Probe(ctx context.Context) error {
	if err := s.redis.Set(ctx, probeKey, "1", probeKept).Err(); err != nil {
		return fmt.Errorf("write to Redis: %w: see its log; nothing can be kept until it takes writes again", err)
	}
	return nil
}
