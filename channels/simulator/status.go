package simulator

import (
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// accept takes a message and decides what becomes of it; mu is held.
func (n *Network) accept(p *phone, m message.Outbound, shown message.Rendered, now time.Time, lost bool) *bubble {
	n.counts.Accepted++
	b := n.put(p, &bubble{
		Bubble: Bubble{
			From: Bot, ID: p.line.newID(p), Key: m.Key, Text: shown.Text, Form: shown.Form, Choices: shown.Choices,
			Template: m.Message.Template, Status: message.Accepted, At: now,
			Until: now.Add(min(m.Validity.Truncate(time.Second), maxValidity)),
		},
		conversation: m.Conversation,
	})
	sent := now.Add(n.o.Delays.Sent)
	b.arrives = sent.Add(n.o.Delays.Delivered + p.upTo(n.chaos.Delay))
	switch {
	case b.arrives.After(b.Until):
		b.arrives, b.fate = b.Until, &p.line.expired
	case lost:
		b.fate = &p.line.lost
	}
	if sent.After(b.arrives) {
		sent = b.arrives
	}
	n.later(p, job{at: sent, step: b})
	return b
}

// advance brings a message of the bot one status further, at the time at which that was due; mu is held.
func (n *Network) advance(p *phone, b *bubble, at time.Time) {
	switch b.Status {
	case message.Accepted:
		n.mark(p, b, message.Sent, at)
		n.later(p, job{at: b.arrives, step: b})
	case message.Sent:
		if b.fate != nil {
			b.Failure = b.fate.words
			n.mark(p, b, message.Failed, at)
			return
		}
		n.mark(p, b, message.Delivered, at)
		if read := n.o.Delays.Read; read > 0 && p.line.reads {
			n.later(p, job{at: at.Add(read), step: b})
		}
	case message.Delivered:
		n.mark(p, b, message.Read, at)
	}
}

// mark gives a bubble a higher status, and reports the bot's own; mu is held. Nothing that was delivered can fail, and
// nothing that failed goes on.
func (n *Network) mark(p *phone, b *bubble, to message.Status, at time.Time) {
	ended := b.Status.Rank() >= message.Delivered.Rank()
	if to.Rank() <= b.Status.Rank() || ended && to == message.Failed {
		return
	}
	b.Status = to
	if !ended && to.Rank() >= message.Delivered.Rank() {
		b.Ended = at
	}
	n.changed(p)
	if b.From != Bot {
		return
	}
	r := message.Receipt{
		ID: "simulator/" + string(b.ID) + "/" + string(to), Message: b.ID, Key: b.Key, Conversation: b.conversation, Status: to,
	}
	switch to {
	case message.Delivered:
		n.counts.Delivered++
	case message.Failed:
		n.counts.Failed++
		r.Code = b.fate.code
	}
	n.call(p, at, channels.Received{Receipts: []message.Receipt{r}}, nil)
}

// call makes a webhook come, at that time or as chaos has it; said is the customer's message that it brings, if any. mu is
// held.
func (n *Network) call(p *phone, at time.Time, r channels.Received, said *bubble) {
	copies := 1
	if p.hit(n.chaos.Duplicate) {
		copies += 1 + p.chance.IntN(3)
	}
	for range copies {
		when := at.Add(p.upTo(n.chaos.Delay))
		switch {
		case p.hit(n.chaos.Reorder):
			when = when.Add(p.upTo(overtaken)) // and what follows doesn't wait for it
		case when.Before(p.floor):
			when = p.floor
		default:
			p.floor = when
		}
		n.later(p, job{at: when, hook: &r, said: said})
	}
}
