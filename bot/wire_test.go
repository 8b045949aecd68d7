package bot_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store/storetest"
)

// wire sees what goes to Redis. It counts round trips, without those that only set a connection up, and loses requests or
// answers.
type wire struct {
	mu      sync.Mutex
	trips   int    // guarded by mu; round trips
	commits int    // guarded by mu; of them, commits
	lose    int    // guarded by mu; answers of the next commits that are lost
	keep    int    // guarded by mu; of the next commits that never arrive
	kept    []any  // guarded by mu; the first of these, to be sent late
	away    bool   // guarded by mu; nothing arrives
	then    func() // guarded by mu; called before the caller learns of it
	written func() // guarded by mu; called once, when the next request is on its way

	refused chan struct{} // gets a value when nobody listens; may be nil
}

func (w *wire) reset() (trips, commits int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	trips, commits = w.trips, w.commits
	w.trips, w.commits = 0, 0
	return trips, commits
}

// losing loses the answers of the next commits; keeping loses the commits themselves.
func (w *wire) losing(n int, then func())  { w.set(n, 0, then) }
func (w *wire) keeping(n int, then func()) { w.set(0, n, then) }

func (w *wire) set(lose, keep int, then func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose, w.keep, w.then = lose, keep, then
}

// cut lets nothing arrive any more, or everything again.
func (w *wire) cut(away bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = away
}

// arrives sends the first commit that was kept, as a network does that has held it.
func (w *wire) arrives(t testing.TB, c redis.UniversalClient) {
	t.Helper()
	w.mu.Lock()
	kept := w.kept
	w.mu.Unlock()
	if answer, err := c.Do(t.Context(), kept...).Slice(); err != nil || len(answer) == 0 || answer[0] != "ok" {
		t.Fatalf("the commit that comes late is answered %v, %v; want ok", answer, err)
	}
}

// isCommit tells commit.lua by its six keys.
func isCommit(cmd redis.Cmder) bool {
	args := cmd.Args()
	return (cmd.Name() == "evalsha" || cmd.Name() == "eval") && len(args) > 2 && fmt.Sprint(args[2]) == "6"
}

// setsUp tells what a connection begins with. How many connections there are depends on how fast the machine is.
func setsUp(cmd redis.Cmder) bool {
	switch cmd.Name() {
	case "hello", "auth", "select", "client":
		return true
	}
	return false
}

var errKept = fmt.Errorf("request never arrived: %w", io.ErrUnexpectedEOF)

func (w *wire) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		if err != nil {
			select {
			case w.refused <- struct{}{}:
			default:
			}
			return nil, err
		}
		return tapped{c, w}, nil
	}
}

// writing calls then once, when the next request has left.
func (w *wire) writing(then func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written = then
}

// tapped is a connection that tells its wire of what is written.
type tapped struct {
	net.Conn
	w *wire
}

func (c tapped) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.w.mu.Lock()
	then := c.w.written
	c.w.written = nil
	c.w.mu.Unlock()
	if then != nil {
		then()
	}
	return n, err
}

func (w *wire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if setsUp(cmd) {
			return next(ctx, cmd)
		}
		w.mu.Lock()
		w.trips++
		kept, lost := w.away, false
		then := w.then
		if isCommit(cmd) {
			w.commits++
			if w.keep > 0 {
				kept = true
				w.keep--
				if w.kept == nil {
					w.kept = cmd.Args()
				}
			}
		}
		w.mu.Unlock()
		if kept {
			cmd.SetErr(errKept)
			if then != nil {
				then()
			}
			return errKept
		}
		err := next(ctx, cmd)
		w.mu.Lock()
		if isCommit(cmd) && err == nil && w.lose > 0 {
			w.lose--
			lost = true
		}
		w.mu.Unlock()
		if !lost {
			return err
		}
		if then != nil {
			then()
		}
		cmd.SetErr(storetest.ErrLost)
		return storetest.ErrLost
	}
}

func (w *wire) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if !setsUp(cmds[0]) {
			w.mu.Lock()
			w.trips++
			w.mu.Unlock()
		}
		return next(ctx, cmds)
	}
}
