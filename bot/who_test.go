package bot_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// A button of a question that is over does nothing; of the present one, tapped twice at once, it acts once.
func TestOldTap(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.known(c)
	tap := func(option string) twiliotest.Webhook {
		p := b.document(o).Conversation.Prompts["sms:"+c.number]
		return b.twilio.Inbound(publicURL+"/channels/sms/inbound", c.number, bankSMS, option,
			twiliotest.Tap(fmt.Sprintf("%s.%d.%s", p.Case, p.Serial, option), option)...)
	}
	old := tap("dispute")
	b.walk(c, "4 friday", "How much")
	before := b.view(o).State
	if status := b.webhook(old); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	b.settle()
	if got := b.view(o).State; got != before {
		t.Errorf("an old tap moved the case from %q to %q", before, got)
	}
	b.walk(c, "1250", "Right?")
	yes := tap("yes")
	again := yes // the same button, tapped again: another message of Twilio's
	again.Form = twiliotest.Inbound(c.number, bankSMS, "yes", twiliotest.Tap(yes.Form.Get("ButtonPayload"), "yes")...)
	var both sync.WaitGroup
	for _, w := range []twiliotest.Webhook{yes, again} {
		both.Go(func() { b.webhook(w) })
	}
	both.Wait()
	b.settle()
	if n := len(b.rows("promises")); n != 1 {
		t.Errorf("%d promises, want 1", n)
	}
}

// Two customers on one number: refused unless the bank says that it is meant; and then what one has proved opens nothing
// of the other's.
func TestSharedPhone(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	first, second := client(1), client(2)
	second.number, second.birth, second.balance = first.number, "1988-07-02", "9999.00"
	one := b.open(first)
	if err := b.bank.Seed(b.ctx(), []ledger.Account{{Ref: "A-2", Customer: "C-2", Balance: second.balance, DaysPastDue: 12}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.bot.Open(b.ctx(), request(second)); !errors.Is(err, bot.ErrShared) {
		t.Fatalf("Open of another customer on the same number: %v, want %v", err, bot.ErrShared)
	}
	if _, err := b.store.LoadAddress(b.ctx(), store.Customer("C-2")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the refused customer's reference leads somewhere (%v), want %v", err, store.ErrNotFound)
	}
	shared := request(second)
	shared.Shared = true
	two, err := b.bot.Open(b.ctx(), shared)
	if err != nil || two.Conversation != one.Conversation {
		t.Fatalf("Open, shared = %+v, %v, want the conversation %s", two, err, one.Conversation)
	}
	b.asked(first)
	b.says(first, "yes")
	b.walk(first, "1", "day and month of birth") // its case has ended: the other's turn
	b.walk(first, "14 march 2196", "match")      // the first one's facts aren't the second one's
	for _, text := range b.heard(first) {
		if strings.Contains(text, "9 999") {
			t.Errorf("the second customer's balance was shown to whoever proved to be the first: %q", text)
		}
	}
	b.walk(first, "2 july 2196", "9 999")
}

// A customer has one conversation, whatever the address of the next matter is.
func TestCustomerHasOneConversation(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	one := b.open(client(1))
	r := request(client(1))
	r.ID, r.Ref, r.Addresses = "late-again", "A-1-again", []message.Address{"sms:+447700900555"}
	two, err := b.bot.Open(b.ctx(), r)
	if err != nil || two.Conversation != one.Conversation || two.Case == one.Case {
		t.Fatalf("Open = %+v, %v, want another case in conversation %s", two, err, one.Conversation)
	}
	if l, err := b.store.LoadAddress(b.ctx(), "sms:+447700900555"); err != nil || l.Conversation.ID != one.Conversation {
		t.Errorf("the new address leads to %q, %v, want %s", l.Conversation.ID, err, one.Conversation)
	}
	b.open(client(2))
	r.ID, r.Addresses = "late-once-more", []message.Address{"sms:+447700900002"}
	if _, err := b.bot.Open(b.ctx(), r); !errors.Is(err, bot.ErrShared) {
		t.Errorf("Open with another customer's number: %v, want %v", err, bot.ErrShared)
	}
	again, err := b.bot.Open(b.ctx(), request(client(1)))
	if err != nil || !again.Existed || again.Case != one.Case {
		t.Errorf("Open again = %+v, %v, want the first case, existed", again, err)
	}
	d := b.document(one).Conversation
	if n := len(slices.DeleteFunc(d.Cases, func(k fsm.Case) bool { return k.Source != "core" })); n != 2 {
		t.Errorf("%d cases, want 2", n)
	}
}
