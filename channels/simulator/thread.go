package simulator

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/settle-chat/settle/message"
)

// Who a bubble is from.
type Who string

// Those who write in a thread.
const (
	Bot      Who = "bot"
	Customer Who = "customer"
	Provider Who = "provider" // its own answers to STOP, START and HELP, from the bank's number
)

// Bubble is one message in a thread, as its telephone shows it.
type Bubble struct {
	N    int // its number in the thread, from 1: it stays when older bubbles are gone
	From Who
	ID   message.ID
	Key  string // of the bot's: the effect's ID

	Text     string           // as rendered: numbered lines are part of it
	Form     string           // message.FormText, FormButtons, FormList, FormNumbered
	Choices  []message.Choice // as shown, in order; their IDs are what Tap wants
	Choice   string           // of the customer's: the payload of what was tapped
	Template string           // the approved template that it was sent under, if any

	// Status is how far it has come. Of the customer's, delivered means that the bot has it.
	Status  message.Status
	Failure string    // why it failed, in words
	At      time.Time // accepted, or typed
	Until   time.Time // of the bot's: when the provider gives up
	Ended   time.Time // delivered or failed

	Segments message.Segments // what it costs as an SMS; zero on WhatsApp
}

// phone is a telephone and its thread. Network.mu guards all of it.
type phone struct {
	address     message.Address
	line        *line
	chance      *rand.Rand
	planned     []Fault
	unreachable bool
	optedOut    bool
	heard       time.Time // when the customer last wrote

	bubbles []*bubble
	last    int       // the number of the newest bubble
	dropped time.Time // when the newest of those no longer kept came

	jobs  []job     // in the order in which they are due
	floor time.Time // no webhook that keeps the order comes before
	busy  bool      // somebody does what is due here
	until time.Time // and this is how far it shall go
}

// bubble is a Bubble with what only its network needs. The segments are counted when somebody looks.
type bubble struct {
	Bubble
	conversation string
	arrives      time.Time // it is delivered then, or fails
	fate         *fate     // why it will fail; nil where it won't
}

// put adds a bubble to a thread, which forgets its oldest where there are too many; mu is held.
func (n *Network) put(p *phone, b *bubble) *bubble {
	p.last++
	b.N = p.last
	p.bubbles = append(p.bubbles, b)
	if len(p.bubbles) > n.o.Keep {
		p.dropped = p.bubbles[0].At
		p.bubbles = slices.Delete(p.bubbles, 0, 1)
	}
	n.changed(p)
	return b
}

// Thread is a telephone's thread, oldest first, in the order in which messages were accepted and typed. It is empty where
// nobody has written.
func (n *Network) Thread(a message.Address) []Bubble {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.phones[a]
	if p == nil {
		return nil
	}
	out := make([]Bubble, len(p.bubbles))
	for i, b := range p.bubbles {
		out[i] = p.show(b)
	}
	return out
}

// show is what others may see of a bubble, and keep; mu is held.
func (p *phone) show(b *bubble) Bubble {
	out := b.Bubble
	out.Choices = slices.Clone(out.Choices)
	if p.line.caps.Segments > 0 {
		out.Segments = message.Count(out.Text)
	}
	return out
}

// ErrNotShown says that a telephone doesn't show what was to be tapped.
var ErrNotShown = errors.New("the telephone doesn't show that")

// shown is a choice of a bubble that the telephone shows, and its place from 1; mu is held.
func (p *phone) shown(number int, id string) (*bubble, message.Choice, int, error) {
	at := len(p.bubbles) - 1 - (p.last - number)
	if at < 0 || at >= len(p.bubbles) {
		return nil, message.Choice{}, 0, fmt.Errorf("%w: bubble %d isn't there, or no longer kept", ErrNotShown, number)
	}
	b := p.bubbles[at]
	if b.Status != message.Delivered && b.Status != message.Read {
		return nil, message.Choice{}, 0, fmt.Errorf("%w: bubble %d was not delivered", ErrNotShown, number)
	}
	i := slices.IndexFunc(b.Choices, func(c message.Choice) bool { return c.ID == id })
	if i < 0 {
		return nil, message.Choice{}, 0, fmt.Errorf("%w: bubble %d has no such choice", ErrNotShown, number)
	}
	return b, b.Choices[i], i + 1, nil
}

// newSID names a message as Twilio does; mu is held.
func newSID(p *phone) message.ID {
	return message.ID(fmt.Sprintf("SM%016x%016x", p.chance.Uint64(), p.chance.Uint64()))
}

// newWAMID names a message as Meta does: the customer's number can be read in it, as in the real ones. mu is held.
func newWAMID(p *phone) message.ID {
	raw := fmt.Sprintf("\x1d\x04%s\x15\x02\x00\x11\x18\x12%016X%02X", p.address.Value(), p.chance.Uint64(), p.chance.IntN(256))
	return message.ID("wamid." + base64.StdEncoding.EncodeToString([]byte(raw)))
}
