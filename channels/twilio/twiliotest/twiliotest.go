// Package twiliotest is a Twilio that runs on this machine: it takes messages as the published contract says, keeps them in
// order, signs webhooks, and misbehaves on request. It needs no test: a first run by hand can use it too.
//
// It promises to refuse what Twilio's contract refuses, and to keep one message for each request that it stored, whatever
// became of the answer.
package twiliotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// The account that the fake has.
const (
	AccountSID = "AC0123456789abcdef0123456789abcdef"
	AuthToken  = "c0ffee00c0ffee00c0ffee00c0ffee00"
)

// Message is one that was taken.
type Message struct {
	SID            string
	To             string
	From           string // empty where a messaging service will choose
	Service        string // the messaging service, if one was named
	Body           string
	StatusCallback string
	Validity       time.Duration
	Created        time.Time
	Status         string // Twilio's word; queued at first
	Code           int    // Twilio's error code, zero for none
	Form           url.Values
}

// Trouble is a way of misbehaving.
type Trouble int

// The troubles. In the stored ones the message is sent, and the caller can't know.
const (
	HangUp      Trouble = iota + 1 // the request is read, then the connection is closed: nothing stored
	Silence                        // the request is read and never answered: nothing stored
	DropAnswer                     // stored, then the connection is closed
	BreakAfter                     // stored, then HTTP status 500
	GarbleAfter                    // stored, then 201 with an answer that is no JSON
)

// Fake is the fake. Its methods may be called at any time, by anyone.
type Fake struct {
	URL string // base_url for the channel; set by Start

	// Log, where set before the first request, gets a line for each message: for a run by hand.
	Log io.Writer
	// Now, where set before the first request, is the clock.
	Now func() time.Time

	contract contract
	server   *http.Server
	done     chan struct{} // closed by Close
	once     sync.Once
	served   sync.WaitGroup

	mu       sync.Mutex
	messages []Message
	requests int
	refused  []string
	plan     []plan
	optedOut map[string]bool
	changed  chan struct{} // closed and replaced when messages or requests change
}

type plan struct {
	trouble      Trouble
	status, code int // where trouble is zero
}

// New is a fake that listens nowhere: mount its Handler.
func New() (*Fake, error) {
	c, err := readContract()
	if err != nil {
		return nil, err
	}
	return &Fake{Now: time.Now, contract: c, done: make(chan struct{}), optedOut: map[string]bool{}, changed: make(chan struct{})}, nil
}

// Start is a fake that listens on a free port of this machine, until Close.
func Start() (*Fake, error) {
	f, err := New()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start fake Twilio: %w", err)
	}
	f.URL = "http://" + l.Addr().String()
	f.server = &http.Server{Handler: f.Handler(), ReadHeaderTimeout: 10 * time.Second}
	f.served.Go(func() { _ = f.server.Serve(l) }) // it ends with ErrServerClosed
	return f, nil
}

// Close ends the server and everybody who waits for an answer.
func (f *Fake) Close() {
	f.once.Do(func() { close(f.done) })
	if f.server != nil {
		_ = f.server.Close() // open connections have nothing left to say
		f.served.Wait()
	}
}

// Messages are those taken so far, oldest first.
func (f *Fake) Messages() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.messages)
}

// Requests counts the requests to send that arrived whole, whatever became of them.
func (f *Fake) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// Refused says what was wrong with the requests that the contract refuses, parameter names only.
func (f *Fake) Refused() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refused)
}

// Wait returns the messages as soon as there are n, or fails when ctx ends.
func (f *Fake) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		f.mu.Lock()
		got, changed := slices.Clone(f.messages), f.changed
		f.mu.Unlock()
		if len(got) >= n {
			return got, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return got, fmt.Errorf("wait for %d messages, have %d: %w", n, len(got), ctx.Err())
		}
	}
}

// WaitRequests waits until n requests to send have arrived.
func (f *Fake) WaitRequests(ctx context.Context, n int) error {
	for {
		f.mu.Lock()
		got, changed := f.requests, f.changed
		f.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d requests, have %d: %w", n, got, ctx.Err())
		}
	}
}

// Fail answers each of the next n requests to send with this HTTP status and Twilio error code, and stores nothing.
func (f *Fake) Fail(n, status, code int) { f.planned(n, plan{status: status, code: code}) }

// Misbehave does so with each of the next n requests to send.
func (f *Fake) Misbehave(n int, how Trouble) { f.planned(n, plan{trouble: how}) }

func (f *Fake) planned(n int, p plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = append(f.plan, slices.Repeat([]plan{p}, n)...)
}

// OptOut makes every later message to this recipient fail with 21610.
func (f *Fake) OptOut(to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.optedOut[to] = true
}

// Status moves a message on and returns the callback that Twilio makes for it. The code is zero but for failed and
// undelivered.
func (f *Fake) Status(sid, status string, code int) (Webhook, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.messages {
		m := &f.messages[i]
		if m.SID != sid {
			continue
		}
		m.Status, m.Code = status, code
		if m.StatusCallback == "" {
			return Webhook{}, errors.New("make status callback: the message was sent without StatusCallback")
		}
		return Webhook{URL: m.StatusCallback, Form: callback(*m), Token: AuthToken}, nil
	}
	return Webhook{}, fmt.Errorf("make status callback: no message %s", sid)
}

// Inbound is the call that Twilio makes to target, as configured there, for a message from a customer.
func (f *Fake) Inbound(target, from, to, body string, more ...Param) Webhook {
	return Webhook{URL: target, Form: Inbound(from, to, body, more...), Token: AuthToken}
}
