package ui

import (
	"net/http"
	"sync"
	"time"
)

// Changes tells open pages that something has changed. A page that is slow misses nothing: it is told once more, and asks for
// what is there then. The zero value is ready.
type Changes struct {
	mu    sync.Mutex
	pages map[chan struct{}]struct{} // guarded by mu
	end   chan struct{}              // guarded by mu; closed by Close, made when first needed
	ended sync.Once
}

// Tell tells all pages, and waits for none.
func (c *Changes) Tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p := range c.pages {
		select {
		case p <- struct{}{}:
		default: // it has not yet looked at the last one
		}
	}
}

// Close ends all streams, so that a server can shut down: a stream never ends by itself.
func (c *Changes) Close() { c.ended.Do(func() { close(c.ending()) }) }

func (c *Changes) ending() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == nil {
		c.end = make(chan struct{})
	}
	return c.end
}

// How often a page is told at most, and how often a quiet stream shows that it lives.
const (
	tellAtMost = 100 * time.Millisecond
	heartbeat  = 20 * time.Second
	writeIn    = 10 * time.Second // else nobody reads it
)

// mostPages is how many streams there are at once: each holds a connection.
const mostPages = 500

// add lets a page in, unless there are too many.
func (c *Changes) add(page chan struct{}) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pages) >= mostPages {
		return false
	}
	if c.pages == nil {
		c.pages = make(map[chan struct{}]struct{})
	}
	c.pages[page] = struct{}{}
	return true
}

func (c *Changes) remove(page chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pages, page)
}

// ServeHTTP is a stream of server-sent events: "changed" at once, and for each change after. HEAD has no stream to wait for.
func (c *Changes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy in between must not hold it back
	if r.Method == http.MethodHead {
		return
	}
	page, end := make(chan struct{}, 1), c.ending()
	if !c.add(page) {
		http.Error(w, "Too many pages are open: close some.", http.StatusServiceUnavailable)
		return
	}
	defer c.remove(page)

	stream := http.NewResponseController(w)
	limit := func() { _ = stream.SetWriteDeadline(time.Now().Add(writeIn)) } // in place of the server's, which is for pages
	defer limit()                                                            // the stream's end is written too
	send := func(line string) bool {
		limit()
		if _, err := w.Write([]byte(line)); err != nil {
			return false
		}
		return stream.Flush() == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	page <- struct{}{} // a page that opens is told at once: something may have changed since it was made
	for {
		line := ": here\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-end:
			return
		case <-beat.C:
		case <-page:
			line = "event: changed\ndata: now\n\n"
		}
		if !send(line) {
			return
		}
		select { // what changes meanwhile is told together
		case <-r.Context().Done():
			return
		case <-end:
			return
		case <-time.After(tellAtMost):
		}
	}
}
