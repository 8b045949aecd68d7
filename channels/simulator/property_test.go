package simulator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// move is one thing that happens in a run: a send, something that a customer does, or time.
type move struct {
	What  string
	To    message.Address
	Index int
	By    time.Duration
}

func moves() *rapid.Generator[[]move] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		return move{
			What:  rapid.SampledFrom([]string{"send", "send", "send", "type", "tap", "read", "pass", "stop", "start"}).Draw(t, "what"),
			To:    rapid.SampledFrom([]message.Address{thandi, whatsapp, "sms:+447700900002"}).Draw(t, "to"),
			Index: rapid.IntRange(1, 20).Draw(t, "bubble"),
			By:    time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second,
		}
	}), 1, 60)
}

func anyOptions() *rapid.Generator[simulator.Options] {
	return rapid.Custom(func(t *rapid.T) simulator.Options {
		share := func(name string) float64 { return float64(rapid.IntRange(0, 33).Draw(t, name)) / 100 }
		seconds := func(name string) time.Duration {
			return time.Duration(rapid.SampledFrom([]int{0, 0, 1, 60, 4000}).Draw(t, name)) * time.Second
		}
		return simulator.Options{
			Seed: rapid.Uint64().Draw(t, "seed"), Keep: rapid.SampledFrom([]int{0, 3}).Draw(t, "keep"),
			Rate:   rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "rate"),
			Delays: simulator.Delays{Sent: seconds("sent"), Delivered: seconds("delivered"), Read: seconds("read")},
			Chaos: simulator.Chaos{
				Throttle: share("throttle"), Ambiguous: share("ambiguous"), Fail: share("fail"), Duplicate: 3 * share("duplicate"),
				Reorder: 3 * share("reorder"), Delay: seconds("delay"),
			},
		}
	})
}

// played is what one run looked like from both ends.
type played struct {
	net   *simulator.Network
	log   []string                // all that was answered and told, in order, with its time
	ranks map[message.ID]int      // the highest seen of each bubble
	ended map[message.ID][]string // receipts of delivery or failure, by message: their IDs
	shown map[message.ID]int      // how often a telephone has shown a message
	fails func(format string, a ...any)
}

// play does moves on a network, whose clock moves with them; at the end time passes until nothing is on its way.
func play(ctx context.Context, o simulator.Options, all []move, fails func(string, ...any)) *played {
	p := &played{ranks: make(map[message.ID]int), ended: make(map[message.ID][]string), shown: make(map[message.ID]int), fails: fails}
	now := begin
	note := func(format string, a ...any) {
		p.log = append(p.log, now.Sub(begin).String()+" "+fmt.Sprintf(format, a...))
	}
	o.Now = func() time.Time { return now }
	o.Deliver = func(_ context.Context, r channels.Received) error {
		for _, in := range r.Inbound {
			note("in %s %q %s", in.ID, in.Text, in.Choice)
		}
		for _, receipt := range r.Receipts {
			note("receipt %s %s", receipt.ID, receipt.Code)
			if receipt.Status == message.Delivered || receipt.Status == message.Failed {
				p.ended[receipt.Message] = append(p.ended[receipt.Message], receipt.ID)
			}
		}
		return nil
	}
	o.Shown = func(_ context.Context, _ message.Address, b simulator.Bubble) { p.shown[b.ID]++ }
	p.net = simulator.New(o)
	pass := func(until time.Time) {
		for {
			at, ok := p.net.Due()
			if !ok || at.After(until) {
				break
			}
			if at.After(now) {
				now = at
			}
			if err := p.net.Attend(ctx); err != nil {
				p.fails("Attend = %v, want no error", err)
			}
			p.look()
		}
		if until.After(now) {
			now = until
		}
	}
	for i, m := range all {
		var err error
		switch m.What {
		case "send":
			out := outbound(m.To, word(i), "hello "+word(i%3))
			out.Message.Choices = []message.Choice{{ID: "a", Label: "One"}, {ID: "b", Label: "Two"}}
			out.Validity = time.Second + m.By
			var id message.ID
			id, err = p.net.Channel(m.To.Channel()).Send(ctx, out)
			note("send %s", id)
		case "tap":
			err = p.net.Tap(ctx, m.To, m.Index, "b")
		case "read":
			err = p.net.Read(ctx, m.To)
		case "pass":
			pass(now.Add(m.By))
		default:
			err = p.net.Type(ctx, m.To, m.What)
		}
		note("%s: %v", m.What, err)
		p.look()
	}
	for range 100 {
		if _, ok := p.net.Due(); !ok {
			return p
		}
		pass(now.Add(24 * time.Hour))
	}
	p.fails("there is always more to do")
	return p
}

