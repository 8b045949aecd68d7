package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Ping tells whether Redis answers and takes writes, of a Cluster whether every master does that holds conversations; its
// error names those that don't. One that is out of memory still answers PING; it refuses even the write of what is there
// already.
func (s *Store) Ping(ctx context.Context) error {
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		if err := s.redis.SetNX(ctx, layoutKey, layout, 0).Err(); err != nil {
			return fmt.Errorf("ask Redis whether it takes writes: %w", err)
		}
		return nil
	}
	err := pingMasters(ctx, cluster)
	if _, moved := redis.IsMovedError(err); moved { // slots have been given to another one since the client last looked
		cluster.ReloadState(ctx)
		err = pingMasters(ctx, cluster)
	}
	s.refresh(ctx, err)
	return err
}

// pingMasters asks all masters at once.
func pingMasters(ctx context.Context, cluster *redis.ClusterClient) error {
	keys := make(map[*redis.Client][]string)
	for p := range Partitions {
		key := waitedKey(partition(p).tag())
		node, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			return fmt.Errorf("find the Cluster's server that holds a key: %w", err)
		}
		keys[node] = append(keys[node], key)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	faults := make(map[string]error) // guarded by mu; by address
	for node, keys := range keys {
		all.Go(func() {
			if err := pingMaster(ctx, node, keys); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults[node.Options().Addr] = err
			}
		})
	}
	all.Wait()
	var list []error
	for addr, err := range faults {
		list = append(list, fmt.Errorf("ask server %s of the Cluster whether it takes writes: %w", addr, err))
	}
	slices.SortFunc(list, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(list...)
}

// pingMaster writes one key. Where that one's slot is on its way to another server, the next will do.
func pingMaster(ctx context.Context, node *redis.Client, keys []string) error {
	for _, key := range keys {
		err := node.SetNX(ctx, key, "1", time.Minute).Err()
		if _, moving := redis.IsAskError(err); !moving {
			return err
		}
	}
	return nil
}
