package bot_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store/storetest"
)

// wire sees what goes to Redis. It counts round trips and loses requests or answers.
type wire struct {
	mu      sync.Mutex
	trips   int    // guarded by mu; round trips
	commits int    // guarded by mu; of them, commits
	lose    int    // guarded by mu; answers of the next commits that are lost
	keep    int    // guarded by mu; of the next commits that never arrive
	then    func() // guarded by mu; called before the caller learns of it
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

// isCommit tells commit.lua by its six keys.
func isCommit(cmd redis.Cmder) bool {
	args := cmd.Args()
	return (cmd.Name() == "evalsha" || cmd.Name() == "eval") && len(args) > 2 && fmt.Sprint(args[2]) == "6"
}

var errKept = fmt.Errorf("request never arrived: %w", io.ErrUnexpectedEOF)

func (w *wire) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (w *wire) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		w.mu.Lock()
		w.trips++
		var kept, lost bool
		then := w.then
		if isCommit(cmd) {
			w.commits++
			kept = w.keep > 0
			if kept {
				w.keep--
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
		w.mu.Lock()
		w.trips++
		w.mu.Unlock()
		return next(ctx, cmds)
	}
}
