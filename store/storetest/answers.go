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

// Answers loses answers, or holds them up: Redis has acted, and the caller doesn't learn of it, or not yet.
type Answers struct {
	mu      sync.Mutex
	command string // guarded by mu: of which commands; their names begin so
	skip    int    // guarded by mu: how many answers pass first
	drop    int    // guarded by mu: how many are lost then
	then    func() // guarded by mu: called once, before the first answer that doesn't pass by
}

// Drop loses the answers of the next n scripts.
func (a *Answers) Drop(n int) { a.set("eval", 0, n, nil) }

// DropThen loses the next script's answer and calls then before the caller learns of it: what somebody else did meanwhile.
func (a *Answers) DropThen(then func()) { a.set("eval", 0, 1, then) }

// Meanwhile lets skip answers of a command (hget; eval for every script) pass, holds the next one up while then runs, and
// loses none.
func (a *Answers) Meanwhile(command string, skip int, then func()) { a.set(command, skip, 0, then) }

func (a *Answers) set(command string, skip, drop int, then func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.command, a.skip, a.drop, a.then = command, skip, drop, then
}

// answered tells whether an answer is lost.
func (a *Answers) answered(command string) bool {
	a.mu.Lock()
	if a.command == "" || !strings.HasPrefix(command, a.command) || a.drop == 0 && a.then == nil {
		a.mu.Unlock()
		return false
	}
	if a.skip > 0 {
		a.skip--
		a.mu.Unlock()
		return false
	}
	then, lost := a.then, a.drop > 0
	a.then, a.drop = nil, max(a.drop-1, 0)
	a.mu.Unlock()
	if then != nil {
		then()
	}
	return lost
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
		if redis.HasErrorPrefix(err, "NOSCRIPT") || !a.answered(cmd.Name()) {
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
		if err != nil || len(cmds) == 0 || !a.answered(cmds[0].Name()) {
			return err
		}
		for _, c := range cmds {
			c.SetErr(ErrLost)
		}
		return ErrLost
	}
}
