package bot_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// simWorld is one run of the simulation: processes, the Redis between them, and everybody outside, in one synctest bubble.
//
// Same seed, same run: whatever is left to chance is drawn from the seed and from what it is drawn for, never from the order
// in which goroutines come to draw; and every delay has its own nanoseconds, so that no two things happen at one time.
type simWorld struct {
	t      testing.TB
	seed   uint64
	mutant simMutant
	server *miniredis.Miniredis
	raw    *redis.Client // the observer's: no fault touches it
	keys   *store.Keyset
	look   *store.Store
	lib    *fsm.Library
	life   context.Context
	going  sync.WaitGroup

	net  *simNet
	bank *simBank

	mu      sync.Mutex
	offset  time.Duration               // guarded by mu; Redis's clock before the bubble's
	away    time.Time                   // guarded by mu; Redis answers nobody until then
	calm    bool                        // guarded by mu; no more faults
	drawn   map[string]int              // guarded by mu; how often was drawn for what
	faults  map[string]int              // guarded by mu; by kind
	story   []simLine                   // guarded by mu
	procs   []*simProc                  // guarded by mu; a slot each
	acked   map[string]time.Time        // guarded by mu; inbound messages that were answered with 200
	said    map[string]simSaid          // guarded by mu; inbound messages, answered or not
	gated   map[string]simPass          // guarded by mu; effect -> when Redis was last asked whether it may go
	starts  map[string]fsm.Conversation // guarded by mu; documents at version 0
	broken  []string                    // guarded by mu; seen while everything happened
	opened  map[string]bool             // guarded by mu; cases whose opening was acknowledged
	latest  time.Time                   // guarded by mu; the latest that Redis's clock has shown
	commits map[string]time.Time        // guarded by mu; "conversation/version" -> when Redis wrote it
	excused map[string]bool             // guarded by mu; effects whose process was frozen between gate and call
	began   map[string][]simCall        // guarded by mu; effect -> calls of the provider
}

// simLine is one line of the timeline.
type simLine struct {
	at   time.Time
	text string
}

// simSaid is one message of a customer.
type simSaid struct {
	customer int
	text     string
	at       time.Time
}

// simPass is one question at the gate: when it came to Redis, and what Redis's clock showed.
type simPass struct{ at, clock time.Time }

// simCall is one call of a provider that a process has begun.
type simCall struct {
	at    time.Time
	gated simPass
	by    string
}

// simStart is the bubble's first moment for Redis: ten in the morning of a working day in London.
var simStart = tuesday

func newSim(t testing.TB, seed uint64, mutant simMutant) *simWorld {
	w := &simWorld{
		t: t, seed: seed, mutant: mutant, server: miniredis.NewMiniRedis(), life: context.Background(), offset: time.Until(simStart),
		drawn: make(map[string]int), faults: make(map[string]int), acked: make(map[string]time.Time), said: make(map[string]simSaid),
		gated: make(map[string]simPass), starts: make(map[string]fsm.Conversation), opened: make(map[string]bool), commits: make(map[string]time.Time), excused: make(map[string]bool), began: make(map[string][]simCall),
	}
	w.server.ClockTTL(true)
	w.server.Seed(int(seed))
	w.net, w.bank = newSimNet(w), newSimBank(w)
	var err error
	if w.lib, err = library(); err != nil {
		t.Fatal(err)
	}
	if w.keys, err = store.NewKeyset(); err != nil {
		t.Fatal(err)
	}
	w.raw = w.dial()
	if w.look, err = store.Open(w.life, w.options(w.raw)); err != nil {
		t.Fatal(err)
	}
	return w
}

// dial makes a client over pipes.
func (w *simWorld) dial() *redis.Client {
	return redis.NewClient(&redis.Options{
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			c, err := w.server.Dial()
			if err != nil {
				return nil, err
			}
			return newSimPipe(c), nil
		},
		ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

func (w *simWorld) options(client redis.UniversalClient) store.Options {
	return store.Options{Client: client, Keyset: w.keys, InProcess: true, Offset: w.ahead}
}

func (w *simWorld) ahead() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.offset
}

// now is Redis's time.
func (w *simWorld) now() time.Time { return time.Now().Add(w.ahead()) }

// noteClock remembers the latest time that Redis has shown.
func (w *simWorld) noteClock() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now().Add(w.offset); now.After(w.latest) {
		w.latest = now
	}
}

// jump moves Redis's clock.
func (w *simWorld) jump(by time.Duration) {
	w.noteClock()
	w.mu.Lock()
	w.offset += by
	w.mu.Unlock()
	w.noteClock()
}

// draw is chance for one purpose: the n'th time that it is asked for, the n'th stream of it.
func (w *simWorld) draw(what ...any) *rand.Rand {
	key := fmt.Sprint(what...)
	w.mu.Lock()
	n := w.drawn[key]
	w.drawn[key]++
	w.mu.Unlock()
	h := fnv.New64a()
	fmt.Fprintf(h, "%s#%d", key, n)
	return rand.New(rand.NewPCG(w.seed, h.Sum64())) //nolint:gosec // chance, not secrecy
}

// between is a delay; its nanoseconds are its own.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// tell adds a line to the timeline.
func (w *simWorld) tell(format string, args ...any) {
	line := simLine{time.Now(), fmt.Sprintf(format, args...)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, line)
}

// fault counts a fault and tells of it.
func (w *simWorld) fault(kind, format string, args ...any) {
	w.mu.Lock()
	w.faults[kind]++
	w.mu.Unlock()
	w.tell("FAULT "+kind+": "+format, args...)
}

func (w *simWorld) isCalm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calm
}

// goes runs something of the world outside the processes.
func (w *simWorld) goes(f func()) { w.going.Go(f) }

// alive are the processes that listen.
func (w *simWorld) alive() (all []*simProc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.procs {
		if p != nil && !p.isDead() {
			all = append(all, p)
		}
	}
	return all
}

// deliver brings something to any process until one says that it is durable, as a patient provider does; times is its
// patience. It says whether it was acknowledged.
func (w *simWorld) deliver(what string, times int, do func(ctx context.Context, p *simProc) error) bool {
	for range times {
		r := w.draw("deliver ", what)
		time.Sleep(between(r, 2*time.Millisecond, 60*time.Millisecond))
		if all := w.alive(); len(all) > 0 {
			p := all[r.IntN(len(all))]
			ctx, cancel := context.WithTimeout(w.life, 15*time.Second)
			p.hold("receive " + what)
			err := do(ctx, p)
			cancel()
			p.hold("received " + what)
			if err == nil && !p.isDead() {
				return true
			}
			w.tell("%s is not taken by %s: %v", what, p.name, err)
		}
		time.Sleep(between(r, 500*time.Millisecond, 8*time.Second))
	}
	return false
}

// timeline is what happened, in order.
func (w *simWorld) timeline() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortStableFunc(w.story, func(a, b simLine) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.text, b.text)
	})
	var s strings.Builder
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where every bubble begins
	for _, l := range w.story {
		fmt.Fprintf(&s, "%12.6f %s\n", l.at.Sub(start).Seconds(), l.text)
	}
	return s.String()
}
