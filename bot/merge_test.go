package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// One signed event that names an address of each of two conversations makes one of them, the older; nothing is lost, and
// whoever still has the younger one's name is led on.
func TestMerge(t *testing.T) {
	t.Parallel()
	for name, caseIsOlder := range map[string]bool{"the case is in the older": true, "the case is in the younger": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			c, stranger := client(1), client(2)
			if !caseIsOlder {
				b.says(stranger, "hello?")
				b.pass(time.Second)
			}
			o := b.open(c)
			if caseIsOlder {
				b.pass(time.Second)
				b.says(stranger, "hello?")
			}
			was, err := b.store.LoadAddress(b.ctx(), message.Address("sms:"+stranger.number))
			if err != nil {
				t.Fatal(err)
			}
			in := message.Inbound{ID: "twilio/SMboth", From: "sms:" + message.Address(c.number), Also: "sms:" + message.Address(stranger.number), Text: "1"}
			for range 3 { // the provider is in doubt
				if err := b.bot.Receive(b.ctx(), channels.Received{Inbound: []message.Inbound{in}}); err != nil {
					t.Fatal(err)
				}
			}
			b.settle()
			want, loser := o.Conversation, was.Conversation.ID
			if !caseIsOlder {
				want, loser = loser, want
			}
			for _, a := range []string{c.number, stranger.number} {
				l, err := b.store.LoadAddress(b.ctx(), message.Address("sms:"+a))
				if err != nil || l.Conversation.ID != want {
					t.Errorf("an address leads to %q, %v, want the older conversation %q", l.Conversation.ID, err, want)
				}
			}
			v, err := b.bot.Case(b.ctx(), o.Case)
			if err != nil || v.Conversation != want {
				t.Fatalf("case = %+v, %v, want it in %q", v, err, want)
			}
			o.Conversation = want
			if n := b.entries(o, func(e fsm.Event) bool { return e.ID == in.ID }); n != 1 {
				t.Errorf("the message is in the journal %d times, want once", n)
			}
			late := fsm.Event{ID: "twilio/SMlate/failed", Receipt: &fsm.ReceiptArrived{Effect: "LATE", Status: message.Failed}}
			if err := b.bot.Handle(b.ctx(), loser, late); err != nil {
				t.Errorf("Handle of an event of the moved conversation: %v", err)
			}
			if n := b.entries(o, func(e fsm.Event) bool { return e.ID == late.ID }); n != 1 {
				t.Errorf("a late receipt of the moved conversation is in the journal %d times, want once", n)
			}
			for range 3 {
				b.later(time.Minute)
			}
			b.says(stranger, "STOP")
			heard := len(b.heard(c)) + len(b.heard(stranger))
			b.says(c, "1")
			if got := b.last(stranger); !strings.Contains(got, "START") || len(b.heard(c))+len(b.heard(stranger)) != heard {
				t.Errorf("after STOP from the other address the contact hears %q", got)
			}
		})
	}
}
