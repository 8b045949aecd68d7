package bot_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// A decides to send, B commits STOP and confirms it, A comes to the gate: it is refused.
func TestStopBetweenLoadAndGate(t *testing.T) {
	t.Parallel()
	held := newGateAt("before-gate")
	b := newBench(t, benchOptions{})
	first := b.other(func(o *bot.Options) { o.Point = held.hit })
	c := client(1)
	b.open(c)
	held.arm()
	if status := b.webhookAt(first, b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	if _, ok := wait(held.came); !ok {
		t.Fatal("nothing came to the gate")
	}
	before := len(b.heard(c))
	b.says(c, "STOP")
	close(held.open)
	b.quiet(first)
	b.later(time.Minute)
	got := b.heard(c)[before:]
	if len(got) != 1 || !strings.Contains(got[0], "START") {
		t.Errorf("after STOP were sent %q, want the one confirmation", got)
	}
	b.says(c, "STOP")
	if n := len(b.heard(c)) - before; n != 1 {
		t.Errorf("%d messages after a second STOP, want 1", n)
	}
}

// STOP against everything that may be going on, at random: after its commit no provider call begins but its confirmation.
func TestStopInRandomInterleavings(t *testing.T) {
	t.Parallel()
	trials := 250 // four times
	switch {
	case testing.Short():
		trials = 25
	case proof():
		trials = 1000
	case raced:
		trials = 60
	}
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			stopAtRandom(t, trials)
		})
	}
}

func stopAtRandom(t *testing.T, trials int) {
	b := newBench(t, benchOptions{})
	var mu sync.Mutex
	asked := make(map[string]int64) // goroutine -> when it last came to the gate
	var clock atomic.Int64
	passed := make(chan int64, 100000)
	order := new(shuffle)
	point := func(name string) {
		switch name {
		case "after-claim", "before-gate":
			order.step()
			if name == "before-gate" {
				mu.Lock()
				asked[goroutine()] = clock.Add(1)
				mu.Unlock()
			}
		}
	}
	watched := watchedChannel{b.sms, func() {
		mu.Lock()
		defer mu.Unlock()
		passed <- asked[goroutine()]
	}}
	with := func(o *bot.Options) { o.Point, o.Channels = point, channelsOf(watched) }
	bots := []*bot.Bot{b.other(with), b.other(with)}
	b.bot = bots[0]
	for i := range trials {
		c := client(i % 1000)
		b.open(c)
		before := len(b.heard(c))
		if rand.N(2) == 0 {
			b.says(c, "1")
			before = len(b.heard(c))
		}
		for len(passed) > 0 {
			<-passed
		}
		var going sync.WaitGroup
		texts := []string{"1", "14 march 2196", "AGENT", "menu"}[:1+rand.N(4)]
		steps := order.begin()
		for n, text := range texts {
			w, at := b.inbound(c, text), bots[n%2]
			going.Go(func() {
				b.webhookAt(at, w)
				order.step()
			})
		}
		for range rand.N(len(texts) + 1) { // STOP comes after so many of them have got anywhere
			<-steps
		}
		stop := b.inbound(c, "STOP")
		if status := b.webhookAt(bots[rand.N(2)], stop); status != 200 {
			t.Fatalf("webhook answered %d", status)
		}
		stopped := clock.Add(1)
		order.end()
		going.Wait()
		for _, at := range bots {
			b.quiet(at)
		}
		confirmations := 0
		for _, text := range b.heard(c)[before:] {
			if strings.Contains(text, "START") && strings.Contains(text, "messages") {
				confirmations++
			}
		}
		late := 0
		for len(passed) > 0 {
			if at := <-passed; at > stopped {
				late++
			}
		}
		if confirmations != 1 || late > 1 {
			t.Fatalf("trial %d: %d confirmations, %d calls begun after STOP was acknowledged, want 1 and at most 1: %q",
				i, confirmations, late, b.heard(c)[before:])
		}
	}
}

// shuffle makes the order random in which goroutines go on: between begin and end, one in three that comes to a step waits
// there until another one comes to a step.
type shuffle struct {
	mu    sync.Mutex
	next  chan struct{} // guarded by mu; closed at the next step; nil: nobody waits
	steps chan struct{} // guarded by mu; gets a value at each step
}

func (s *shuffle) begin() (steps <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.steps = make(chan struct{}), make(chan struct{}, 1000)
	return s.steps
}

func (s *shuffle) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.next)
	s.next = nil
}

func (s *shuffle) step() {
	s.mu.Lock()
	if s.next == nil {
		s.mu.Unlock()
		return
	}
	close(s.next)
	s.next = make(chan struct{})
	next, steps := s.next, s.steps
	s.mu.Unlock()
	steps <- struct{}{}
	if rand.N(3) == 0 {
		<-next
	}
}

// proof says whether the long forms are wanted.
func proof() bool { return os.Getenv("SETTLE_PROOF") == "1" }

// watchedChannel tells of each call to the provider.
type watchedChannel struct {
	channels.Channel
	called func()
}

func (w watchedChannel) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	w.called()
	return w.Channel.Send(ctx, m)
}
