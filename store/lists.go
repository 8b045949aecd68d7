package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Waiting is a conversation that waits for a person, or is with one.
type Waiting struct {
	Conversation string
	Since        time.Time
}

// Handoffs lists the conversations handed off, the longest waiting first; what they are about is in them.
func (s *Store) Handoffs(ctx context.Context) ([]Waiting, error) {
	var sets [Partitions]*redis.ZSliceCmd
	pipe := s.redis.Pipeline()
	for i := range sets {
		sets[i] = pipe.ZRangeWithScores(ctx, partition(i).handoffs(), 0, -1)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("list handoffs: %w", err)
	}
	var list []Waiting
	for _, set := range sets {
		for _, z := range set.Val() {
			id, _ := z.Member.(string)
			list = append(list, Waiting{id, time.UnixMilli(int64(z.Score)).UTC()})
		}
	}
	slices.SortFunc(list, func(a, b Waiting) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.Conversation, b.Conversation)
	})
	return list, nil
}

// Conversations goes through the IDs of all conversations, in no order. One that begins meanwhile may be missed, one that
// was there all along is not; it may be seen twice.
func (s *Store) Conversations(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		nodes, err := s.nodes(ctx)
		if err != nil {
			yield("", fmt.Errorf("list conversations: %w", err))
			return
		}
		for _, node := range nodes {
			scan := node.ScanType(ctx, 0, "settle:{p??}:conversation:*", 1000, "string").Iterator()
			for scan.Next(ctx) {
				id := scan.Val()[strings.LastIndexByte(scan.Val(), ':')+1:]
				if !yield(id, nil) {
					return
				}
			}
			if err := scan.Err(); err != nil {
				yield("", fmt.Errorf("list conversations: %w", err))
				return
			}
		}
	}
}

// nodes are the servers that together hold all keys.
func (s *Store) nodes(ctx context.Context) ([]*redis.Client, error) {
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		one, ok := s.redis.(*redis.Client)
		if !ok {
			return nil, fmt.Errorf("a client of kind %T: make it with NewClient", s.redis)
		}
		return []*redis.Client{one}, nil
	}
	var mu sync.Mutex
	var nodes []*redis.Client // guarded by mu: ForEachMaster calls at the same time
	err := cluster.ForEachMaster(ctx, func(_ context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		nodes = append(nodes, node)
		return nil
	})
	return nodes, err
}
