package simulator_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// A campaign's contacts all get their message and answer it, with many hands and some chaos, and their threads don't grow.
func TestCampaign(t *testing.T) {
	t.Parallel()
	const contacts, rounds, keep = 3000, 5, 4
	var (
		clock   atomic.Int64
		answers atomic.Int64
		n       *simulator.Network
	)
	n = simulator.New(simulator.Options{
		Now:  func() time.Time { return begin.Add(time.Duration(clock.Load())) },
		Keep: keep, Hands: 8, Seed: 5, Chaos: simulator.Chaos{Duplicate: 0.1, Delay: time.Minute},
		Delays: simulator.Delays{Sent: time.Second, Delivered: time.Second},
		Deliver: func(_ context.Context, r channels.Received) error {
			answers.Add(int64(len(r.Inbound)))
			return nil
		},
		Shown: func(ctx context.Context, to message.Address, _ simulator.Bubble) {
			if err := n.Type(ctx, to, "1"); err != nil {
				t.Errorf("Type: %v", err)
			}
		},
	})
	sms := n.Channel("sms")
	for round := range rounds {
		for i := range contacts {
			if _, err := sms.Send(t.Context(), outbound(contact(i), word(round), "hello")); err != nil {
				t.Fatal(err)
			}
		}
		clock.Add(int64(time.Hour))
		if err := n.Attend(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Add(int64(time.Hour)) // answers are late as well
		if err := n.Attend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := n.Counts().Delivered, contacts*rounds; got != want {
		t.Errorf("%d messages are delivered, want %d", got, want)
	}
	if got, want := int(answers.Load()), contacts*rounds; got < want || got > 2*want {
		t.Errorf("%d answers have come, want %d and a tenth of them more than once", got, want)
	}
	for i := range contacts {
		if got := len(n.Thread(contact(i))); got != keep {
			t.Fatalf("a thread has %d bubbles, want the latest %d", got, keep)
		}
	}
	if at, ok := n.Due(); ok {
		t.Errorf("something is due at %s, want nothing", at)
	}
}

// Nothing piles up of what is done, even where nobody ever attends.
func TestNothingPilesUp(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{Keep: 10})
	for i := range 1000 {
		b.send(outbound(contact(i%7), word(i), "hello"))
		b.types(contact(i%7), "1")
	}
	if got := b.net.Waiting(); got > 10 {
		t.Errorf("%d wakes are kept of 1000 turns, want a few at most", got)
	}
}

func contact(i int) message.Address { return message.Address(fmt.Sprintf("sms:+4477009%05d", i)) }

// BenchmarkThread is what one contact of a campaign takes: a message out, its receipts, and an answer in.
func BenchmarkThread(b *testing.B) {
	n := simulator.New(simulator.Options{Now: func() time.Time { return begin }})
	sms := n.Channel("sms")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		to := message.Address(fmt.Sprintf("sms:+447%09d", i))
		if _, err := sms.Send(b.Context(), outbound(to, "effect1", "hello")); err != nil {
			b.Fatal(err)
		}
		if err := n.Type(b.Context(), to, "1"); err != nil {
			b.Fatal(err)
		}
	}
}
