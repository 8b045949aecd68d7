package simulator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// Type has the customer write a message. It returns when the bot has it and whatever else was due in the thread is done,
// unless chaos keeps it or somebody else is at that already. Its error says that the customer can't, or is Deliver's: then
// the webhook comes again.
func (n *Network) Type(ctx context.Context, from message.Address, text string) error {
	if err := n.says(ctx, from, func(*phone) (Bubble, error) { return Bubble{Text: text}, nil }); err != nil {
		return fmt.Errorf("type a message: %w", err)
	}
	return nil
}

// Tap has the customer tap a choice of a bubble, however old: a button, or a row of a list. Of a numbered text, which can't
// be tapped, it types the number. What the telephone doesn't show is ErrNotShown.
func (n *Network) Tap(ctx context.Context, from message.Address, bubble int, choice string) error {
	err := n.says(ctx, from, func(p *phone) (Bubble, error) {
		b, c, place, err := p.shown(bubble, choice)
		if err != nil {
			return Bubble{}, err
		}
		if b.Form == message.FormNumbered {
			return Bubble{Text: strconv.Itoa(place)}, nil
		}
		return Bubble{Text: c.Label, Choice: c.ID}, nil
	})
	if err != nil {
		return fmt.Errorf("tap a choice: %w", err)
	}
	return nil
}

// Read has the customer look at the thread: what has arrived is read, where the provider tells of that (WhatsApp). Its
// error is Deliver's.
func (n *Network) Read(ctx context.Context, a message.Address) error {
	now := n.o.Now()
	n.mu.Lock()
	p := n.phones[a]
	if p == nil || !p.line.reads {
		n.mu.Unlock()
		return nil
	}
	for _, b := range p.bubbles {
		if b.From == Bot && b.Status == message.Delivered {
			n.mark(p, b, message.Read, now)
		}
	}
	n.mu.Unlock()
	if err := n.run(ctx, p, now); err != nil {
		return fmt.Errorf("read a thread: %w", err)
	}
	return nil
}

var (
	errNothing = errors.New("there is nothing in it: write something")
	errNoLine  = errors.New("such an address has no telephone here: use sms, whatsapp or whatsapp-user")
)

// says sends what the customer says, made with their telephone in hand.
func (n *Network) says(ctx context.Context, from message.Address, say func(*phone) (Bubble, error)) error {
	from, err := message.ParseAddress(string(from))
	if err != nil {
		return err
	}
	now := n.o.Now()
	p, err := n.sent(from, now, say)
	if err != nil {
		return err
	}
	return n.run(ctx, p, now)
}

// sent puts what the customer says into the thread, and on its way.
func (n *Network) sent(from message.Address, now time.Time, say func(*phone) (Bubble, error)) (*phone, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.phone(from)
	if p == nil {
		return nil, errNoLine
	}
	b, err := say(p)
	if err != nil {
		return nil, err
	}
	in := message.Inbound{From: from, To: p.line.from, Choice: b.Choice}
	if in.Text, in.Clipped = clip(strings.ToValidUTF8(b.Text, "\uFFFD")); strings.TrimSpace(in.Text) == "" {
		return nil, errNothing
	}
	p.heard = now
	b.From, b.ID, b.Text, b.Form, b.Status, b.At = Customer, p.line.newID(p), in.Text, message.FormText, message.Accepted, now
	in.ID = "simulator/" + string(b.ID)
	if p.line.dates {
		in.At = now
	}
	said := n.put(p, &bubble{Bubble: b})
	if answered := n.optout(p, in.Text, now); answered != "" && n.o.AdvancedOptOut {
		in.Optout = answered
	}
	n.call(p, now, channels.Received{Inbound: []message.Inbound{in}}, said)
	return p, nil
}

// clip keeps the first message.MaxInbound runes.
func clip(text string) (string, bool) {
	if runes := []rune(text); len(runes) > message.MaxInbound {
		return string(runes[:message.MaxInbound]), true
	}
	return text, false
}

// Twilio's default words and answers. They are the whole message, in any case.
var (
	stopWords  = []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
	startWords = []string{"START", "UNSTOP", "YES"}
	helpWords  = []string{"HELP", "INFO"}
)

const (
	stopAnswer  = "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."
	startAnswer = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe."
	helpAnswer  = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)

// optout obeys and answers the words that the provider knows; it returns which, or nothing. mu is held.
func (n *Network) optout(p *phone, text string, now time.Time) string {
	if !p.line.optouts {
		return ""
	}
	word := strings.ToUpper(strings.TrimSpace(text))
	kind, answer := "", ""
	switch {
	case slices.Contains(stopWords, word) && !p.optedOut:
		kind, answer, p.optedOut = "STOP", stopAnswer, true
	case slices.Contains(startWords, word) && p.optedOut:
		kind, answer, p.optedOut = "START", startAnswer, false
	case slices.Contains(helpWords, word) && n.o.AdvancedOptOut:
		kind, answer = "HELP", helpAnswer
	default:
		return ""
	}
	n.put(p, &bubble{Bubble: Bubble{
		From: Provider, ID: p.line.newID(p), Text: answer, Form: message.FormText, Status: message.Delivered, At: now, Ended: now,
	}})
	return kind
}