// look fails where a tick has moved backwards.
func (p *played) look() {
	for _, a := range p.net.Addresses() {
		for _, b := range p.net.Thread(a) {
			if b.Status.Rank() < p.ranks[b.ID] || p.ranks[b.ID] == message.Failed.Rank() && b.Status != message.Failed {
				p.fails("bubble %d is %s, and was further: rank %d", b.N, b.Status, p.ranks[b.ID])
			}
			p.ranks[b.ID] = b.Status.Rank()
		}
	}
}

// Whatever the chaos, no tick moves backwards, and each accepted message is delivered or fails exactly once in the end;
// and the same seed gives the same run.
func TestWhateverTheChaos(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		o, all := anyOptions().Draw(t, "options"), moves().Draw(t, "moves")
		p := play(ctx, o, all, t.Errorf)
		c := p.net.Counts()
		if c.Delivered+c.Failed != c.Accepted {
			t.Errorf("%d delivered and %d failed of %d accepted, want each", c.Delivered, c.Failed, c.Accepted)
		}
		if len(p.ended) != c.Accepted {
			t.Errorf("receipts tell the end of %d messages, want of all %d accepted", len(p.ended), c.Accepted)
		}
		delivered := 0
		for id, ends := range p.ended {
			for _, end := range ends {
				if end != ends[0] {
					t.Errorf("a message ended twice: %s and %s", ends[0], end)
				}
			}
			if strings.HasSuffix(ends[0], "/delivered") {
				delivered++
			}
			if p.shown[id] > 1 || (p.shown[id] == 1) != strings.HasSuffix(ends[0], "/delivered") {
				t.Errorf("a telephone has shown a message %d times whose end is %s", p.shown[id], ends[0])
			}
		}
		if delivered != c.Delivered {
			t.Errorf("receipts tell of %d deliveries, want %d", delivered, c.Delivered)
		}
		again := play(ctx, o, all, t.Errorf)
		if diff := cmp.Diff(p.log, again.log); diff != "" {
			t.Errorf("the same seed once more (-first +second):\n%s", diff)
		}
	})
}

// One thread's chaos doesn't depend on what happens in others.
func TestThreadsMisbehaveByThemselves(t *testing.T) {
	t.Parallel()
	o := simulator.Options{Seed: 11, Chaos: simulator.Chaos{Throttle: 0.3, Ambiguous: 0.3, Duplicate: 0.3}}
	alone, crowded := simulator.New(o), simulator.New(o)
	for i := range 50 {
		for c := range 3 {
			_, _ = crowded.Channel("sms").Send(t.Context(), outbound(message.Address(fmt.Sprintf("sms:+44770090010%d", c)), word(i), "hello"))
		}
		id, err := alone.Channel("sms").Send(t.Context(), outbound(thandi, word(i), "hello"))
		other, otherErr := crowded.Channel("sms").Send(t.Context(), outbound(thandi, word(i), "hello"))
		if id != other || errorName(err) != errorName(otherErr) {
			t.Fatalf("send %d = %q, %v among others, want as alone: %q, %v", i, other, otherErr, id, err)
		}
	}
}
