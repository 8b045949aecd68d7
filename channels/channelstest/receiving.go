package channelstest

import (
	"bytes"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

func receiving() []check {
	return []check{
		{"inbound", inbound},
		{"inbound ids", inboundIDs},
		{"receipts", receipts},
		{"receipts name their send", keys},
		{"forged inbound", forgedInbound},
		{"forged receipt", forgedReceipt},
		{"host is not believed", host},
	}
}

// webhooks are both ends of a channel that has them; the check is skipped where it has none.
func webhooks(t reporter, h Harness) (Webhooks, channels.Receiver) {
	t.Helper()
	hooks, ok := h.(Webhooks)
	if !ok {
		t.Skipf("this channel has no webhooks")
	}
	receiver, ok := h.Channel().(channels.Receiver)
	if !ok {
		t.Fatalf("the harness has webhooks and the channel is no channels.Receiver")
	}
	return hooks, receiver
}

// receive gives the channel a call, and checks that it leaves the body alone: the caller may keep it.
func receive(t reporter, r channels.Receiver, c Call) (channels.Received, error) {
	t.Helper()
	before := bytes.Clone(c.Body)
	got, err := r.Receive(c.request(), c.Body)
	if !bytes.Equal(before, c.Body) {
		t.Errorf("Receive has changed the body")
	}
	return got, err
}

func inbound(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	from := h.Customer()
	long := strings.Repeat("é", message.MaxInbound)
	said := 0
	for _, in := range []message.Inbound{
		{From: from, Text: "3"},
		{From: from, Text: "Ek kan nie betaal nie 🙏 & then? a=b%20c+d"},
		{From: from, Text: long},
		{From: from, Text: long + "x", Clipped: true},
		{From: from, Text: "Pay now", Choice: "pay-1"},
		{From: from, Text: "", Media: []message.Media{{URL: "https://media.example/1", Type: "image/jpeg"}}},
		{From: from, Text: "STOP", Optout: "STOP"},
	} {
		call, ok := hooks.Say(in, Provider)
		if !ok {
			continue
		}
		said++
		received, err := receive(t, receiver, call)
		if err != nil || len(received.Inbound) != 1 || len(received.Receipts) != 0 {
			t.Errorf("Receive of %s = %d messages, %d receipts, %v, want one message", describe(in), len(received.Inbound), len(received.Receipts), err)
			continue
		}
		got := received.Inbound[0]
		if got.To == "" {
			t.Errorf("Receive of %s: To is empty, want the bank's sender", describe(in))
		}
		want := in
		want.ID, want.Also, want.To, want.At = got.ID, got.Also, got.To, got.At
		if in.Clipped {
			want.Text = long
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Receive of %s = %s, want %s", describe(in), describe(got), describe(want))
		}
	}
	if said == 0 {
		t.Errorf("the harness can say nothing")
	}
}

// describe shows a message without filling the screen.
func describe(in message.Inbound) map[string]any {
	text := in.Text
	if n := utf8.RuneCountInString(text); n > 60 {
		text = string([]rune(text)[:20]) + "..."
	}
	return map[string]any{
		"from": in.From, "text": text, "runes": utf8.RuneCountInString(in.Text), "clipped": in.Clipped, "choice": in.Choice,
		"media": in.Media, "optout": in.Optout,
	}
}

// inboundIDs are the idempotency keys: the same for a call that comes again, another for another message.
func inboundIDs(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	var ids []string
	for range 2 {
		call, ok := hooks.Say(message.Inbound{From: h.Customer(), Text: "1"}, Provider)
		if !ok {
			t.Fatalf("the harness can't say 1")
		}
		for range 2 {
			got, err := receive(t, receiver, call.clone())
			if err != nil || len(got.Inbound) != 1 {
				t.Fatalf("Receive = %d messages, %v, want one", len(got.Inbound), err)
			}
			ids = append(ids, got.Inbound[0].ID)
		}
	}
	if ids[0] != ids[1] || ids[2] != ids[3] {
		t.Errorf("the same call gave the IDs %q and %q, then %q and %q, want it to keep its ID", ids[0], ids[1], ids[2], ids[3])
	}
	if ids[0] == ids[2] {
		t.Errorf("two messages with the same text have the ID %q, want one each", ids[0])
	}
	if prefix := hooks.Source() + "/"; !strings.HasPrefix(ids[0], prefix) || ids[0] == prefix {
		t.Errorf("the ID is %q, want it to begin with %q", ids[0], prefix)
	}
}

// receipts come twice and in any order; each must say what it says, and ranks must tell which counts.
func receipts(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	m := outbound(h, "effect1")
	id, err := h.Channel().Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	seen, told := map[string]message.Status{}, false
	for _, s := range []message.Status{message.Read, message.Accepted, message.Delivered, message.Sent, message.Failed, message.Delivered} {
		call, ok := hooks.News(h.Taken()[0], s, Provider)
		if !ok {
			continue
		}
		told = true
		for range 2 {
			received, err := receive(t, receiver, call.clone())
			if err != nil || len(received.Receipts) != 1 || len(received.Inbound) != 0 {
				t.Errorf("Receive of %s = %d receipts, %d messages, %v, want one receipt", s, len(received.Receipts), len(received.Inbound), err)
				continue
			}
			got := received.Receipts[0]
			want := message.Receipt{ID: got.ID, Message: id, Key: m.Key, Conversation: m.Conversation, Status: s, Code: got.Code}
			if got != want {
				t.Errorf("Receive of %s = %+v, want %+v", s, got, want)
			}
			if got.Status.Rank() != s.Rank() {
				t.Errorf("Receive of %s has rank %d, want %d", s, got.Status.Rank(), s.Rank())
			}
			if other, ok := seen[got.ID]; ok && other != s {
				t.Errorf("the receipts %s and %s have one ID, %q", other, s, got.ID)
			}
			seen[got.ID] = s
			if !strings.HasPrefix(got.ID, hooks.Source()+"/") {
				t.Errorf("the ID is %q, want it to begin with %q", got.ID, hooks.Source()+"/")
			}
		}
	}
	if !told {
		t.Skipf("this provider sends no receipts")
	}
	known := map[message.Status]bool{}
	for _, s := range seen {
		known[s] = true
	}
	if len(known) != len(seen) {
		t.Errorf("%d statuses gave %d IDs, want the same news to have the same ID", len(known), len(seen))
	}
}

// keys checks that each receipt comes back with its own send's key and conversation.
func keys(t reporter, h Harness) {
	hooks, receiver := webhooks(t, h)
	sent := []message.Outbound{outbound(h, "effect1"), outbound(h, "effect2")}
	for _, m := range sent {
		if _, err := h.Channel().Send(t.Context(), m); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	for i, m := range sent {
		call, ok := hooks.News(h.Taken()[i], message.Delivered, Provider)
		if !ok {
			t.Skipf("this provider sends no receipts")
		}
		received, err := receive(t, receiver, call)
		if err != nil || len(received.Receipts) != 1 {
			t.Fatalf("Receive = %d receipts, %v, want one", len(received.Receipts), err)
		}
		if got := received.Receipts[0]; got.Key != m.Key || got.Conversation != m.Conversation || got.Message != h.Taken()[i].ID {
			t.Errorf("the receipt of %s says %+v, want its own key, conversation and message", m.Key, got)
		}
	}
}
