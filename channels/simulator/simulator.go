// Package simulator is every customer's telephone, and the two providers between them and the bot, in this process: SMS as
// Twilio does it and WhatsApp as Meta does. It behaves as they do, and misbehaves on request.
//
// It promises:
//
//   - A message that Send accepted is delivered to its telephone or fails, once, whatever the chaos; and a telephone's ticks
//     never move backwards.
//   - What a provider refuses is refused by the contract's names: an SMS after STOP, free text on WhatsApp a day after the
//     customer last wrote, an address that can't be reached, more than its rate. Validity is kept to.
//   - The same seed misbehaves in the same way, thread by thread, whatever happens in other threads meanwhile.
//   - It has no clock, timer or goroutine of its own: what it does later is due by Options.Now, and is done by Attend, or by
//     Run for whoever would rather not call it.
//   - A thread keeps its latest bubbles only, so that a campaign of any length fits.
//
// The IDs of messages and events come from the seed: a store that outlives its network needs another seed for the next.
package simulator

import (
	"context"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// Options is how a network behaves.
type Options struct {
	Now     func() time.Time // the clock; time.Now where nil
	Deliver Deliver          // what webhooks reach: bot.Receive. Nil: nobody is told anything

	Delays Delays
	Chaos  Chaos   // zero: it behaves
	Seed   uint64  // the same one misbehaves in the same way
	Rate   float64 // most messages a second that each provider takes; zero: any number

	// AdvancedOptOut says in the webhook that the provider has answered STOP, START or HELP itself, as Twilio's product of that
	// name does. Without it STOP and START are obeyed and answered too, and the webhook brings the bare text.
	AdvancedOptOut bool

	Keep  int // bubbles kept of each thread; 200 where zero
	Hands int // threads that Attend sees to at once; where zero one, in order of time

	// Shown, where set, is told of each message of the bot when a telephone shows it: a simulated customer's eyes. It may call
	// the network.
	Shown func(ctx context.Context, to message.Address, b Bubble)
	// Problem, where set, is told by Run what went wrong with Deliver. It is tried again in any case.
	Problem func(error)
}

// Deliver takes what one webhook says: inbound messages or receipts. Where it fails the webhook comes again, later and
// later.
type Deliver func(ctx context.Context, r channels.Received) error

// Delays are how long a message takes from each status to the next. Zero: delivered at once, and never read.
type Delays struct {
	Sent      time.Duration // after it was accepted
	Delivered time.Duration // after it was sent
	Read      time.Duration // after it was delivered; zero: only by Read. WhatsApp only
}

// Network is the telephones and their providers. It is safe for concurrent use.
type Network struct {
	o     Options
	lines map[string]*line
	wake  chan struct{} // holds one where something new is to be done later

	mu     sync.Mutex
	chaos  Chaos                      // guarded by mu
	phones map[message.Address]*phone // guarded by mu, with all that is in them
	wakes  wakes                      // guarded by mu
	seq    uint64                     // guarded by mu; orders wakes of the same time
	counts Counts                     // guarded by mu
	eyes   map[message.Address][]eye  // guarded by mu; who is told of changes, under "" of any
}

type eye chan struct{}

// Counts is what a network has seen so far.
type Counts struct {
	Requests  int // sends that reached a provider, whatever became of them
	Accepted  int
	Delivered int // of those accepted
	Failed    int // of those accepted
	Webhooks  int // calls of Deliver, repeats among them
}

// defaultKeep is more than a telephone's screen shows and than one case needs.
const defaultKeep = 200

// New is a network without any thread yet.
func New(o Options) *Network {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Deliver == nil {
		o.Deliver = func(context.Context, channels.Received) error { return nil }
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	n := &Network{
		o: o, chaos: o.Chaos, wake: make(chan struct{}, 1),
		phones: make(map[message.Address]*phone), eyes: make(map[message.Address][]eye),
	}
	n.lines = newLines(n)
	return n
}

// Channel is the bot's end: sms, a channels.Finder as Twilio is, or whatsapp, which as Meta can't look up what was sent.
// Nil for any other name.
func (n *Network) Channel(name string) channels.Channel {
	switch l := n.lines[name]; {
	case l == nil:
		return nil
	case l.finds:
		return findingLine{l}
	default:
		return l
	}
}

// Misbehave replaces the chaos from now on. What is on its way already keeps what befell it.
func (n *Network) Misbehave(c Chaos) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chaos = c
}

// Plan makes the next sends to an address go wrong, one after the other, before any chaos is asked.
func (n *Network) Plan(to message.Address, faults ...Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.phone(to); p != nil {
		p.planned = append(p.planned, faults...)
	}
}

// SetReachable says whether an address can be reached at all: a landline can't.
func (n *Network) SetReachable(a message.Address, can bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.phone(a); p != nil {
		p.unreachable = !can
	}
}

// Counts says what has happened so far.
func (n *Network) Counts() Counts {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.counts
}

// Addresses are the threads that there are, sorted.
func (n *Network) Addresses() []message.Address {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.phones))
}

// Subscribe tells of changes in a thread, or in any where the address is empty: the channel holds one signal as long as
// something has changed since it was last read. Nobody ever waits for a reader. Call end once.
func (n *Network) Subscribe(a message.Address) (changed <-chan struct{}, end func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := make(eye, 1)
	n.eyes[a] = append(n.eyes[a], e)
	return e, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.eyes[a] = slices.DeleteFunc(n.eyes[a], func(other eye) bool { return other == e })
		if len(n.eyes[a]) == 0 {
			delete(n.eyes, a)
		}
	}
}

// changed tells who looks at a thread; mu is held.
func (n *Network) changed(p *phone) {
	for _, a := range []message.Address{p.address, ""} {
		for _, e := range n.eyes[a] {
			signal(e)
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// phone is the telephone at an address, which exists from the first time that anybody asks; nil where no provider here
// serves such addresses. mu is held.
func (n *Network) phone(a message.Address) *phone {
	if p := n.phones[a]; p != nil {
		return p
	}
	l := n.lines[a.Channel()]
	if l == nil {
		return nil
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(a))                                                            // a hash never fails
	p := &phone{address: a, line: l, chance: rand.New(rand.NewPCG(n.o.Seed, h.Sum64()))} //nolint:gosec // chance, not secrecy
	n.phones[a] = p
	return p
}
