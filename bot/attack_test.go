package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// accountless is a provider that refuses our account for a while, for some messages.
type accountless struct {
	channels.Channel
	on   atomic.Bool
	text string
}

func (f *accountless) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	if f.on.Load() && strings.Contains(m.Message.Text, f.text) {
		return "", fmt.Errorf("%w: HTTP status 401", channels.ErrStopped)
	}
	return f.Channel.Send(ctx, m)
}

// The customer is recognised, the balance can't be sent for 35 minutes: by then nobody is recognised any more, and it isn't.
func TestPrivateTextIsNotSentOnceEvidenceIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	sms := &accountless{Channel: b.sms, text: "was due"}
	b.bot = b.other(func(o *bot.Options) { o.Channels = channelsOf(sms) })
	c := client(1)
	b.open(c)
	b.walk(c, "1", "day and month of birth")
	sms.on.Store(true)
	b.says(c, "14 march 2196")
	for range 34 {
		b.later(62 * time.Second)
	}
	sms.on.Store(false)
	b.later(62 * time.Second)
	for _, text := range b.heard(c) {
		if strings.Contains(text, "was due") {
			t.Errorf("sent when nobody was recognised any more: %q", text)
		}
	}
}

// A held STOP confirmation survives a second STOP: one is sent, not none and not two.
func TestStopTwiceConfirmsOnce(t *testing.T) {
	t.Parallel()
	held := newGateAt("before-gate")
	b := newBench(t, benchOptions{})
	first := b.other(func(o *bot.Options) { o.Point = held.hit })
	c := client(1)
	b.open(c)
	before := len(b.heard(c))
	held.arm()
	b.webhookAt(first, b.inbound(c, "STOP"))
	wait(held.came)
	b.says(c, "STOP")
	close(held.open)
	b.quiet(first)
	b.later(time.Minute)
	if n := len(b.heard(c)) - before; n != 1 {
		t.Errorf("%d confirmations, want 1", n)
	}
}

// News that leaves out a declared fact is refused: what it doesn't say must not be taken from earlier news.
func TestNewsMustBeWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	o := b.open(client(1))
	err := b.bot.Report(b.ctx(), bot.ReportRequest{ID: "1", Case: o.Case, Event: "psp.paid", Facts: map[string]string{"amount": "5.00"}})
	var invalid *bot.Invalid
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Name != "facts.reference" {
		t.Errorf("Report without a reference = %v, want facts.reference named", err)
	}
}

// Half an answer is no guess, for the breaker over all customers neither.
func TestHalfAnAnswerIsNotCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	b.open(c)
	b.walk(c, "1", "day and month of birth", "15 march", "reply with your postcode", "14 march 2196", "was due")
	now, err := b.store.Now(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	right, wrong, err := b.store.Tally(b.ctx(), now, 0, 0)
	if err != nil || right != 1 || wrong != 0 {
		t.Errorf("counted %d right and %d wrong, %v, want the whole answer alone", right, wrong, err)
	}
}
