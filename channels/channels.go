// Package channels is the contract between Settle and a way to reach a customer. An adapter translates a provider's bytes
// to message values and back, in a file or two; it doesn't decide, store or retry.
//
// Whoever writes an adapter runs channelstest against it.
package channels

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/settle-chat/settle/message"
)

// Config is one channel's part of the configuration file. It opens itself.
type Config interface {
	// Open checks the configuration and returns the channel. It makes no connection: a provider that is away must not keep
	// the service from starting.
	Open(d Deps) (Channel, error)
}

// Deps is what a channel is given.
type Deps struct {
	Name      string           // the channel's name in the configuration: its webhooks are at /channels/NAME/...
	PublicURL string           // where the provider reaches us: signatures and links are made from it, never from a request's headers
	HTTP      *http.Client     // nil: one of the channel's own, with timeouts. Its redirect policy and cookies are not used
	Now       func() time.Time // nil: time.Now
}

// Channel is every channel.
type Channel interface {
	// Capabilities says what the channel can show. It never changes while the channel is open.
	Capabilities() message.Capabilities

	// Send hands m to the provider, once, before ctx ends. A nil error means that the provider has accepted m, not that it
	// arrived: that comes as a Receipt. An error that surely means "not sent" is one of the named errors below; every other
	// error, a timeout or a reset after the first byte among them, is ErrUnknown: m may have arrived.
	Send(ctx context.Context, m message.Outbound) (message.ID, error)
}

// Receiver is a channel with webhooks.
type Receiver interface {
	// Receive checks r's signature over the raw body and the configured public URL, and translates it. ErrForged means 403
	// with an empty body; ErrMalformed means 400; nothing else is said to the caller.
	Receive(r *http.Request, body []byte) (Received, error)
}

// Finder is a channel that can look up an ambiguous send.
type Finder interface {
	// Find looks for m among what the provider has sent since m.Since, leaving out the messages named in known. It returns
	// the empty ID where m surely isn't there.
	Find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error)
}

// Received is what one webhook said, and the answer that the provider wants.
type Received struct {
	Inbound     []message.Inbound
	Receipts    []message.Receipt
	ContentType string
	Body        []byte // written with 200, after the commit
}

// Webhook errors.
var (
	ErrForged    = errors.New("signature does not match")
	ErrMalformed = errors.New("not a message this channel knows")
)

// What Send can say. Only what surely did not happen is retried.
var (
	ErrOptedOut      = errors.New("the customer has left this channel")
	ErrOutsideWindow = errors.New("outside the session window, a template is needed")
	ErrUnreachable   = errors.New("the address can't be reached on this channel")
	ErrRejected      = errors.New("the provider refused the message")
	ErrStopped       = errors.New("the provider refused the account: an operator must act")
	ErrUnknown       = errors.New("it may have been sent")
)

// Throttled says that the provider did not take the message and when to try again.
type Throttled struct {
	After time.Duration // at least this long; zero where the provider doesn't say
	Code  string        // the provider's
}

func (t Throttled) Error() string { return fmt.Sprintf("throttled (%s), after %s", t.Code, t.After) }
