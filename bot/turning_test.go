package bot_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
)

// A loop that hangs in this process is noticed, and so is that it goes on.
func TestStuckLoopIsNoticed(t *testing.T) {
	t.Parallel()
	const within = 3 * time.Second // three polls
	held := newGateAt("attend")
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.CommitOnly = true }})
	b.openMany(1) // its first message is due and nobody runs it
	hangs := b.other(func(o *bot.Options) { o.Point = held.hit })
	held.arm()
	ended, stop := b.running(hangs)
	if err := hangs.Turning(within); err != nil {
		t.Errorf("Turning = %v at the beginning, want none", err)
	}
	if _, ok := wait(held.came); !ok {
		t.Fatal("nothing is due")
	}
	b.eventually("the loop is stuck", func() bool { return hangs.Turning(within) != nil })
	close(held.open)
	b.eventually("the loop goes on", func() bool { return hangs.Turning(within) == nil })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// While Redis hangs the loop goes round all the same: a restart of this process would help nobody.
func TestLoopTurnsWhileRedisHangs(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	ended, stop := b.running(b.bot)
	b.server.Pause()
	began := time.Now()
	b.eventually("it hangs with Redis", func() bool { return b.bot.Turning(time.Since(began)/2) != nil && time.Since(began) > 2*time.Second })
	b.eventually("it turns once more", func() bool { return b.bot.Turning(time.Second) == nil })
	b.server.Resume()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
