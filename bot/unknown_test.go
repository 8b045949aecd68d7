package bot_test

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// A send whose answer is lost is never simply repeated: a receipt settles it, else it is looked for, and only a reply that
// isn't found is sent once more.
func TestUnknownSend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		troubles []twiliotest.Trouble
		receipt  bool
		want     int // replies that arrived in the end
		requests int // to send
		settled  fsm.Result
	}{
		"not sent, sent once more":          {[]twiliotest.Trouble{twiliotest.HangUp}, false, 1, 2, fsm.OK},
		"twice not sent, never again":       {[]twiliotest.Trouble{twiliotest.HangUp, twiliotest.HangUp}, false, 0, 2, fsm.Unknown},
		"sent, found":                       {[]twiliotest.Trouble{twiliotest.DropAnswer}, false, 1, 1, fsm.OK},
		"sent, an error of 500, found":      {[]twiliotest.Trouble{twiliotest.BreakAfter}, false, 1, 1, fsm.OK},
		"sent, an unreadable answer":        {[]twiliotest.Trouble{twiliotest.GarbleAfter}, false, 1, 1, fsm.OK},
		"sent, its receipt comes meanwhile": {[]twiliotest.Trouble{twiliotest.DropAnswer}, true, 1, 1, fsm.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			c := client(1)
			o := b.open(c)
			for _, trouble := range tc.troubles {
				b.twilio.Misbehave(1, trouble)
			}
			before, requests := len(b.heard(c)), b.twilio.Requests()
			b.says(c, "1")
			b.later(10 * time.Second)
			if n := b.twilio.Requests() - requests; n != 1 {
				t.Fatalf("%d requests while in doubt, want 1", n)
			}
			if tc.receipt {
				sent := b.twilio.Messages()
				w, err := b.twilio.Status(sent[len(sent)-1].SID, "delivered", 0)
				if err != nil || b.webhook(w) != 200 {
					t.Fatal("the receipt was refused", err)
				}
				if n := len(b.document(o).Conversation.Effects); n != 0 {
					t.Errorf("%d effects after the receipt, want none: it has settled the send", n)
				}
			}
			for range 4 {
				b.later(31 * time.Second)
			}
			if n := len(b.heard(c)) - before; n != tc.want {
				t.Errorf("%d replies arrived, want %d", n, tc.want)
			}
			if n := b.twilio.Requests() - requests; n != tc.requests {
				t.Errorf("%d requests, want %d", n, tc.requests)
			}
			if n := len(b.document(o).Conversation.Effects); n != 0 {
				t.Errorf("%d effects in the end, want none", n)
			}
			var last fsm.Result
			for _, e := range b.journal(o) {
				if d := e.Entry.Event.Done; d != nil && d.Attempt > 0 {
					last = d.Result
				}
			}
			if last != tc.settled {
				t.Errorf("the last result = %q, want %q", last, tc.settled)
			}
		})
	}
}

// What we start is never sent a second time, nor is a code.
func TestUnknownProactiveAndCodeAreNeverSentAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	b.twilio.Misbehave(1, twiliotest.HangUp)
	b.open(c)
	for range 4 {
		b.later(31 * time.Second)
	}
	if n := b.twilio.Requests(); n != 1 {
		t.Errorf("%d requests for a first message in doubt, want 1", n)
	}

	lossy := &codeLoser{Channel: b.sms}
	b.bot = b.other(func(o *bot.Options) { o.Channels = channelsOf(lossy) })
	c = client(2)
	b.openWithoutPostcode(c)
	b.says(c, "1")
	for range 4 {
		b.later(31 * time.Second)
	}
	if n := lossy.codes.Load(); n != 1 {
		t.Errorf("%d tries to send a code in doubt, want 1", n)
	}
}

// openWithoutPostcode opens a case with one known fact: who is replying is asked for a code too.
func (b *bench) openWithoutPostcode(c customer) bot.Opened {
	b.t.Helper()
	seed(b, c)
	r := request(c)
	delete(r.Facts, "postcode")
	o, err := b.bot.Open(b.ctx(), r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	return o
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// codeLoser is a provider that may or may not have sent a code.
type codeLoser struct {
	channels.Channel
	codes atomic.Int32
}

func (l *codeLoser) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	if sixDigits.MatchString(m.Message.Text) && !strings.Contains(m.Message.Text, "123456") {
		l.codes.Add(1)
		return "", channels.ErrUnknown
	}
	return l.Channel.Send(ctx, m)
}
