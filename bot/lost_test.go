package bot_test

import (
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

// The commit is written and its answer is lost. The reload shows our nonce: exactly what it claimed is run, once, at once.
func TestLostAnswerOfOurOwnCommit(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]bool{"nobody else": false, "another commit meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, adopted := new(wire), make(chan struct{}, 10)
			b := newBench(t, benchOptions{hook: w, bot: func(o *bot.Options) {
				o.Point = func(name string) {
					if name == "adopted" {
						adopted <- struct{}{}
					}
				}
			}})
			second := b.other(nil)
			c := client(1)
			o := b.open(c)
			w.losing(1, func() {
				if others {
					b.webhookAt(second, b.inbound(c, "CASES"))
				}
			})
			if status := b.webhook(b.inbound(c, "1")); status != 200 {
				t.Fatalf("webhook answered %d, want 200: it was committed", status)
			}
			b.quiet(b.bot)
			b.settleBy(second)
			if len(adopted) != 1 {
				t.Errorf("%d effects adopted, want the one that was claimed", len(adopted))
			}
			want := 2
			if others {
				want = 3
			}
			if got := b.heard(c); len(got) != want {
				t.Errorf("%d messages, want %d, none of them twice: %q", len(got), want, got)
			}
			if n := b.entries(o, func(e fsm.Event) bool { return e.Received != nil && e.Received.Text == "1" }); n != 1 {
				t.Errorf("the message is in the journal %d times, want once", n)
			}
			if n := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Lapsed }); n != 0 {
				t.Errorf("%d claims lapsed, want none: what was claimed was run", n)
			}
		})
	}
}

// Our commit never arrives, and another process commits the same event: its nonce is not ours, so we run nothing.
func TestLostCommitThatAnotherHasMade(t *testing.T) {
	t.Parallel()
	w := new(wire)
	adopted := 0
	b := newBench(t, benchOptions{hook: w, bot: func(o *bot.Options) {
		o.Point = func(name string) {
			if name == "adopted" {
				adopted++
			}
		}
	}})
	held := newGateAt("after-claim")
	held.arm()
	second := b.other(func(o *bot.Options) { o.Point = held.hit }) // so that its claim is alive when we reload
	c := client(1)
	o := b.open(c)
	hook := b.inbound(c, "1")
	w.keeping(1, func() { b.webhookAt(second, hook) })
	if status := b.webhook(hook); status != 200 {
		t.Fatalf("webhook answered %d, want 200: it is committed", status)
	}
	b.quiet(b.bot)
	if got := b.heard(c); len(got) != 1 || adopted != 0 {
		t.Errorf("%d messages, %d effects adopted; want 1 and 0: the claim is the other's", len(got), adopted)
	}
	close(held.open)
	b.quiet(second)
	b.settle()
	if got := b.heard(c); len(got) != 2 {
		t.Errorf("%d messages in the end, want 2: %q", len(got), got)
	}
	if n := b.entries(o, func(e fsm.Event) bool { return e.Received != nil }); n != 1 {
		t.Errorf("the message is in the journal %d times, want once", n)
	}
}

// What can't be committed is never acknowledged, however long it is tried; delivered again it is taken once.
func TestNoCommitIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the eight seconds that a commit is tried for")
	}
	w := new(wire)
	b := newBench(t, benchOptions{hook: w})
	c := client(1)
	o := b.open(c)
	hook := b.inbound(c, "1")
	w.keeping(1000, nil)
	if status := b.webhook(hook); status != 503 {
		t.Errorf("webhook answered %d, want 503: nothing was committed", status)
	}
	w.keeping(0, nil)
	if status := b.webhook(hook); status != 200 {
		t.Errorf("webhook answered %d when delivered again, want 200", status)
	}
	b.settle()
	if n := b.entries(o, func(e fsm.Event) bool { return e.Received != nil }); n != 1 {
		t.Errorf("the message is in the journal %d times, want once", n)
	}
}

// A commit is written, and neither its answer nor what is there can be read for as long as it is tried. The first message that
// it has claimed goes nevertheless, once: were the claim to lapse it would count as sent, and never go.
func TestFirstMessageOfAnUnansweredCommit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the eight seconds that a commit is tried for")
	}
	w, said := new(wire), newLines()
	var opened sync.Once
	b := newBench(t, benchOptions{hook: w, bot: func(o *bot.Options) {
		o.Log = zerolog.New(said)
		o.Point = func(name string) {
			if name == "after-commit" { // of the case; what its lookup has found is committed next, and wants the message sent
				opened.Do(func() { w.losing(1, func() { w.cut(true) }) })
			}
		}
	}})
	c := client(1)
	seed(b, c)
	o, err := b.bot.Open(b.ctx(), request(c))
	if err != nil {
		t.Fatal(err)
	}
	said.await(t, "claim is not given back yet")
	w.cut(false)
	b.goesOnce(c, o, 1)
}

