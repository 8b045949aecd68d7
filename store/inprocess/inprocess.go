// Package inprocess opens a store inside this process: a miniredis and keys that are never written down. Everything is
// lost when the process ends. It is for demo, chat, check and test, never for real customers; the store's Banner says so.
package inprocess

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/settle-chat/settle/store"
)

// Open starts the server, on a free loopback port, and opens a store on it. offset moves the store's clock and may be nil. The returned
// function ends both; call it once.
func Open(ctx context.Context, offset func() time.Duration) (*store.Store, func(), error) {
	keyset, err := store.NewKeyset()
	if err != nil {
		return nil, nil, err
	}
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, nil, fmt.Errorf("start the in-process store: %w", err)
	}
	s, err := store.Open(ctx, store.Options{URL: "redis://" + server.Addr(), Keyset: keyset, InProcess: true, Offset: offset})
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var expiring sync.WaitGroup
	expiring.Go(func() { expire(life, server) })
	return s, func() {
		end()
		expiring.Wait()
		_ = s.Close()
		server.Close()
	}, nil
}

// expireEvery is how exactly keys expire. The server itself would look at every key in each command: with a thousand
// customers that is all that it would do.
const expireEvery = time.Second

// expire lets keys expire until ctx ends.
func expire(ctx context.Context, server *miniredis.Miniredis) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			server.FastForward(expireEvery)
		}
	}
}
