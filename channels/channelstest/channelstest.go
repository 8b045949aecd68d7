// Package channelstest is the contract of package channels as tests. Whoever writes a channel runs them:
//
//	func TestChannel(t *testing.T) {
//		channelstest.Run(t, func(t *testing.T) channelstest.Harness { ... })
//	}
//
// It promises that a channel which passes does what the comments in package channels say, as far as its harness can show
// it: what a provider can't do is left out, never assumed. That the suite notices faults is itself tested, with channels
// that have one each.
package channelstest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// Harness is a channel, newly open, and the provider's end of it. What more a provider's end can do it says by implementing
// Troubled and Webhooks.
type Harness interface {
	Channel() channels.Channel

	// Customer is an address that the channel reaches.
	Customer() message.Address

	// Taken is what the provider has taken so far, in order.
	Taken() []Taken
}

// Taken is one message as the provider's end has it.
type Taken struct {
	ID       message.ID
	To       message.Address
	Text     string        // with the numbered lines, where choices are shown so
	Choices  []string      // the payloads, where they are shown as buttons or rows
	Validity time.Duration // until the provider gives up; zero where it knows no such thing
}

// Troubled is a harness whose provider can go wrong.
type Troubled interface {
	// Trouble makes the next send go wrong. It is false where this provider can't go wrong in that way.
	Trouble(what Trouble) bool

	// Requests counts the sends that have reached the provider, whatever became of them.
	Requests() int

	// Arrived waits until a send has reached the provider.
	Arrived(ctx context.Context) error
}

// Trouble is a way for a send to go wrong.
type Trouble string

// The troubles.
const (
	OptedOut      Trouble = "the customer has left"
	OutsideWindow Trouble = "the session window is closed"
	Unreachable   Trouble = "the address can't be reached"
	Refused       Trouble = "the message is refused"
	Stopped       Trouble = "the account is refused"
	Busy          Trouble = "too many requests"
	Away          Trouble = "no connection opens"
	HangUp        Trouble = "the request is read, then the connection closes"
	LostAnswer    Trouble = "the message is taken, then the connection closes"
	Broken        Trouble = "the provider answers with an error of its own"
	Garbled       Trouble = "the message is taken, then the answer makes no sense"
	Silent        Trouble = "the request is read and never answered"
)

// Webhooks is a harness whose channel is a channels.Receiver.
type Webhooks interface {
	// Source begins the IDs of this channel's events: twilio.
	Source() string

	// SignatureHeader is the header that the signature is in.
	SignatureHeader() string

	// Say is the call that reports a message from a customer: From, Text, Choice, Media and Optout are used. It is false
	// where a customer can't say that on this channel, or by can't sign.
	Say(in message.Inbound, by Signer) (Call, bool)

	// News is the call that reports a message's status.
	News(of Taken, s message.Status, by Signer) (Call, bool)
}

// Signer is who signs a call.
type Signer int

// The signers.
const (
	Provider  Signer = iota // as it should be
	Stranger                // with another secret
	Elsewhere               // with the secret, for another host; false where the signature doesn't cover the URL
)

// Call is a webhook call as it reaches us.
type Call struct {
	Method string
	Target string // path and query
	Header http.Header
	Body   []byte
}

func (c Call) clone() Call {
	c.Header = c.Header.Clone()
	c.Body = append([]byte(nil), c.Body...)
	return c
}

func (c Call) request() *http.Request {
	r := httptest.NewRequest(c.Method, c.Target, strings.NewReader(string(c.Body)))
	r.Header = c.Header
	return r
}

// reporter is what the checks need of *testing.T, so that a test can run them and read what they report.
type reporter interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

type check struct {
	name string
	run  func(t reporter, h Harness)
}

// checks are the suite.
func checks() []check {
	return append(sending(), receiving()...)
}

// Run tests the channel that open returns; each check opens its own.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}
