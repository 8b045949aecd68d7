package bot_test

import (
	"testing"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// A failed receipt says that the customer has opted out. Its rank is noted, its commit isn't: when the provider comes
// again it still counts, and once more it is a duplicate.
func TestFailedReceiptOutlivesALostCommit(t *testing.T) {
	t.Parallel()
	w := new(wire)
	b := newBench(t, benchOptions{hook: w})
	c := client(1)
	o := b.open(c)
	sid := b.twilio.Messages()[0].SID
	hook, err := b.twilio.Status(sid, "failed", 21610)
	if err != nil {
		t.Fatal(err)
	}
	w.keeping(1000, nil)
	if first := b.webhook(hook); first == 200 {
		t.Error("acknowledged, and nothing is committed")
	}
	w.keeping(0, nil)
	for range 3 {
		if again := b.webhook(hook); again != 200 {
			t.Errorf("redelivered: answered %d, want 200", again)
		}
	}
	b.settle()
	if !b.document(o).Conversation.Contact.Stopped {
		t.Error("acknowledged, and the opt-out is lost")
	}
	if n := b.entries(o, func(e fsm.Event) bool { return e.Receipt != nil }); n != 1 {
		t.Errorf("%d receipts in the journal, want 1", n)
	}
}

// The other address of a signed event leads to a conversation that isn't there: it leads to this one from now on, and the
// message is not refused for ever.
func TestOtherAddressLeadsNowhere(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	also := message.Address("whatsapp-user:ZA.123")
	if _, err := b.store.Alias(b.ctx(), "p00-AAAAAAAAAAAAAAAAAAAAAAAAAA", also); err != nil {
		t.Fatal(err)
	}
	in := message.Inbound{ID: "twilio/SMx", From: message.Address("sms:" + c.number), Also: also, Text: "STOP"}
	if err := b.bot.Receive(b.ctx(), channels.Received{Inbound: []message.Inbound{in}}); err != nil {
		t.Fatalf("a STOP is refused for ever: %v", err)
	}
	if !b.document(o).Conversation.Contact.Stopped {
		t.Error("the STOP doesn't count")
	}
	if l, err := b.store.LoadAddress(b.ctx(), also); err != nil || l.Conversation.ID != o.Conversation {
		t.Errorf("the other address leads to %q, %v; want %q", l.Conversation.ID, err, o.Conversation)
	}
}
