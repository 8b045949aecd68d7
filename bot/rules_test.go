package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

func TestRedactCards(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"4111111111111111":                  "411111******1111",
		"4111 1111 1111 1111":               "4111 11** **** 1111",
		"4111-1111-1111-1111.":              "4111-11**-****-1111.",
		"4111 1111\n1111 1111":              "4111 11**\n**** 1111",
		"pay 500 4111111111111111":          "pay 500 411*********1111",
		"4111111111111111 exp 12/29":        "411111******1111 exp 12/29",
		"x4111111111111111x":                "x411111******1111x",
		"378282246310005":                   "378282*****0005",
		"６０１１１１１１１１１１１１１７":                  "６０１１１１******１１１７",
		"٤١١١١١١١١١١١١١١١":                  "٤١١١١١******١١١١",
		"4111111111111112":                  "4111111111111112", // no card: the check digit is wrong
		"call +27 82 123 4567 at 10":        "call +27 82 123 4567 at 10",
		"4 friday":                          "4 friday",
		"A-1: 1250.00 on 2026-11-27":        "A-1: 1250.00 on 2026-11-27",
		"4111111111111111 5500000000000004": "411111******1111 550000******0004",
		"":                                  "",
	} {
		if got := bot.RedactCards(text); got != want {
			t.Errorf("RedactCards(%q) = %q, want %q", text, got, want)
		}
	}
}

// 200 wrong answers in five minutes, in whatever process, and nothing counts as right until that is over.
func TestSprayBreaker(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	first, second := client(1), client(2)
	b.open(first)
	b.open(second)
	if _, _, err := b.store.Tally(b.ctx(), tuesday, 0, 199); err != nil { // another process
		t.Fatal(err)
	}
	b.walk(first, "1", "birth", "1 may 1111", "match") // the 200th, and the first that this process has seen
	b.walk(second, "1", "birth", "14 march 2196", "match")
	b.later(6 * time.Minute)
	b.walk(second, "14 march 2196", "was due")
}

// Two first messages on two channels don't go beyond a cap together: the second waits for the first one's result.
func TestCapCountsWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	email := &counter{}
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Channels["email"] = email }})
	c := client(1)
	o := b.open(c)
	before := len(b.heard(c))
	b.write(o, func(d *fsm.Conversation) {
		d.Contact.Sent = nil
		for range 6 {
			d.Contact.Sent = append(d.Contact.Sent, policy.Sent{At: d.At.Add(-time.Hour), Channel: "sms", Purpose: "collection"})
		}
		d.Contact.Consent = append(slices.Clone(d.Contact.Consent), policy.Consent{Channel: "email", Purpose: "collection", Given: true, Source: "agreement", At: d.At.AddDate(-1, 0, 0)})
		for i, to := range []message.Address{"sms:" + message.Address(c.number), "email:thandi@acme.example"} {
			d.Effects = append(d.Effects, fsm.Effect{
				ID: fmt.Sprintf("EFFECT%d", i), Lane: to.Channel() + "/proactive", Case: o.Case, Due: d.At, Since: d.At, Attempt: 1,
				Send: &fsm.Send{To: to, Message: message.Message{Text: "Hello"}, Kind: fsm.Proactive, Purpose: "collection", Until: d.At.Add(4 * time.Hour), Epoch: d.Epoch},
			})
		}
	})
	b.settle()
	if sms, mails := len(b.heard(c))-before, email.n.Load(); sms != 1 || mails != 0 {
		t.Fatalf("%d texts and %d mails, want 1 and 0: seven in a week are the most", sms, mails)
	}
	b.later(2 * time.Minute)
	if n := email.n.Load(); n != 0 {
		t.Errorf("%d mails once the text was sent, want 0", n)
	}
}

// counter is a channel that takes everything, or refuses it.
type counter struct {
	n   atomic.Int32
	err error
}

func (c *counter) Capabilities() message.Capabilities {
	return message.Capabilities{Channel: "email", Text: 10000}
}

func (c *counter) Send(_ context.Context, m message.Outbound) (message.ID, error) {
	n := c.n.Add(1)
	return message.ID(fmt.Sprintf("mail/%d/%s", n, m.Validity)), c.err
}

