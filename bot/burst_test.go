package bot_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// 400 receipts at once on one conversation are a few commits, and every one is answered and in the journal.
func TestBurstOfReceiptsIsFewCommits(t *testing.T) {
	t.Parallel()
	w := new(wire)
	b := newBench(t, benchOptions{hook: w})
	c := client(1)
	o := b.open(c)
	w.reset()
	const receipts = 400
	answers := make(chan error, receipts)
	for i := range receipts {
		go func() {
			answers <- b.bot.Receive(b.ctx(), channels.Received{Receipts: []message.Receipt{{
				ID: fmt.Sprintf("twilio/SM%d/failed", i), Message: message.ID(fmt.Sprintf("SM%d", i)), Key: fmt.Sprintf("KEY%d", i),
				Conversation: o.Conversation, Status: message.Failed, Code: "30003",
			}}})
		}()
	}
	for range receipts {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	b.quiet(b.bot)
	trips, commits := w.reset()
	t.Logf("%d receipts: %d round trips, %d of them commits", receipts, trips, commits)
	// One round trip each to note its rank; the rest is what the batches cost: a load and a commit each.
	if commits > 60 || trips > receipts+2*60 {
		t.Errorf("%d round trips, %d commits; want at most %d and 60", trips, commits, receipts+2*60)
	}
	if n := b.entries(o, func(e fsm.Event) bool { return e.Receipt != nil }); n != receipts {
		t.Errorf("%d receipts in the journal, want %d", n, receipts)
	}
}

// A webhook is a load and a commit: two round trips, before it is answered.
func TestWebhookIsTwoRoundTrips(t *testing.T) {
	t.Parallel()
	w, held := new(wire), newGateAt("after-claim")
	b := newBench(t, benchOptions{hook: w, bot: func(o *bot.Options) { o.Point = held.hit }})
	c := client(1)
	b.open(c)
	b.known(c)
	held.arm() // what follows the commit isn't the webhook's
	for _, text := range []string{"4", "friday", "STOP"} {
		w.reset()
		requests := b.twilio.Requests()
		if status := b.webhook(b.inbound(c, text)); status != 200 {
			t.Fatalf("webhook answered %d", status)
		}
		if trips, commits := w.reset(); trips != 2 || commits != 1 {
			t.Errorf("%q: %d round trips, %d of them commits; want 2 and 1", text, trips, commits)
		}
		if n := b.twilio.Requests() - requests; n != 0 {
			t.Errorf("%q: the webhook itself made %d calls to the provider, want none", text, n)
		}
	}
	close(held.open)
	b.quiet(b.bot)
}

// The same webhooks five times each, shuffled, concurrent, at two processes: each message is one event and has one reply.
func TestWebhooksFiveTimesShuffled(t *testing.T) {
	t.Parallel()
	const customers, times = 20, 5
	b := newBench(t, benchOptions{})
	bots := []*bot.Bot{b.bot, b.other(nil)}
	var hooks []twiliotest.Webhook
	opened := make([]bot.Opened, customers)
	for i := range customers {
		opened[i] = b.open(client(i))
		hook := b.inbound(client(i), "1")
		for range times {
			hooks = append(hooks, hook)
		}
	}
	rand.Shuffle(len(hooks), func(i, j int) { hooks[i], hooks[j] = hooks[j], hooks[i] })
	var all sync.WaitGroup
	for i, hook := range hooks {
		all.Go(func() {
			if status := b.webhookAt(bots[i%2], hook); status != 200 {
				t.Errorf("webhook answered %d, want 200", status)
			}
		})
	}
	all.Wait()
	for _, at := range bots {
		b.settleBy(at)
	}
	for i := range customers {
		if got := b.heard(client(i)); len(got) != 2 {
			t.Errorf("customer %d heard %q, want the first message and one reply", i, got)
		}
		if n := b.entries(opened[i], func(e fsm.Event) bool { return e.Received != nil }); n != 1 {
			t.Errorf("customer %d: the message is in the journal %d times, want once", i, n)
		}
	}
}
