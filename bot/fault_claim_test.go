package bot_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store/storetest"
)

// The answer to a claim is lost: Redis has it under our nonce, so the same nonce is asked again, and the effect runs now. Else
// it would be nobody's until it lapses, and then in doubt.
func TestLostAnswerOfAClaim(t *testing.T) {
	t.Parallel()
	claims := new(lostClaims)
	b := newBench(t, benchOptions{hook: claims})
	c := client(1)
	o := b.open(c)
	committer := b.other(func(o *bot.Options) { o.CommitOnly = true })
	if status := b.webhookAt(committer, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	claims.left.Store(2)
	b.settle()
	if n := claims.left.Load(); n != 0 {
		t.Fatalf("%d answers are still to be lost: the test shows nothing", n)
	}
	if got := b.heard(c); len(got) != 2 {
		t.Errorf("%d messages, want the reply at once: %q", len(got), got)
	}
	b.pass(b.bot.ClaimFor)
	b.settle()
	if n := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Lapsed }); n != 0 {
		t.Errorf("%d claims lapsed, want none", n)
	}
}

// lostClaims loses the next answers of claim.lua, once Redis has acted.
type lostClaims struct{ left atomic.Int32 }

func (l *lostClaims) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (l *lostClaims) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		args := cmd.Args() // name, script, number of keys, 2 keys, 7 arguments
		if err != nil || !strings.HasPrefix(cmd.Name(), "eval") || len(args) != 12 || fmt.Sprint(args[2]) != "2" || l.left.Load() <= 0 {
			return err
		}
		l.left.Add(-1)
		cmd.SetErr(storetest.ErrLost)
		return storetest.ErrLost
	}
}

func (l *lostClaims) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { return next(ctx, cmds) }
}
