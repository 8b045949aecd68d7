package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// simNet is the provider and the telephones behind it.
type simNet struct {
	w *simWorld

	mu   sync.Mutex
	sent []*simSent // guarded by mu
}

// simSent is one message that the provider has taken.
type simSent struct {
	at   time.Time
	id   message.ID
	by   string
	to   message.Address
	conv string
	key  string
	m    message.Message
	text string // as the telephone shows it
}

func newSimNet(w *simWorld) *simNet { return &simNet{w: w} }

// all are the messages taken so far.
func (n *simNet) all() []*simSent {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.sent)
}

// heard are those that went to one customer.
func (n *simNet) heard(addresses ...message.Address) (all []*simSent) {
	for _, s := range n.all() {
		if slices.Contains(addresses, s.to) {
			all = append(all, s)
		}
	}
	return all
}

// accept takes a message, and lets its receipts come as they come.
func (n *simNet) accept(p *simProc, out message.Outbound) message.ID {
	s := &simSent{at: time.Now(), by: p.name, to: out.To, conv: out.Conversation, key: out.Key, m: out.Message, text: out.Message.Text}
	n.mu.Lock()
	again := 0
	for _, o := range n.sent {
		if o.key == out.Key {
			again++
		}
	}
	s.id = message.ID(fmt.Sprintf("SM-%s-%d", out.Key, again))
	n.sent = append(n.sent, s)
	n.mu.Unlock()
	n.w.tell("provider takes %s for %s from %s: %.60q", short(out.Key), out.To, p.name, out.Message.Text)
	n.receipts(s)
	return s.id
}

// receipts come early, late, twice, in any order or not at all.
func (n *simNet) receipts(s *simSent) {
	r := n.w.draw("receipts ", s.id)
	last := message.Delivered
	if r.IntN(100) < 3 {
		last = message.Failed
	}
	statuses := []message.Status{message.Sent, last}
	if last == message.Delivered && r.IntN(3) == 0 {
		statuses = append(statuses, message.Read)
	}
	after := time.Duration(0)
	for _, status := range statuses {
		after += between(r, time.Millisecond, 6*time.Second)
		times, when := 1, after
		if !n.w.isCalm() {
			switch k := r.IntN(100); {
			case k < 8:
				n.w.fault("receipt lost", "%s %s", short(s.key), status)
				continue
			case k < 16:
				n.w.fault("receipt twice", "%s %s", short(s.key), status)
				times = 2
			case k < 26:
				n.w.fault("receipt out of order", "%s %s", short(s.key), status)
				when = between(r, 10*time.Microsecond, 40*time.Second)
			case k < 34:
				n.w.fault("receipt before the answer", "%s %s", short(s.key), status)
				when = between(r, 10*time.Microsecond, time.Millisecond)
			}
		}
		receipt := message.Receipt{ID: fmt.Sprintf("sim/%s/%s", s.id, status), Message: s.id, Key: s.key, Conversation: s.conv, Status: status}
		for range times {
			at := when
			n.w.goes(func() {
				time.Sleep(at)
				n.w.deliver("receipt "+receipt.ID, 6, func(ctx context.Context, p *simProc) error {
					return p.bot.Receive(ctx, channels.Received{Receipts: []message.Receipt{receipt}})
				})
			})
			when += between(r, time.Millisecond, 3*time.Second)
		}
	}
}

func short(id string) string { return id[:min(6, len(id))] }

// simChannel is the provider as one process reaches it.
type simChannel struct {
	p    *simProc
	name string
}

func (c simChannel) Capabilities() message.Capabilities {
	if c.name == "whatsapp" {
		return message.Capabilities{Channel: "whatsapp", Text: 1600, Window: true}
	}
	return message.Capabilities{Channel: "sms", Text: 1600, Segments: 10}
}

var errSimLost = errors.New("no answer from the provider")

func (c simChannel) Send(ctx context.Context, out message.Outbound) (message.ID, error) {
	p, w := c.p, c.p.w
	r := w.draw("send ", out.Key)
	p.hold("send " + out.Key)
	if p.isDead() {
		return "", errSimDead
	}
	w.callBegan(p, out.Key)
	there, back, fate := between(r, time.Millisecond, 80*time.Millisecond), between(r, time.Millisecond, 80*time.Millisecond), r.IntN(1000)
	if w.isCalm() {
		fate = 1000
	}
	if fate < 30 {
		w.fault("send never arrived", "%s", short(out.Key))
		sleepFor(ctx, there+back)
		return "", errSimLost
	}
	time.Sleep(there) // it has left the process: nothing calls it back
	lost := func() (message.ID, error) {
		p.hold("sent " + out.Key)
		return "", c.doubtful(errSimLost)
	}
	switch {
	case fate < 60:
		w.fault("provider throttles", "%s", short(out.Key))
		time.Sleep(back)
		return "", channels.Throttled{After: between(r, time.Second, 5*time.Second)}
	case fate < 68:
		w.fault("provider can't reach the address", "%s", short(out.Key))
		time.Sleep(back)
		return "", channels.ErrUnreachable
	case fate < 130:
		w.fault("provider's answer lost", "%s", short(out.Key))
		w.net.accept(p, out)
		sleepFor(ctx, back)
		return lost()
	case fate < 160:
		w.fault("provider's answer too late", "%s", short(out.Key))
		w.net.accept(p, out)
		<-ctx.Done()
		return lost()
	case fate < 185:
		late := between(r, time.Second, 90*time.Second)
		w.fault("provider takes it late", "%s, by %s", short(out.Key), late)
		if late < out.Validity {
			w.goes(func() {
				time.Sleep(late)
				w.net.accept(p, out)
			})
		}
		sleepFor(ctx, back)
		return lost()
	}
	id := w.net.accept(p, out)
	if !sleepFor(ctx, back) {
		return lost()
	}
	p.hold("sent " + out.Key)
	return id, nil
}

// doubtful is what may have been sent; a mutant takes it for what surely wasn't.
func (c simChannel) doubtful(err error) error {
	if c.p.w.mutant == doubtIsNo {
		return channels.Throttled{}
	}
	return err
}

// Find looks by address and text, as a provider without our key can.
func (c simChannel) Find(ctx context.Context, out message.Outbound, known []message.ID) (message.ID, error) {
	r := c.p.w.draw("find ", out.Key)
	c.p.hold("find " + out.Key)
	if c.p.isDead() || !sleepFor(ctx, between(r, time.Millisecond, 90*time.Millisecond)) {
		return "", errSimLost
	}
	if !c.p.w.isCalm() && r.IntN(100) < 10 {
		c.p.w.fault("provider can't be asked", "%s", short(out.Key))
		return "", errSimLost
	}
	for _, s := range c.p.w.net.heard(out.To) {
		if s.text == out.Message.Text && !slices.Contains(known, s.id) {
			return s.id, nil
		}
	}
	return "", nil
}

// callBegan notes a call of the provider, and whether its process was frozen since the gate let it pass.
func (w *simWorld) callBegan(p *simProc, key string) {
	w.mu.Lock()
	gated := w.gated[key]
	w.began[key] = append(w.began[key], simCall{time.Now(), gated, p.name})
	w.mu.Unlock()
	if p.frozenSince(gated.at) {
		w.mu.Lock()
		w.excused[key] = true
		w.mu.Unlock()
	}
}
