package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// bench is a network under a clock that moves when it is moved, and what its webhooks have said.
type bench struct {
	t   *testing.T
	net *simulator.Network

	mu       sync.Mutex
	now      time.Time           // guarded by mu
	received []channels.Received // guarded by mu
	deaf     int                 // guarded by mu; so many webhooks are not taken
}

var errDeaf = errors.New("nobody takes it")

func newBench(t *testing.T, o simulator.Options) *bench {
	t.Helper()
	b := &bench{t: t, now: begin}
	o.Now, o.Deliver = b.clock, b.deliver
	b.net = simulator.New(o)
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) deliver(_ context.Context, r channels.Received) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deaf > 0 {
		b.deaf--
		return errDeaf
	}
	b.received = append(b.received, r)
	return nil
}

// later moves the clock and does what is due at every time on the way, at that time.
func (b *bench) later(by time.Duration) {
	b.t.Helper()
	end := b.clock().Add(by)
	for {
		at, ok := b.net.Due()
		if !ok || at.After(end) {
			break
		}
		b.set(at)
		b.attend()
	}
	b.set(end)
	b.attend()
}

func (b *bench) set(to time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if to.After(b.now) {
		b.now = to
	}
}

func (b *bench) attend() {
	b.t.Helper()
	if err := b.net.Attend(b.t.Context()); err != nil {
		b.t.Fatalf("Attend: %v", err)
	}
}

// settle lets time pass until nothing is on its way.
func (b *bench) settle() {
	b.t.Helper()
	for range 100 {
		if _, ok := b.net.Due(); !ok {
			return
		}
		b.later(time.Hour)
	}
	b.t.Fatal("there is always more to do")
}

func outbound(to message.Address, key, text string) message.Outbound {
	return message.Outbound{
		Key: key, Conversation: "p07." + key, To: to, Message: message.Message{Text: text}, Validity: time.Hour, Since: begin,
	}
}

// send sends, and fails where that does.
func (b *bench) send(m message.Outbound) message.ID {
	b.t.Helper()
	id, err := b.net.Channel(m.To.Channel()).Send(b.t.Context(), m)
	if err != nil {
		b.t.Fatalf("Send %s: %v", m.Key, err)
	}
	return id
}

func (b *bench) types(from message.Address, text string) {
	b.t.Helper()
	if err := b.net.Type(b.t.Context(), from, text); err != nil {
		b.t.Fatalf("Type: %v", err)
	}
}

// told are the inbound texts and the receipts that have come, in order: "in hello 1", "effect1 sent".
func (b *bench) told() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, r := range b.received {
		for _, in := range r.Inbound {
			out = append(out, "in "+in.Text)
		}
		for _, receipt := range r.Receipts {
			out = append(out, fmt.Sprintf("%s %s", receipt.Key, receipt.Status))
		}
	}
	return out
}

// last is the newest bubble of a thread.
func (b *bench) last(a message.Address) simulator.Bubble {
	b.t.Helper()
	all := b.net.Thread(a)
	if len(all) == 0 {
		b.t.Fatalf("thread of %s is empty", a)
	}
	return all[len(all)-1]
}

// word is a key that differs for each number.
func word(i int) string { return fmt.Sprintf("effect%d", i) }

// errorName is what an error of Send is known as.
func errorName(err error) string {
	var throttled channels.Throttled
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &throttled):
		return "throttled"
	case errors.Is(err, channels.ErrUnknown):
		return "unknown"
	}
	return err.Error()
}

// heard is what a customer said last, as its webhook tells it.
func (b *bench) heard() message.Inbound {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range slices.Backward(b.received) {
		if len(r.Inbound) == 1 {
			return r.Inbound[0]
		}
	}
	b.t.Fatal("no webhook has brought a message")
	return message.Inbound{}
}
