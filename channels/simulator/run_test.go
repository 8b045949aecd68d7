package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// Run does what is due when it is, tries again what nobody took, and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			mu       sync.Mutex
			told     []string
			problems int
		)
		began := time.Now()
		n := simulator.New(simulator.Options{
			Delays: simulator.Delays{Sent: time.Second, Delivered: 90 * time.Second},
			Deliver: func(_ context.Context, r channels.Received) error {
				mu.Lock()
				defer mu.Unlock()
				if problems == 0 {
					return errDeaf
				}
				for _, receipt := range r.Receipts {
					told = append(told, fmt.Sprintf("%s %s", receipt.Status, time.Since(began)))
				}
				return nil
			},
			Problem: func(error) {
				mu.Lock()
				defer mu.Unlock()
				problems++
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); n.Run(ctx) }()
		if _, err := n.Channel("sms").Send(ctx, outbound(thandi, "effect1", "hello")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // of the bubble's clock
		cancel()
		<-done
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"sent 2s", "delivered 1m31s"}; !slices.Equal(told, want) || problems != 1 {
			t.Errorf("told %q with %d problems, want %q and 1", told, problems, want)
		}
	})
}

// A clock that is moved is noticed.
func TestRunNoticesAMovedClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, simulator.Options{Delays: simulator.Delays{Delivered: 5 * time.Hour}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.net.Run(ctx) }()
		m := outbound(thandi, "effect1", "hello")
		m.Validity = 10 * time.Hour
		b.send(m)
		time.Sleep(time.Hour)
		if got, want := b.told(), []string{"effect1 sent"}; !slices.Equal(got, want) {
			t.Errorf("before the clock moves told %q, want %q", got, want)
		}
		b.set(begin.Add(6 * time.Hour))
		time.Sleep(time.Second)
		if got, want := b.told(), []string{"effect1 sent", "effect1 delivered"}; !slices.Equal(got, want) {
			t.Errorf("after the clock moved told %q, want %q", got, want)
		}
		cancel()
		<-done
	})
}

// Whoever looks is told of each change and keeps nobody waiting.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.Options{})
	one, endOne := b.net.Subscribe(thandi)
	other, endOther := b.net.Subscribe(whatsapp)
	any, endAny := b.net.Subscribe("")
	has := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	for range 3 { // nobody reads, and nobody waits
		b.send(outbound(thandi, "effect1", "hello"))
	}
	if got, want := [3]bool{has(one), has(other), has(any)}, [3]bool{true, false, true}; got != want {
		t.Errorf("told of a send (its thread, another, any) = %v, want %v", got, want)
	}
	b.attend()
	if !has(one) || !has(any) || has(one) {
		t.Errorf("told of a delivery not once, want one signal")
	}
	endOne()
	b.types(thandi, "hello")
	if got, want := [3]bool{has(one), has(other), has(any)}, [3]bool{false, false, true}; got != want {
		t.Errorf("after the end of the first, told = %v, want %v", got, want)
	}
	endOther()
	endAny()
}

// A simulated customer answers from within Shown, and a bot from within Deliver: nobody waits for themselves.
func TestConversationFromWithin(t *testing.T) {
	t.Parallel()
	const turns = 5
	for _, hands := range []int{0, 4} {
		var (
			n    *simulator.Network
			busy sync.Map // telephones at which somebody is
		)
		n = simulator.New(simulator.Options{
			Hands: hands, Now: func() time.Time { return begin },
			Deliver: func(ctx context.Context, r channels.Received) error {
				for _, in := range r.Inbound {
					if _, also := busy.LoadOrStore(in.From, true); also {
						t.Errorf("two things are done at once at the telephone of %s", in.From)
					}
					defer busy.Delete(in.From)
					if _, err := n.Channel(in.From.Channel()).Send(ctx, outbound(in.From, in.ID, "you said "+in.Text)); err != nil {
						return err
					}
				}
				return nil
			},
			Shown: func(ctx context.Context, to message.Address, b simulator.Bubble) {
				if _, also := busy.LoadOrStore(to, true); also {
					t.Errorf("two things are done at once at the telephone of %s", to)
				}
				defer busy.Delete(to)
				if b.N < 2*turns {
					if err := n.Type(ctx, to, word(b.N)); err != nil {
						t.Errorf("Type: %v", err)
					}
				}
			},
		})
		var customers sync.WaitGroup
		for i := range 20 {
			customers.Go(func() {
				if err := n.Type(t.Context(), message.Address(fmt.Sprintf("sms:+4477009%05d", i)), "hello"); err != nil {
					t.Errorf("Type: %v", err)
				}
			})
		}
		customers.Wait()
		if err := n.Attend(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, a := range n.Addresses() {
			if got := len(n.Thread(a)); got != 2*turns {
				t.Errorf("with %d hands the thread of %s has %d bubbles, want %d", hands, a, got, 2*turns)
			}
		}
		if at, ok := n.Due(); ok {
			t.Errorf("with %d hands something is due at %s, want nothing", hands, at)
		}
	}
}

// An Attend that is cut off, by its context or by a panic, leaves the rest for the next.
func TestAttendIsCutOff(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"context", "panic", "context, while another has taken over"} {
		b := newBench(t, simulator.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		var n *simulator.Network
		n = simulator.New(simulator.Options{Now: b.clock, Deliver: func(context.Context, channels.Received) error {
			calls++
			switch {
			case calls > 1:
			case how == "panic":
				panic("the first call of Deliver")
			case how != "context":
				if err := n.Attend(t.Context()); err != nil { // it leaves this telephone to the first
					t.Errorf("Attend meanwhile: %v", err)
				}
				fallthrough
			default:
				cancel()
			}
			return nil
		}})
		for i := range 3 {
			if _, err := n.Channel("sms").Send(t.Context(), outbound(thandi, word(i), "hello")); err != nil {
				t.Fatal(err)
			}
		}
		func() {
			defer func() { _ = recover() }()
			if err := n.Attend(ctx); err == nil {
				t.Errorf("Attend whose context ended = nil, want its error")
			}
		}()
		if _, ok := n.Due(); !ok {
			t.Errorf("cut off by %s: nothing is due, want the rest", how)
		}
		if err := n.Attend(t.Context()); err != nil {
			t.Errorf("cut off by %s: the next Attend = %v, want no error", how, err)
		}
		if got := n.Counts(); got.Delivered != 3 || calls != 6 {
			t.Errorf("cut off by %s: %+v and %d webhooks, want 3 delivered and 6", how, got, calls)
		}
		cancel()
	}
}

// A provider that is silent keeps the caller for as long as they wait.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := simulator.New(simulator.Options{})
		n.Plan(thandi, simulator.Silence)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		_, err := n.Channel("sms").Send(ctx, outbound(thandi, "effect1", "hello"))
		if took := time.Since(began); took != 10*time.Second || !errors.Is(err, channels.ErrUnknown) {
			t.Errorf("Send = %v after %s, want ErrUnknown after 10s", err, took)
		}
	})
}
