package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
)

// A system of record that hangs takes all its own slots, and none of the replies'.
func TestSlowSystemNeverHoldsBackAReply(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	slow := newSlowSystem(b.bank, "account", 0)
	hangs := b.other(func(o *bot.Options) {
		o.Slots, o.Systems = 1, map[string]integrations.System{"core": slow, "psp": b.bank, "crm": b.bank}
	})
	ended, stop := b.running(hangs)
	first, second := client(1), client(2)
	b.open(second)
	seed(b, first)
	if _, err := hangs.Open(b.ctx(), request(first)); err != nil {
		t.Fatal(err)
	}
	if _, ok := wait(slow.came); !ok {
		t.Fatal("nothing was looked up")
	}
	for i, c := range []customer{second, first} {
		before := len(b.heard(c))
		if status := b.webhookAt(hangs, b.inbound(c, "HELP")); status != 200 {
			t.Fatalf("webhook answered %d", status)
		}
		if _, err := b.twilio.Wait(b.ctx(), 2+i); err != nil || len(b.heard(c)) != before+1 {
			t.Errorf("customer %d was not answered while the system hung: %v", c.n, err)
		}
	}
	close(slow.open)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Messages to one contact on one channel leave in the order in which they were decided, one at a time.
func TestMessagesLeaveInOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	first := true
	slow := newSlowChannel(b.sms, func(message.Outbound) bool { was := first; first = false; return was })
	b.bot = b.other(func(o *bot.Options) { o.Channels = channelsOf(slow) })
	c := client(1)
	seed(b, c)
	o, err := b.bot.Open(b.ctx(), request(c))
	if err != nil {
		t.Fatal(err)
	}
	first = false
	b.quietOr(slow.came)
	close(slow.open)
	b.settle()
	first = true // the next reply is held
	slow.open = make(chan struct{})
	for i, text := range []string{"HELP", "CASES", "nonsense"} {
		if status := b.webhook(b.inbound(c, text)); status != 200 {
			t.Fatalf("webhook answered %d", status)
		}
		if i == 0 {
			if _, ok := wait(slow.came); !ok {
				t.Fatal("nothing was sent")
			}
		}
	}
	if err := b.bot.Attend(b.ctx()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.heard(c)); n != 1 {
		t.Errorf("%d messages while the first reply is on the wire, want 1: one at a time", n)
	}
	close(slow.open)
	b.settle()
	var decided []string
	for _, e := range b.journal(o) {
		if e.Entry.Event.Received != nil {
			decided = append(decided, e.Entry.Effects...)
		}
	}
	var sent []string
	for _, m := range b.twilio.Messages()[1:] {
		sent = append(sent, m.StatusCallback)
	}
	if len(sent) != 3 || len(decided) != 3 {
		t.Fatalf("%d sent, %d decided, want 3 each", len(sent), len(decided))
	}
	for i, id := range decided {
		if !strings.Contains(sent[i], id) {
			t.Errorf("message %d is %q, want effect %s", i, sent[i], id)
		}
	}
}

// At night what we start is held until the morning where the customer is, and the journal says so; a reply leaves at once.
func TestHeldAtNight(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 24, 22, 30, 0, 0, time.UTC)
	b := newBench(t, benchOptions{start: night})
	c := client(1)
	o := b.open(c)
	if got := b.heard(c); len(got) != 0 {
		t.Fatalf("sent at night: %q", got)
	}
	var until time.Time
	for _, e := range b.journal(o) {
		if d := e.Entry.Event.Done; d != nil && d.Result == fsm.Held {
			until = d.Until
			if !strings.Contains(strings.Join(e.Entry.Because, " "), "hold until") {
				t.Errorf("journal says %q, want the decision", e.Entry.Because)
			}
		}
	}
	morning := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC) // Europe/London is on UTC in November
	if until.Before(morning.Add(-time.Hour)) || until.After(morning.Add(2*time.Hour)) {
		t.Fatalf("held until %s, want the morning of %s", until, morning)
	}
	b.says(c, "HELP")
	if n := len(b.heard(c)); n != 1 {
		t.Fatalf("%d messages after HELP, want its answer at once: what is held blocks no reply", n)
	}
	b.later(time.Until(until) - b.offset() - time.Minute)
	if n := len(b.heard(c)); n != 1 {
		t.Fatalf("%d messages a minute before the morning, want none of ours", n-1)
	}
	b.later(2 * time.Minute)
	if n := len(b.heard(c)); n != 2 {
		t.Errorf("%d messages in the morning, want the one that was held", n-1)
	}
}

// The rate of a sender moves what is due; nothing is committed for it, and nothing is lost.
func TestRateMovesTheScore(t *testing.T) {
	t.Parallel()
	const customers, rate = 6, 10
	m := newMeter()
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Rates, o.Meter = map[string]float64{"sms": rate}, m }})
	ended, stop := b.running(b.bot)
	opened := make([]bot.Opened, customers)
	for i := range customers {
		seed(b, client(i))
		o, err := b.bot.Open(b.ctx(), request(client(i)))
		if err != nil {
			t.Fatal(err)
		}
		opened[i] = o
	}
	sent, err := b.twilio.Wait(b.ctx(), customers)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	b.quiet(b.bot)
	if n := m.of("held", "rate"); n == 0 {
		t.Error("nothing was held by the rate: the test tests nothing")
	}
	least := time.Duration(customers-1)*time.Second/rate - 20*time.Millisecond
	if took := sent[customers-1].Created.Sub(sent[0].Created); took < least {
		t.Errorf("%d messages within %s, want %s at least", customers, took, least)
	}
	for i, o := range opened {
		n := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Message != "" })
		all := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Throttled })
		if n != 1 || all != 0 {
			t.Errorf("customer %d: %d sends and %d throttles in the journal, want 1 and 0", i, n, all)
		}
	}
}

// quietOr waits until nothing runs, or something is held.
func (b *bench) quietOr(came chan message.Outbound) {
	done := make(chan struct{})
	go func() { b.quiet(b.bot); close(done) }()
	select {
	case <-done:
	case <-came:
		came <- message.Outbound{}
	}
}
