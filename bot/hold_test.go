package bot_test

import (
	"bytes"
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/message"
)

// goroutine names the running goroutine: what a point is called in, the points before it were called in too.
func goroutine() string {
	var b [64]byte
	_, rest, _ := bytes.Cut(b[:runtime.Stack(b[:], false)], []byte(" "))
	id, _, _ := bytes.Cut(rest, []byte(" "))
	return string(id)
}

// gateAt stops whoever comes to a point until it is opened, once armed.
type gateAt struct {
	point string
	mu    sync.Mutex
	armed bool          // guarded by mu
	came  chan struct{} // gets a value for each who came
	open  chan struct{} // closed: all may go on
}

func newGateAt(point string) *gateAt {
	return &gateAt{point: point, came: make(chan struct{}, 100), open: make(chan struct{})}
}

func (g *gateAt) arm() { g.mu.Lock(); g.armed = true; g.mu.Unlock() }

func (g *gateAt) hit(name string) {
	g.mu.Lock()
	stops := g.armed && name == g.point
	g.mu.Unlock()
	if stops {
		g.came <- struct{}{}
		<-g.open
	}
}

// slowSystem is a system of record that answers only once told to, deaf to its context: a process that is frozen.
type slowSystem struct {
	integrations.System
	operation string
	mu        sync.Mutex
	calls     []integrations.Change // guarded by mu
	came      chan struct{}
	open      chan struct{}
	hold      int // guarded by mu; how many calls are held
}

func newSlowSystem(s integrations.System, operation string, hold int) *slowSystem {
	return &slowSystem{System: s, operation: operation, hold: hold, came: make(chan struct{}, 100), open: make(chan struct{})}
}

func (s *slowSystem) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	if c.Operation == s.operation {
		s.mu.Lock()
		s.calls = append(s.calls, c)
		held := s.hold > 0
		s.hold--
		s.mu.Unlock()
		s.came <- struct{}{}
		if held {
			<-s.open
			ctx = context.WithoutCancel(ctx)
		}
	}
	return s.System.Apply(ctx, c)
}

func (s *slowSystem) Find(ctx context.Context, r integrations.Request) (integrations.Values, error) {
	if r.Operation == s.operation {
		s.came <- struct{}{}
		<-s.open
	}
	return s.System.Find(ctx, r)
}

func (s *slowSystem) applied() []integrations.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]integrations.Change(nil), s.calls...)
}

// slowChannel sends only once told to, deaf to its context.
type slowChannel struct {
	channels.Channel
	came chan message.Outbound
	open chan struct{}
	held func(message.Outbound) bool
}

func newSlowChannel(c channels.Channel, held func(message.Outbound) bool) *slowChannel {
	return &slowChannel{Channel: c, held: held, came: make(chan message.Outbound, 100), open: make(chan struct{})}
}

func (s *slowChannel) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	if s.held(m) {
		s.came <- m
		<-s.open
		ctx = context.WithoutCancel(ctx)
	}
	return s.Channel.Send(ctx, m)
}

// Find is the channel's own.
func (s *slowChannel) Find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	return s.Channel.(channels.Finder).Find(ctx, m, known)
}

// wait waits for a value, for at most ten seconds.
func wait[T any](c <-chan T) (v T, ok bool) {
	select {
	case v = <-c:
		return v, true
	case <-time.After(10 * time.Second):
		return v, false
	}
}
