package bot_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// erase deletes a conversation's document, as its archive or its erasure does.
func (b *bench) erase(o bot.Opened) {
	b.t.Helper()
	client, err := store.NewClient(b.server.URL())
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	partition, _, _ := strings.Cut(o.Conversation, "-")
	if n, err := client.Del(b.ctx(), "settle:{"+partition+"}:conversation:"+o.Conversation).Result(); err != nil || n != 1 {
		b.t.Fatalf("%d documents deleted, %v; want 1", n, err)
	}
}

// openAt opens a case of another account of a customer's, at these addresses.
func (b *bench) openAt(c customer, addresses ...string) bot.Opened {
	b.t.Helper()
	r := request(c)
	r.ID, r.Ref, r.Addresses = r.ID+"-again", r.Ref+"-again", nil
	account := ledger.Account{Ref: r.Ref, Customer: r.Customer, Balance: c.balance, DaysPastDue: c.late}
	if err := b.bank.Seed(b.ctx(), []ledger.Account{account}); err != nil {
		b.t.Fatal(err)
	}
	for _, a := range addresses {
		r.Addresses = append(r.Addresses, message.Address("sms:"+a))
	}
	o, err := b.bot.Open(b.ctx(), r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	return o
}

// lockOut types wrong facts until nothing counts as right.
func (b *bench) lockOut(c customer) bot.Opened {
	b.t.Helper()
	o := b.open(c)
	b.walk(c, "1", "day and month of birth", "14 march 2190", "match", "14 march 2190", "match")
	b.says(c, "14 march 2190")
	if v := b.view(o); v.Exception != "cannot-verify" {
		b.t.Fatalf("case stands at %q, want cannot-verify", v.Exception)
	}
	return o
}

// stillLocked tries the right facts; a day later they are right.
func (b *bench) stillLocked(c customer) {
	b.t.Helper()
	b.walk(c, "1", "day and month of birth", "14 march 2196", "match")
	b.pass(24 * time.Hour)
	b.walk(c, "14 march 2196", "was due")
}

// A customer who is locked out stays locked out whatever becomes of the conversation.
func TestLockoutOutlivesTheConversation(t *testing.T) {
	t.Parallel()
	const second = "+447700900555"
	for name, test := range map[string]func(t *testing.T, b *bench, c customer){
		"a case is opened again": func(t *testing.T, b *bench, c customer) {
			b.erase(b.lockOut(c))
			b.open(c)
			b.stillLocked(c)
		},
		"the customer writes first": func(t *testing.T, b *bench, c customer) {
			o := b.lockOut(c)
			b.erase(o)
			b.says(c, "hello")
			if n := len(b.document(o).Conversation.Lockout.Wrong); n != 3 {
				t.Errorf("begins with %d wrong facts, want 3", n)
			}
		},
		"its other address": func(t *testing.T, b *bench, c customer) {
			b.lockOut(c)
			b.erase(b.openAt(c, second)) // of the same conversation
			c.number = second
			b.openAt(c, second)
			b.stillLocked(c)
		},
		"the address comes to a conversation that wasn't locked": func(t *testing.T, b *bench, c customer) {
			b.erase(b.lockOut(c))
			other := client(2)
			b.open(other)
			b.openAt(other, other.number, c.number)
			b.stillLocked(other)
		},
		"one signed event names it beside another": func(t *testing.T, b *bench, c customer) {
			b.erase(b.lockOut(c))
			other := client(2)
			o := b.open(other)
			in := message.Inbound{ID: "twilio/SMboth", From: "sms:" + message.Address(other.number), Also: "sms:" + message.Address(c.number), Text: "HELP"}
			if err := b.bot.Receive(b.ctx(), channels.Received{Inbound: []message.Inbound{in}}); err != nil {
				t.Fatal(err)
			}
			b.settle()
			if n := len(b.document(o).Conversation.Lockout.Wrong); n != 3 {
				t.Errorf("the conversation counts %d wrong facts, want 3", n)
			}
		},
		"it begins anew and moves at once": func(t *testing.T, b *bench, c customer) {
			other := client(2)
			o := b.open(other)
			b.erase(b.lockOut(c))
			anew, err := b.store.Create(b.ctx(), message.Address("sms:"+c.number))
			if err != nil {
				t.Fatal(err)
			}
			move := fsm.Event{ID: "move/" + o.Conversation, Moved: &fsm.ConversationMoved{To: o.Conversation}}
			if err := b.bot.Handle(b.ctx(), anew.Conversation.ID, move); err != nil {
				t.Fatal(err)
			}
			b.settle()
			if n := len(b.document(o).Conversation.Lockout.Wrong); n != 3 {
				t.Errorf("the conversation counts %d wrong facts, want 3", n)
			}
		},
		"a disabled address gets no code": func(t *testing.T, b *bench, c customer) {
			o := b.openWithoutPostcode(c)
			b.says(c, "1")
			b.write(o, func(d *fsm.Conversation) { d.Lockout.InARow = 49 })
			b.says(c, "14 march 000000")
			b.erase(o)
			o = b.openWithoutPostcode(c)
			b.says(c, "1")
			if got := b.view(o).Exception; got != "cannot-verify" {
				t.Errorf("case stands at %q, want cannot-verify", got)
			}
			if codes := len(b.document(o).Conversation.Lockout.Codes); codes != 1 {
				t.Errorf("%d codes were sent, want the first one only", codes)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newBench(t, benchOptions{}), client(1))
		})
	}
}
