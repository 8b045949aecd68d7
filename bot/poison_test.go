package bot_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// hollow is a library in which the workflows have lost all that they had: whatever is stepped with it fails.
func (b *bench) hollow() *fsm.Library {
	l := fsm.NewLibrary()
	for name, w := range b.lib.All() {
		l.Add(&fsm.Workflow{Name: name, Hash: w.Hash})
	}
	return l
}

// An event that can't be stepped is our fault. Whatever it is, it is kept as a letter and nothing loops.
func TestPoison(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		breaks func(*fsm.Conversation, *fsm.Case)
		says   string
		stuck  bool
	}{
		"timer": {breaks: func(c *fsm.Conversation, k *fsm.Case) {
			c.Timers = append(c.Timers, fsm.Timer{
				Name: "report#99", Case: k.ID, Due: c.At, Report: &fsm.SystemReported{Case: "gone", Event: "psp.paid"},
			})
		}, stuck: true},
		"timer of a workflow that is gone": {breaks: func(c *fsm.Conversation, k *fsm.Case) {
			c.Timers = append(c.Timers, fsm.Timer{Name: "open#99", Case: k.ID, Due: c.At.Add(-time.Hour), Open: &fsm.Opening{Workflow: "gone"}})
		}, stuck: true},
		"effect of no kind": {breaks: func(c *fsm.Conversation, k *fsm.Case) {
			c.Effects = append(c.Effects, fsm.Effect{ID: "NOKIND", Lane: "x", Case: k.ID, Due: c.At, Since: c.At, Attempt: 1})
		}, stuck: true},
		"inbound": {breaks: func(*fsm.Conversation, *fsm.Case) {}, says: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meter := newMeter()
			b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Meter = meter }})
			c := client(1)
			o := b.open(c)
			b.write(o, func(d *fsm.Conversation) {
				d.Cases[0].Thread = message.Address("sms:" + c.number)
				tc.breaks(d, &d.Cases[0])
			})
			before := b.document(o).Conversation
			if tc.says != "" {
				broken := b.other(func(o *bot.Options) { o.Meter, o.Library = meter, b.hollow() })
				if status := b.webhookAt(broken, b.inbound(c, tc.says)); status != 200 {
					t.Fatalf("webhook answered %d, want 200: the event is kept", status)
				}
				b.quiet(broken)
			}
			for range 3 {
				b.later(6 * time.Second)
			}
			letters, err := b.store.Letters(b.ctx())
			if err != nil || len(letters) != 1 {
				t.Fatalf("%d letters, %v, want one", len(letters), err)
			}
			if n := meter.of("event", "poison"); n > 1 || tc.stuck && n == 0 {
				t.Errorf("stepped %d times, want once: nothing loops", n)
			}
			d := b.document(o).Conversation
			if k := d.Case(o.Case); (k.Exception == "stuck" && d.Handoff != nil) != tc.stuck {
				t.Errorf("case is in %q, exception %q, hand-off %+v; want it stuck: %v", k.State, k.Exception, d.Handoff, tc.stuck)
			}
			if !tc.stuck && (d.Cases[0].State != before.Cases[0].State || len(d.Prompts) != len(before.Prompts)) {
				t.Errorf("case is in %q, prompts %+v; want the conversation as it was", d.Cases[0].State, d.Prompts)
			}
			b.says(c, "STOP")
			if got := b.last(c); !strings.Contains(got, "START") {
				t.Errorf("after STOP the last message = %q, want its confirmation: it can't fail", got)
			}
		})
	}
}

// A letter of the same event is one letter, however often it comes.
func TestLettersAreIdempotent(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	b.open(c)
	hook := b.inbound(c, "1")
	broken := func(o *bot.Options) { o.Library = b.hollow() }
	first, second := b.other(broken), b.other(broken)
	for range 3 {
		for _, at := range []*bot.Bot{first, second} {
			if status := b.webhookAt(at, hook); status != 200 {
				t.Fatalf("webhook answered %d, want 200: the event is kept", status)
			}
		}
	}
	letters, err := b.store.Letters(b.ctx())
	if err != nil || len(letters) != 1 {
		t.Errorf("%d letters, %v, want one", len(letters), err)
	}
}

// What makes a document too large is a letter too. What came with it isn't held back.
func TestTooLargeIsALetter(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	b.open(c)
	r := request(client(2))
	r.Addresses, r.Customer = []message.Address{"sms:" + message.Address(c.number)}, "C-1"
	r.ID = strings.Repeat("x", 80<<10)
	if _, err := b.bot.Open(b.ctx(), r); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("Open of a case of 80 KB: %v, want %v", err, store.ErrTooLarge)
	}
	letters, err := b.store.Letters(b.ctx())
	if err != nil || len(letters) != 1 {
		t.Errorf("%d letters, %v, want one", len(letters), err)
	}
	b.walk(c, "1", "day and month of birth")
}
