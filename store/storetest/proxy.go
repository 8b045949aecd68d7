package storetest

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy is the network between clients and a server, where it fails: it cuts connections, is slow, or goes silent.
type Proxy struct {
	listener net.Listener
	server   string
	all      sync.WaitGroup

	mu     sync.Mutex
	cut    int                   // guarded by mu: one in so many answers; 0: none
	cuts   int                   // guarded by mu: how many were
	next   []byte                // guarded by mu: what the request holds whose answer is cut; nil: none
	doomed net.Conn              // guarded by mu: to the server, that request's
	delay  time.Duration         // guarded by mu: of each answer
	speaks chan struct{}         // guarded by mu: closed where the network isn't silent
	conns  map[net.Conn]struct{} // guarded by mu: nil once the proxy is closed
	most   int                   // guarded by mu: connections at once, so far
}

// Proxy puts a network before the server. It ends with the test.
func (s *Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for a proxy: %v", err)
	}
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatalf("read the server's address: %v", err)
	}
	p := &Proxy{listener: l, server: u.Path, speaks: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	close(p.speaks)
	p.all.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// URL is what a client connects to.
func (p *Proxy) URL() string { return "redis://" + p.Addr() }

// Addr is its HOST:PORT.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut cuts the connection instead of passing on one in so many answers: the request has gone through, and Redis has acted.
// 0 ends it.
func (p *Proxy) Cut(oneIn int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = oneIn
}

// CutAfter cuts the connection instead of passing on the answer of the next request that holds this text. Those after it go
// through.
func (p *Proxy) CutAfter(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = []byte(text)
}

// Cuts is how many connections were cut.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// Delay holds each answer up for so long.
func (p *Proxy) Delay(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = by
}

// Silence makes a black hole: connections stand and new ones are taken, and nothing comes through in either direction.
// What was sent meanwhile arrives when Speak ends it, as TCP has it, though its sender may have given up.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.speaks = make(chan struct{})
}

// Speak ends a silence.
func (p *Proxy) Speak() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.speak()
}

// speak is Speak; mu is held.
func (p *Proxy) speak() {
	select {
	case <-p.speaks:
	default:
		close(p.speaks)
	}
}

// Most is how many connections there were at once.
func (p *Proxy) Most() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.server)
		if err != nil { // nobody listens there
			_ = client.Close()
			continue
		}
		if !p.keep(client, server) {
			return
		}
		p.all.Go(func() { p.pass(server, client, false) })
		p.all.Go(func() { p.pass(client, server, true) })
	}
}

// keep notes a pair of connections, so that close ends them.
func (p *Proxy) keep(pair ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range pair {
		if p.conns == nil {
			_ = c.Close()
			continue
		}
		p.conns[c] = struct{}{}
	}
	p.most = max(p.most, len(p.conns)/2)
	return p.conns != nil
}

// pass passes on what comes, until one side is gone or an answer is cut.
func (p *Proxy) pass(to, from net.Conn, answers bool) {
	defer p.end(to, from)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if answers && !p.answer(from) {
				return
			}
			p.mu.Lock()
			speaks := p.speaks
			if !answers && p.next != nil && bytes.Contains(buffer[:n], p.next) {
				p.next, p.doomed = nil, to
			}
			p.mu.Unlock()
			<-speaks
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answer waits as long as a server's answer takes, and tells whether it comes through.
func (p *Proxy) answer(server net.Conn) bool {
	p.mu.Lock()
	delay, cut := p.delay, server == p.doomed || p.cut > 0 && rand.N(p.cut) == 0
	if cut {
		p.cuts++
	}
	p.mu.Unlock()
	if delay > 0 {
		time.Sleep(delay) // a slow network is what it plays
	}
	return !cut
}

func (p *Proxy) end(pair ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range pair {
		_ = c.Close()
		delete(p.conns, c)
	}
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.speak()
	_ = p.listener.Close()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.all.Wait()
}
