package bot_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// What was claimed and not begun when a process ends is given back: the next one runs it at once, and nothing lapses.
func TestCloseGivesBackWhatIsNotBegun(t *testing.T) {
	t.Parallel()
	held := newGateAt("after-claim")
	b := newBench(t, benchOptions{})
	ends := b.other(func(o *bot.Options) { o.Point = held.hit })
	c := client(1)
	o := b.open(c)
	held.arm()
	if status := b.webhookAt(ends, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(held.came); !ok {
		t.Fatal("nothing was claimed")
	}
	var closing sync.WaitGroup
	closing.Go(func() {
		if err := ends.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	<-ends.Stopping()
	close(held.open)
	closing.Wait()
	if n := len(b.heard(c)); n != 1 {
		t.Fatalf("%d messages, want 1: a process that ends begins nothing", n)
	}
	b.settle()
	if n := len(b.heard(c)); n != 2 {
		t.Errorf("%d messages, want 2: the next process runs it at once", n)
	}
	if n := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Lapsed }); n != 0 {
		t.Errorf("%d claims lapsed, want none", n)
	}
	if err := ends.Handle(b.ctx(), o.Conversation, fsm.Event{ID: "agent/x"}); err == nil {
		t.Error("an event was acknowledged after Close")
	}
}

// Close ends within ten seconds, whatever hangs; what hung lapses and goes on elsewhere.
func TestCloseEndsInTime(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the ten seconds that a shutdown may take")
	}
	b := newBench(t, benchOptions{})
	slow := newSlowChannel(b.sms, func(message.Outbound) bool { return true })
	hangs := b.other(func(o *bot.Options) { o.Channels = channelsOf(slow) })
	c := client(1)
	b.open(c)
	if status := b.webhookAt(hangs, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(slow.came); !ok {
		t.Fatal("nothing was sent")
	}
	began := time.Now()
	err := hangs.Close()
	if took := time.Since(began); !errors.Is(err, bot.ErrUnfinished) || took > 11*time.Second {
		t.Errorf("Close = %v after %s, want %v within ten seconds", err, took, bot.ErrUnfinished)
	}
	b.later(31 * time.Second)
	b.later(31 * time.Second)
	if n := len(b.heard(c)); n != 2 {
		t.Errorf("%d messages, want 2: another process has gone on", n)
	}
	close(slow.open)
	b.quiet(hangs)
}
