// Package crowd is a campaign's customers: each has a telephone on a simulated network and a temper, and answers the shipped
// workflow for overdue accounts accordingly, or doesn't.
//
// It promises that nobody in it knows more than a telephone shows: each reads the last message, and taps or types. The same
// seed makes the same people. It has no clock or goroutine of its own but in Run.
package crowd

import (
	"container/heap"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// Temper is what a customer does about a message from the bank.
type Temper string

// The tempers.
const (
	Ignores  Temper = "ignores"
	Pays     Temper = "pays"
	Promises Temper = "promises"
	Plans    Temper = "plans"
	Mistypes Temper = "mistypes" // answers wrongly at first, then promises
	Disputes Temper = "disputes"
	CantPay  Temper = "can't pay"
	Asks     Temper = "asks for a person"
	Stranger Temper = "is somebody else"
	Stops    Temper = "opts out"
)

// Shares are how many of a hundred customers have each temper.
var Shares = []struct {
	Temper Temper
	Of100  int
}{
	{Ignores, 38}, {Pays, 16}, {Promises, 15}, {Plans, 7}, {Mistypes, 6}, {Disputes, 5}, {CantPay, 4}, {Asks, 3}, {Stranger, 2}, {Stops, 4},
}

// Options is what a crowd is like.
type Options struct {
	Now   func() time.Time // the network's clock
	Seed  uint64
	Begin time.Duration // within that time they begin to answer; 8 hours where zero
}

// begin is within what time people begin to answer.
const begin = 8 * time.Hour

// Person is one customer.
type Person struct {
	Ref       string
	Addresses []message.Address
	KnownBy   string // what they answer when asked who they are: 14 March 2196
}

// Crowd is many customers. It is safe for concurrent use.
type Crowd struct {
	o       Options
	network *simulator.Network
	pay     Pay

	mu     sync.Mutex
	people map[message.Address]*person // guarded by mu, with all that is in them
	acts   acts                        // guarded by mu; who does something when
	wake   chan struct{}               // holds one where somebody new is to do something
	tally  Tally                       // guarded by mu
}

// Tally is what the crowd has seen and done.
type Tally struct {
	People    int
	Reached   int // saw a message of the bank
	Answered  int
	Known     int // were shown what only they may see
	Stopped   int // have said STOP
	AfterStop int // messages of the bank shown after STOP, but for the one that confirms it
}

// person is one customer and what they have seen last.
type person struct {
	Person
	temper Temper
	chance *rand.Rand
	at     message.Address
	bubble simulator.Bubble
	due    time.Time // when they will do something; zero: nothing to do

	seen, answered, known bool
	stopped               time.Time
	confirmed             bool // STOP was confirmed
	mistyped, erred       bool
	asked                 bool
}

// New is an empty crowd. Give Shown to its network's options, and On that network, before anything is sent.
func New(o Options) *Crowd {
	if o.Begin == 0 {
		o.Begin = begin
	}
	return &Crowd{o: o, people: make(map[message.Address]*person), wake: make(chan struct{}, 1)}
}

// On gives the crowd its network, and the way in which its people pay.
func (c *Crowd) On(n *simulator.Network, pay Pay) { c.network, c.pay = n, pay }

// Add lets one more customer in, and says what temper they have.
func (c *Crowd) Add(p Person) Temper {
	h := fnv.New64a()
	_, _ = h.Write([]byte(p.Ref))                                                 // a hash never fails
	one := &person{Person: p, chance: rand.New(rand.NewPCG(c.o.Seed, h.Sum64()))} //nolint:gosec // chance, not secrecy
	drawn := one.chance.IntN(100)
	for _, s := range Shares {
		if one.temper = s.Temper; drawn < s.Of100 {
			break
		}
		drawn -= s.Of100
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.People++
	for _, a := range p.Addresses {
		c.people[a] = one
	}
	return one.temper
}

// Shown is told by the network what a telephone shows.
func (c *Crowd) Shown(_ context.Context, to message.Address, b simulator.Bubble) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.people[to]
	if p == nil || b.From != simulator.Bot {
		return
	}
	count(&p.seen, &c.tally.Reached)
	if isMenu(b) {
		count(&p.known, &c.tally.Known)
	}
	if !p.stopped.IsZero() {
		if p.confirmed || !isConfirmation(b) {
			c.tally.AfterStop++
		}
		p.confirmed = true
		return
	}
	p.at, p.bubble = to, b
	if p.temper == Ignores || !p.wants() {
		return
	}
	p.due = c.o.Now().Add(p.takes(c.o.Begin))
	heap.Push(&c.acts, act{p.due, p})
	signal(c.wake)
}

// takes is how long somebody takes to answer: a while until they begin, then two minutes at most.
func (p *person) takes(begin time.Duration) time.Duration {
	if !p.answered {
		return time.Second + time.Duration(p.chance.Int64N(int64(begin)))
	}
	return time.Duration(10+p.chance.IntN(110)) * time.Second
}

// Tally is what has happened so far.
func (c *Crowd) Tally() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tally
}

// Due is when somebody next does something; false where nobody has anything to do.
func (c *Crowd) Due() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.acts) == 0 {
		return time.Time{}, false
	}
	return c.acts[0].at, true
}

// Attend lets everybody do what is due.
func (c *Crowd) Attend(ctx context.Context) error {
	for ctx.Err() == nil {
		p, do := c.next()
		if p == nil {
			return nil
		}
		if err := c.act(ctx, p, do); err != nil {
			return fmt.Errorf("a customer who %s: %w", p.temper, err)
		}
	}
	return ctx.Err()
}

// next takes whoever is due and decides what they do.
func (c *Crowd) next() (*person, move) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.acts) > 0 && !c.acts[0].at.After(c.o.Now()) {
		a := heap.Pop(&c.acts).(act)
		if !a.at.Equal(a.person.due) {
			continue // they have seen something newer since
		}
		a.person.due = time.Time{}
		do := a.person.decide()
		if do == (move{}) {
			continue
		}
		if do.pay == "" {
			count(&a.person.answered, &c.tally.Answered)
		}
		if do.stop {
			a.person.stopped = c.o.Now()
			c.tally.Stopped++
		}
		return a.person, do
	}
	return nil, move{}
}

func (c *Crowd) act(ctx context.Context, p *person, do move) error {
	switch {
	case do.pay != "":
		return c.pay(ctx, p.Ref, do.pay)
	case do.tap != "":
		return c.network.Tap(ctx, p.at, p.bubble.N, do.tap)
	}
	return c.network.Type(ctx, p.at, do.text)
}

// Run lets everybody do what is due until ctx ends. problem is told what went wrong.
func (c *Crowd) Run(ctx context.Context, problem func(error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-timer.C:
		}
		if err := c.Attend(ctx); err != nil && ctx.Err() == nil {
			problem(err)
		}
		timer.Reset(poll)
	}
}

// poll is how often Run looks at a clock that may have been moved.
const poll = 250 * time.Millisecond

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// count counts somebody once.
func count(already *bool, n *int) {
	if !*already {
		*already = true
		*n++
	}
}

// act is that somebody does something at a time.
type act struct {
	at     time.Time
	person *person
}

// acts are a heap, the earliest first.
type acts []act

func (a acts) Len() int           { return len(a) }
func (a acts) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a acts) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push is for container/heap.
func (a *acts) Push(x any) { *a = append(*a, x.(act)) }

// Pop is for container/heap.
func (a *acts) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	*a = (*a)[:last]
	return x
}
