package bot_test

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// BenchmarkWebhook is a message of a known customer, from the adapter's value to its commit, with nothing begun of what follows:
// what tracing costs a webhook, off and on.
func BenchmarkWebhook(b *testing.B) {
	for _, traced := range []bool{false, true} {
		b.Run(fmt.Sprintf("traced=%v", traced), func(b *testing.B) {
			bench := newBench(b, benchOptions{bot: func(o *bot.Options) {
				o.Log, o.CommitOnly = zerolog.Nop(), true
				if traced {
					o.Tracer = newSpans().tracer
				}
			}})
			from := message.Address("sms:" + client(1).number)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				inbound := message.Inbound{ID: fmt.Sprintf("twilio/SM%d", n), From: from, Text: "STOP", At: tuesday}
				if err := bench.bot.Receive(b.Context(), channels.Received{Inbound: []message.Inbound{inbound}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Without a tracer all that there is of tracing costs a webhook no allocation.
func TestTracingOffCostsNothing(t *testing.T) {
	b := bot.New(bot.Options{})
	if n := testing.AllocsPerRun(1000, b.Tracing(t.Context())); n != 0 {
		t.Errorf("%v allocations for a message without a tracer, want none", n)
	}
}
