package bot_test

import (
	"net"
	"sync"
)

// simPipe is a connection whose writer never waits for its reader, as a socket's doesn't: over a bare pipe a client that
// writes a long pipeline and a server that answers its first half would wait for each other.
type simPipe struct {
	net.Conn

	mu      sync.Mutex
	more    *sync.Cond
	waiting []byte // guarded by mu
	closed  bool   // guarded by mu
}

func newSimPipe(c net.Conn) *simPipe {
	p := &simPipe{Conn: c}
	p.more = sync.NewCond(&p.mu)
	go p.pump()
	return p
}

func (p *simPipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, net.ErrClosed
	}
	p.waiting = append(p.waiting, b...)
	p.more.Signal()
	return len(b), nil
}

func (p *simPipe) Close() error {
	p.mu.Lock()
	p.closed = true
	p.more.Signal()
	p.mu.Unlock()
	return p.Conn.Close()
}

// pump passes on what was written, until the connection is closed.
func (p *simPipe) pump() {
	for {
		p.mu.Lock()
		for len(p.waiting) == 0 && !p.closed {
			p.more.Wait()
		}
		b := p.waiting
		p.waiting = nil
		closed := p.closed
		p.mu.Unlock()
		if closed {
			return
		}
		if _, err := p.Conn.Write(b); err != nil {
			return
		}
	}
}
