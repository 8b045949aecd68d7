package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// Redis's clock jumps under traffic. Every case goes on to its end, no conversation's time goes back, and what is sent once
// more is in the journal.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for name, jumps := range map[string][]time.Duration{
		"ahead":          {10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		"back":           {-10 * time.Minute, -10 * time.Minute},
		"ahead and back": {10 * time.Minute, -10 * time.Minute, 10 * time.Minute, -10 * time.Minute},
		"a day ahead":    {24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOrdeal(t, nil)
			o.doubts = true
			offset := o.b.offset()
			o.b.twilio.Now = func() time.Time { return time.Now().Add(offset) } // the provider's clock doesn't jump
			o.during(func() {
				for _, by := range jumps {
					o.b.pass(by)
					o.provider.takes(t, 20)
				}
			})
		})
	}
}

// The clock jumps ahead while a message is on the wire: its claim seems to lapse. Whoever finds that sends nothing, and
// waits; the call's own process goes by its own clock and brings the result. The customer gets one message.
func TestClockJumpsWhileAMessageIsOnTheWire(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	offset := b.offset()
	b.twilio.Now = func() time.Time { return time.Now().Add(offset) } // the provider's clock doesn't jump
	second := b.other(nil)
	c := client(1)
	o := b.open(c)
	slow := newSlowChannel(b.sms, func(message.Outbound) bool { return true })
	first := b.other(func(o *bot.Options) { o.Channels = channelsOf(slow) })
	if status := b.webhookAt(first, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(slow.came); !ok {
		t.Fatal("nothing was sent")
	}
	b.pass(10 * time.Minute)
	b.settleBy(second)
	lapsed := func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Lapsed }
	if n := b.entries(o, lapsed); n != 1 {
		t.Errorf("%d claims have lapsed, want 1", n)
	}
	b.pass(29 * time.Second) // as long as a call may last, and a little more
	b.settleBy(second)
	if n := len(b.heard(c)); n != 1 {
		t.Errorf("%d messages while the answer is on the wire, want only the first one of the case", n)
	}
	close(slow.open)
	b.quiet(first)
	b.settleBy(second)
	b.pass(time.Minute)
	b.settleBy(second)
	if got := b.heard(c); len(got) != 2 {
		t.Errorf("%d messages, want 2, none of them twice: %q", len(got), got)
	}
	for _, e := range b.journal(o) {
		if strings.Contains(strings.Join(e.Entry.Because, " "), "sent once more") {
			t.Errorf("the journal says that it was sent once more: %q", e.Entry.Because)
		}
	}
}

// Deadlines are in Redis's time: a process whose clock is ten minutes before Redis's fires nothing early, and one whose clock
// is behind fires nothing late.
func TestTimersGoByRedisTime(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.known(c)
	first := b.document(o).Conversation.Timers[0]
	for _, timer := range b.document(o).Conversation.Timers {
		if timer.Due.Before(first.Due) {
			first = timer
		}
	}
	fired := func() int { return b.entries(o, func(e fsm.Event) bool { return e.Timer != nil }) }
	before := fired()
	at := func(when time.Time) { // Redis's clock is set; this process's goes on as it did
		now, err := b.store.Now(b.ctx())
		if err != nil {
			t.Fatal(err)
		}
		b.later(when.Sub(now))
	}
	at(first.Due.Add(-10 * time.Minute))
	at(first.Due.Add(-20 * time.Minute))
	at(first.Due.Add(-5 * time.Second))
	if n := fired() - before; n != 0 {
		t.Errorf("%d timers fired before %s was due, want none", n, first.Name)
	}
	at(first.Due)
	if n := fired() - before; n == 0 {
		t.Errorf("%s has not fired when it was due", first.Name)
	}
	for _, e := range b.journal(o) {
		if e.Entry.Event.Timer != nil && e.Entry.Event.Timer.Timer == first.Name && e.Entry.Event.At.Before(first.Due) {
			t.Errorf("%s fired at %s, want not before %s", first.Name, e.Entry.Event.At, first.Due)
		}
	}
}
