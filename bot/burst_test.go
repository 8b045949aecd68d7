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

// 400 receipts at once on one conversation are a few commits, and every one is answered and in the journal. The first one's
// commit is held until all the others wait, so that how fast anything is doesn't count: each receipt is one round trip that
// notes its rank, and what waits goes 64 at a time, a load and a commit each.
func TestBurstOfReceiptsIsFewCommits(t *testing.T) {
	t.Parallel()
	const receipts, atOnce = 400, 64
	w, held := new(wire), newGateAt("after-commit")
	b := newBench(t, benchOptions{hook: w, bot: func(o *bot.Options) { o.Point = held.hit }})
	o := b.open(client(1))
	answers := make(chan error, receipts)
	receive := func(i int) {
		answers <- b.bot.Receive(b.ctx(), channels.Received{Receipts: []message.Receipt{{
			ID: fmt.Sprintf("twilio/SM%d/failed", i), Message: message.ID(fmt.Sprintf("SM%d", i)), Key: fmt.Sprintf("KEY%d", i),
			Conversation: o.Conversation, Status: message.Failed, Code: "30003",
		}}})
	}
	held.arm()
	go receive(0)
	if _, ok := wait(held.came); !ok {
		t.Fatal("the first receipt is never committed")
	}
	w.reset()
	for i := 1; i < receipts; i++ {
		go receive(i)
	}
	b.eventually("all the others to wait for a commit", func() bool { return b.bot.Waiting(o.Conversation) == receipts-1 })
	close(held.open)
	for range receipts {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	b.quiet(b.bot)
	trips, commits := w.reset()
	wantCommits := (receipts - 1 + atOnce - 1) / atOnce
	if wantTrips := receipts - 1 + 2*wantCommits; commits != wantCommits || trips != wantTrips {
		t.Errorf("%d round trips, %d commits; want %d and %d", trips, commits, wantTrips, wantCommits)
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