// A commit arrives after it was given up, and claims a reply that nobody knows of. The reply goes, once, at once.
func TestCommitThatArrivesLate(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the eight seconds that a commit is tried for")
	}
	w := new(wire)
	b := newBench(t, benchOptions{hook: w})
	c := client(1)
	o := b.open(c)
	w.keeping(1000, nil)
	hook := b.inbound(c, "1")
	if status := b.webhook(hook); status != 503 {
		t.Fatalf("webhook answered %d, want 503: nothing was committed", status)
	}
	b.quiet(b.bot) // its claims have been given up, and there were none
	w.keeping(0, nil)
	w.arrives(t, b.server.Client(t))
	if n := len(b.document(o).Claims); n != 1 {
		t.Fatalf("%d claims, want the late commit's", n)
	}
	b.goesOnce(c, o, 2)
	if status := b.webhook(hook); status != 200 {
		t.Errorf("webhook answered %d when delivered again, want 200", status)
	}
	b.settle()
	if n := len(b.heard(c)); n != 2 {
		t.Errorf("%d messages after it was delivered again, want 2", n)
	}
}

// goesOnce lets another process do what is due until a customer has so many messages, none of them after a claim lapsed.
func (b *bench) goesOnce(c customer, o bot.Opened, messages int) {
	b.t.Helper()
	second := b.other(nil)
	b.eventually("its claim to be given up", func() bool {
		b.settleBy(second)
		return len(b.heard(c)) >= messages || b.entries(o, ended) > 0
	})
	b.settle()
	if got := b.heard(c); len(got) != messages {
		b.t.Errorf("%d messages, want %d: %q", len(got), messages, got)
	}
	if n := b.entries(o, ended); n != 0 {
		b.t.Errorf("%d effects ended otherwise than well, want none", n)
	}
}

func ended(e fsm.Event) bool { return e.Done != nil && e.Done.Result != fsm.OK }

// Redis is gone for a while: nobody is told that something is durable which isn't, and all goes on by itself.
func TestRedisGone(t *testing.T) {
	t.Parallel()
	gone := 2 * time.Second
	if proof() {
		gone = 12 * time.Second
	}
	w := &wire{refused: make(chan struct{}, 1)}
	b := newBench(t, benchOptions{hook: w})
	c, other := client(1), client(2)
	o := b.open(c)
	b.open(other)
	run, stop := b.running(b.bot)
	b.server.Stop()
	first, answer := b.inbound(c, "1"), make(chan int, 1)
	went := time.Now()
	go func() { answer <- b.webhook(first) }()
	for time.Since(went) < gone { // real time: the server is a process, and what tries to reach it goes by its own clock
		if _, ok := wait(w.refused); !ok {
			t.Fatal("nothing tries to reach Redis any more")
		}
	}
	select {
	case status := <-answer:
		if status != 503 {
			t.Errorf("webhook answered %d while Redis was gone, want 503", status)
		}
		answer <- status
	default:
	}
	if n := len(b.heard(c)); n != 1 {
		t.Errorf("%d messages while Redis was gone, want 1: no Redis, no send", n)
	}
	b.server.Start()
	back := time.Now()
	status, ok := wait(answer)
	if !ok {
		t.Fatal("the webhook was never answered")
	}
	if status == 503 { // the provider tries again
		status = b.webhook(first)
	}
	if status != 200 {
		t.Fatalf("webhook answered %d after Redis was back, want 200", status)
	}
	if status := b.webhook(b.inbound(other, "1")); status != 200 {
		t.Errorf("webhook of another customer answered %d, want 200", status)
	}
	if _, err := b.twilio.Wait(b.ctx(), 4); err != nil {
		t.Errorf("replies after Redis was back: %v", err)
	}
	if took := time.Since(back); took > 5*time.Second {
		t.Errorf("recovery took %s, want less than 5 s", took)
	}
	stop()
	if err := <-run; err != nil {
		t.Error(err)
	}
	if n := b.entries(o, func(e fsm.Event) bool { return e.Received != nil }); n != 1 {
		t.Errorf("the message is in the journal %d times, want once (gone for %s)", n, time.Since(went))
	}
}
