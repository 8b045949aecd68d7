package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
)

// ErrLost is what a caller gets whose answer was dropped: a broken connection.
var ErrLost = fmt.Errorf("answer lost: %w", io.ErrUnexpectedEOF)

// Answers loses answers: Redis has acted, and the caller doesn't learn of it.
type Answers struct {
	mu    sync.Mutex
	drop  int    // guarded by mu: how many answers are lost next
	after func() // guarded by mu
}

// Drop loses the answers of the next n scripts.
func (a *Answers) Drop(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop, a.after = n, nil
}

// DropThen loses the next script's answer and calls then before the caller learns of it: what somebody else did meanwhile.
func (a *Answers) DropThen(then func()) {
	a.Drop(1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.after = then
}

// Lossy opens a store on the server whose answers can be dropped. A nil keyset makes fresh keys.
func (s *Server) Lossy(t testing.TB, keyset *store.Keyset) (*store.Store, *Answers) {
	t.Helper()
	if keyset == nil {
		keyset = Keyset(t)
	}
	client, err := store.NewClient(s.URL())
	if err != nil {
		t.Fatalf("make a client: %v", err)
	}
	t.Cleanup(func() { _ = client.Close() })
	a := new(Answers)
	client.AddHook(a)
	return s.Open(t, store.Options{Client: client, Keyset: keyset}), a
}

// DialHook is part of redis.Hook.
func (a *Answers) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook is part of redis.Hook.
func (a *Answers) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if redis.HasErrorPrefix(err, "NOSCRIPT") || !a.lost(cmd.Name()) {
			return err
		}
		cmd.SetErr(ErrLost)
		return ErrLost
	}
}

// ProcessPipelineHook is part of redis.Hook.
func (a *Answers) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if err != nil || len(cmds) == 0 || !a.lost(cmds[0].Name()) {
			return err
		}
		for _, c := range cmds {
			c.SetErr(ErrLost)
		}
		return ErrLost
	}
}

func (a *Answers) lost(command string) bool {
	a.mu.Lock()
	if a.drop == 0 || !strings.HasPrefix(command, "eval") {
		a.mu.Unlock()
		return false
	}
	a.drop--
	after := a.after
	a.mu.Unlock()
	if after != nil {
		after()
	}
	return true
}