// What the provider rejects is our fault: it isn't tried again, and an operator gets a letter. A refused account is tried
// again for as long as the message is worth anything; nothing is committed for each try.
func TestRejectedAndRefusedAccount(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err      error
		letters  int
		calls    int32
		commits  int
		finished bool
	}{
		"rejected": {channels.ErrRejected, 1, 1, 1, true},
		"account":  {channels.ErrStopped, 0, 4, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sms := &refusing{Channel: nil, err: fmt.Errorf("%w: HTTP status 400", tc.err)}
			b := newBench(t, benchOptions{})
			sms.Channel = b.sms
			b.bot = b.other(func(o *bot.Options) { o.Channels = channelsOf(sms) })
			o := b.open(client(1))
			for range 3 {
				b.later(61 * time.Second)
			}
			letters, err := b.store.Letters(b.ctx())
			if err != nil || len(letters) != tc.letters {
				t.Errorf("%d letters, %v, want %d", len(letters), err, tc.letters)
			}
			if n := sms.n.Load(); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			sends := b.entries(o, func(e fsm.Event) bool { return e.Done != nil && len(e.Done.Values) == 0 })
			if sends != tc.commits {
				t.Errorf("%d results in the journal, want %d", sends, tc.commits)
			}
			if n := len(b.document(o).Conversation.Effects); (n == 0) != tc.finished {
				t.Errorf("%d effects left, want none: %v", n, tc.finished)
			}
		})
	}
}

type refusing struct {
	channels.Channel
	n   atomic.Int32
	err error
}

func (r *refusing) Send(context.Context, message.Outbound) (message.ID, error) {
	r.n.Add(1)
	return "", r.err
}

// A system that answers nobody is left alone after ten failures, and the gate isn't asked for it either.
func TestBreakerLeavesASystemAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	var calls atomic.Int32
	b.bank.Inject(func(string, string) error { calls.Add(1); return errors.New("away") }, nil)
	for i := range 25 {
		seed(b, client(i))
		if _, err := b.bot.Open(b.ctx(), request(client(i))); err != nil {
			t.Fatal(err)
		}
		b.quiet(b.bot)
	}
	if n := calls.Load(); n != 10 {
		t.Errorf("%d calls, want 10", n)
	}
	var _ integrations.System = b.bank
}

// The validity that goes to the provider ends with the message's worth, and with the hours in which it is allowed.
func TestValidityEndsWithItsWindow(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 24, 19, 30, 0, 0, time.UTC) // before closing time
	b := newBench(t, benchOptions{start: late})
	b.open(client(1))
	sent := b.twilio.Messages()
	if len(sent) != 1 {
		t.Fatalf("%d messages, want 1", len(sent))
	}
	if v := sent[0].Validity; v <= 0 || v > 30*time.Minute {
		t.Errorf("validity = %s, want at most what is left until 21:00", v)
	}
}

// What this process knows to be due soon wakes it, the earliest first, and what the next poll finds anyway doesn't.
func TestWakes(t *testing.T) {
	t.Parallel()
	w := bot.NewWakes()
	began := time.Now()
	w.Note("p01-ABCDEFGHIJKLMNOPQRSTUVWXYZ", 400*time.Millisecond)
	w.Note("p07-ABCDEFGHIJKLMNOPQRSTUVWXYZ", 20*time.Millisecond)
	w.Note("p08-ABCDEFGHIJKLMNOPQRSTUVWXYZ", time.Hour)
	w.Note("nonsense", 0)
	if _, ok := wait(w.C()); !ok {
		t.Fatal("nothing woke us")
	}
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("woken after %s, want 20 ms at least", took)
	}
	if got := w.Due(began.Add(50 * time.Millisecond)); !slices.Equal(got, []int{7}) {
		t.Errorf("due = %v, want partition 7", got)
	}
	if _, ok := wait(w.C()); !ok {
		t.Fatal("the later one didn't wake us")
	}
	if got := w.Due(began.Add(time.Minute)); !slices.Equal(got, []int{1}) {
		t.Errorf("due = %v, want partition 1", got)
	}
}
