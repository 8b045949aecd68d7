package bot_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
)

// A process that hangs in a call keeps its effect while its claim lives, and no longer: then another one goes on, as the
// next attempt with the same key, and what the first one still brings changes nothing.
func TestLapsedClaimIsGoneOnWithElsewhere(t *testing.T) {
	t.Parallel()
	var slow *slowSystem
	b := newBench(t, benchOptions{})
	slow = newSlowSystem(b.bank, "record-promise", 1)
	systems := func(o *bot.Options) {
		o.Systems = map[string]integrations.System{"core": slow, "psp": b.bank, "crm": b.bank}
	}
	b.bot = b.other(systems)
	second := b.other(systems)
	c := client(1)
	o := b.open(c)
	b.asked(c)
	if status := b.webhook(b.inbound(c, "yes")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(slow.came); !ok {
		t.Fatal("the writeback was never called")
	}
	b.pass(29 * time.Second)
	b.settleBy(second)
	if n := len(slow.applied()); n != 1 {
		t.Fatalf("%d calls while the claim lives, want 1", n)
	}
	b.pass(2 * time.Second)
	b.settleBy(second)
	b.pass(10 * time.Second) // its backoff
	b.settleBy(second)
	calls := slow.applied()
	if len(calls) != 2 || calls[0].Key != calls[1].Key {
		t.Fatalf("%d calls, want a second one under the same key: %v", len(calls), calls)
	}
	if v := b.view(o); v.Outcome != "promised" || v.Ended == nil {
		t.Errorf("case = %+v, want it ended as promised by the second process", v)
	}
	close(slow.open)
	b.quiet(b.bot)
	if rows := b.rows("promises"); len(rows) != 1 {
		t.Errorf("%d promises, want 1", len(rows))
	}
	var got []string
	for _, e := range b.journal(o) {
		if d := e.Entry.Event.Done; d != nil && d.Effect == calls[0].Key {
			got = append(got, string(d.Result))
		}
	}
	if want := []string{"lapsed", "ok", "ok"}; !slices.Equal(got, want) {
		t.Errorf("results in the journal = %v, want %v: the late one is kept too", got, want)
	}
}

// A process that is frozen between the gate and the call until after its deadline is the one way to a second message. It
// is in the journal.
func TestFrozenSenderRepeatIsInTheJournal(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	slow := newSlowChannel(b.sms, func(m message.Outbound) bool { return true })
	frozen := b.other(func(o *bot.Options) { o.Channels = channelsOf(slow) })
	c := client(1)
	o := b.open(c)
	if status := b.webhookAt(frozen, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	m, ok := wait(slow.came)
	if !ok {
		t.Fatal("nothing was sent")
	}
	b.later(31 * time.Second) // lapses: in doubt
	if n := len(b.heard(c)); n != 1 {
		t.Fatalf("%d messages in doubt, want 1: nothing is repeated before it is looked for", n)
	}
	b.later(31 * time.Second) // looked for, not found, sent once more
	if n := len(b.heard(c)); n != 2 {
		t.Fatalf("%d messages after the search, want 2: a reply in doubt is sent once more", n)
	}
	close(slow.open)
	b.quiet(frozen)
	if n := len(b.heard(c)); n != 3 {
		t.Fatalf("%d messages, want 3: the frozen process goes on where it was", n)
	}
	sent := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Effect == m.Key && e.Done.Result == fsm.OK })
	if sent != 2 {
		t.Errorf("%d entries say that it was sent, want 2: the repeat is journalled", sent)
		b.explain(o)
	}
}

// A process that comes back between gate and call after its deadline, and notices, doesn't call.
func TestLateSenderDoesNotCall(t *testing.T) {
	t.Parallel()
	held := newGateAt("after-gate")
	b := newBench(t, benchOptions{})
	var calls atomic.Int32
	watched := watchedChannel{b.sms, func() { calls.Add(1) }}
	frozen := b.other(func(o *bot.Options) {
		o.Point, o.ClaimFor, o.Channels = held.hit, 600*time.Millisecond, channelsOf(watched)
	})
	c := client(1)
	b.open(c)
	held.arm()
	if status := b.webhookAt(frozen, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(held.came); !ok {
		t.Fatal("the gate never opened")
	}
	// A frozen process: its deadline is its own clock's, which nothing here can move.
	deadline, stop := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer stop()
	<-deadline.Done()
	close(held.open)
	b.quiet(frozen)
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls, want none: who comes too late doesn't call", n)
	}
	b.pass(time.Second)
	b.settle()
	b.later(31 * time.Second)
	if n := len(b.heard(c)); n != 2 {
		t.Errorf("%d messages in the end, want 2: another process goes on", n)
	}
}
