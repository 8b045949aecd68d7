package simulator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// line is one provider's line, and the bot's channel to it.
type line struct {
	net   *Network
	name  string
	from  string // the bank's sender, as the provider writes it
	caps  message.Capabilities
	newID func(*phone) message.ID

	finds   bool // it can be asked what was sent
	reads   bool // it tells when a customer has read
	dates   bool // it says when a customer wrote
	optouts bool // it obeys STOP by itself

	busy    string // its code for too many requests
	lost    fate   // why a message is never delivered
	expired fate   // and why not in time

	next time.Time // guarded by Network.mu; when its rate lets the next message pass
}

// fate is why a message will fail: the provider's code, and words.
type fate struct{ code, words string }

const (
	session     = 24 * time.Hour      // WhatsApp's window after the customer's last message
	maxValidity = 36000 * time.Second // Twilio's longest
	burst       = time.Second         // how far ahead of a rate one may be
	slack       = time.Minute         // in Find: the bot's clock need not be the network's
	outOfTime   = "it could not be delivered while it was valid"
)

func newLines(n *Network) map[string]*line {
	return map[string]*line{
		"sms": {
			net: n, name: "sms", from: "+15017122661", newID: newSID, finds: true, optouts: true,
			caps: message.Capabilities{Channel: "sms", Text: 1600, Segments: 10},
			busy: "20429", lost: fate{"30003", "the telephone is switched off or out of reach"}, expired: fate{"30036", outOfTime},
		},
		"whatsapp": {
			net: n, name: "whatsapp", from: "+14155238886", newID: newWAMID, reads: true, dates: true,
			// A text without buttons may have 4,096 characters; one with them 1,024, which is then what fits in any form.
			caps: message.Capabilities{
				Channel: "whatsapp", Buttons: 3, ButtonLabel: 20, List: 10, ListLabel: 24, ListDescription: 72, Text: 1024, Window: true, Templates: true,
			},
			busy: "130429", lost: fate{"131026", "the account can't be reached"}, expired: fate{"131026", outOfTime},
		},
	}
}

// Capabilities are the real channel's.
func (l *line) Capabilities() message.Capabilities { return l.caps }

// Send is one request to the provider. Its receipts may come before it returns.
func (l *line) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	id, err := l.send(ctx, m)
	if err != nil {
		return "", fmt.Errorf("send %s on channel %q: %w", m.Key, l.name, err)
	}
	return id, nil
}

func (l *line) send(ctx context.Context, m message.Outbound) (message.ID, error) {
	if err := ctx.Err(); err != nil { // before anything has left
		return "", fmt.Errorf("%w: %w", channels.Throttled{Code: "context"}, err)
	}
	shown, err := l.render(m)
	if err != nil {
		return "", err
	}
	now := l.net.o.Now()
	t := l.take(m, shown, now)
	if t.fault == Silence {
		<-ctx.Done()
		return "", fmt.Errorf("%w: no answer: %w", channels.ErrUnknown, ctx.Err())
	}
	if t.hasty {
		// What goes wrong with them is the webhook's trouble, and not this request's: they come again.
		_ = l.net.run(ctx, t.phone, now)
	}
	return t.id, t.err
}

// render is m as a real adapter of this line writes it, or why it doesn't.
func (l *line) render(m message.Outbound) (message.Rendered, error) {
	if m.To.Channel() != l.name {
		return message.Rendered{}, fmt.Errorf("%w: an address of kind %q on a line for %s", channels.ErrUnreachable, m.To.Kind(), l.name)
	}
	if m.Validity < time.Second {
		return message.Rendered{}, fmt.Errorf("%w: a validity of %s, want a second or more", channels.ErrRejected, m.Validity)
	}
	shown, err := message.Render(m.Message, l.caps)
	if err != nil {
		return message.Rendered{}, fmt.Errorf("%w: %w", channels.ErrRejected, err)
	}
	if shown.Text == "" {
		return message.Rendered{}, fmt.Errorf("%w: it has no text", channels.ErrRejected)
	}
	return shown, nil
}

// taken is what became of a request.
type taken struct {
	phone *phone
	id    message.ID
	err   error
	fault Fault
	hasty bool // its receipts come before its answer
}

// take is the provider's end of one request.
func (l *line) take(m message.Outbound, shown message.Rendered, now time.Time) taken {
	n := l.net
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.phone(m.To)
	n.counts.Requests++
	defer n.changed(p)
	t := taken{phone: p, fault: n.fault(p)}
	switch t.fault {
	case Throttle:
		t.err = l.throttled(time.Second)
	case Refuse:
		t.err = fmt.Errorf("%w: planned", channels.ErrRejected)
	case Stop:
		t.err = fmt.Errorf("%w: planned", channels.ErrStopped)
	case LoseRequest, Silence:
		t.err = errNoAnswer
	default:
		if t.err = l.refusal(p, m, now); t.err == nil {
			t.id = n.accept(p, m, shown, now, t.fault == Lose).ID
			t.hasty = p.hit(n.chaos.Reorder)
		}
		if t.fault == LoseAnswer {
			t.id, t.err = "", errNoAnswer // a refusal is lost as well
		}
	}
	return t
}

var errNoAnswer = fmt.Errorf("%w: no answer", channels.ErrUnknown)

func (l *line) throttled(after time.Duration) error {
	return fmt.Errorf("%w: too many requests", channels.Throttled{After: after, Code: l.busy})
}

// refusal is why the provider doesn't take m, by its own rules; mu is held.
func (l *line) refusal(p *phone, m message.Outbound, now time.Time) error {
	if rate := l.net.o.Rate; rate > 0 {
		if l.next.Before(now) {
			l.next = now
		}
		if wait := l.next.Sub(now) - burst; wait > 0 {
			return l.throttled(wait)
		}
		l.next = l.next.Add(time.Duration(float64(time.Second) / rate))
	}
	switch {
	case p.unreachable:
		return fmt.Errorf("%w: no telephone is there", channels.ErrUnreachable)
	case p.optedOut:
		return fmt.Errorf("%w: code 21610", channels.ErrOptedOut)
	case l.caps.Window && m.Message.Template == "" && (p.heard.IsZero() || now.Sub(p.heard) >= session):
		return fmt.Errorf("%w: code 131047", channels.ErrOutsideWindow)
	}
	return nil
}

// findingLine is a line whose provider can be asked what was sent.
type findingLine struct{ *line }

var (
	_ channels.Channel = (*line)(nil)
	_ channels.Finder  = findingLine{}
)

var errManyBubbles = errors.New("more messages to this customer than are kept")

// Find looks for m as Twilio's channel does: the oldest message to its customer made since m.Since, with its text, that
// isn't known.
func (l findingLine) Find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	id, err := l.find(ctx, m, known)
	if err != nil {
		return "", fmt.Errorf("find %s on channel %q: %w", m.Key, l.name, err)
	}
	return id, nil
}

func (l findingLine) find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	shown, err := message.Render(m.Message, l.caps)
	if err != nil {
		return "", err
	}
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	p := l.net.phones[m.To]
	if p == nil {
		return "", nil
	}
	since := m.Since.Add(-slack)
	for _, b := range p.bubbles {
		if b.From == Bot && !b.At.Before(since) && b.Text == shown.Text && !slices.Contains(known, b.ID) {
			return b.ID, nil
		}
	}
	if !p.dropped.IsZero() && !p.dropped.Before(since) {
		return "", errManyBubbles // it may be among those: "surely not there" would be wrong
	}
	return "", nil
}
