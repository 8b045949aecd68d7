// Package console is a channel that shows messages in a terminal, for a thread by hand: settle chat, or a pipe.
//
// It promises that one Send shows one message, whole, in the order of the sends, and that what it can't show in full is an
// error and not half a message. It has no provider, so no webhooks: what is typed is made a message by whoever reads it.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// Shown is one message as the customer sees it.
type Shown struct {
	ID       message.ID
	Outbound message.Outbound
	Rendered message.Rendered
}

// Channel shows each message by a call. It is safe for concurrent use; the calls come one at a time.
type Channel struct {
	mu   sync.Mutex
	show func(Shown) error // guarded by mu
	last int               // guarded by mu
}

var _ channels.Channel = (*Channel)(nil)

// New shows messages by calling show. Where show fails the message may have been seen in part.
func New(show func(Shown) error) *Channel { return &Channel{show: show} }

// To writes messages to w, each line behind "< " as in a transcript, with an empty line after each message.
func To(w io.Writer) *Channel {
	return New(func(s Shown) error {
		_, err := io.WriteString(w, "< "+strings.ReplaceAll(s.Rendered.Text, "\n", "\n  ")+"\n\n")
		return err
	})
}

// maxText is far more than anybody reads in one message. A workflow that comes near it would fail on every real channel.
const maxText = 4096

// Capabilities are numbered text, without a limit that matters.
func (c *Channel) Capabilities() message.Capabilities {
	return message.Capabilities{Channel: "console", Text: maxText}
}

// Send shows m. It takes any address: there is one customer, at the keyboard.
func (c *Channel) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	rendered, err := message.Render(m.Message, c.Capabilities())
	switch {
	case err != nil:
		return "", fmt.Errorf("show %s: %w: %w", m.Key, channels.ErrRejected, err)
	case rendered.Text == "":
		return "", fmt.Errorf("show %s: %w: it has no text", m.Key, channels.ErrRejected)
	case m.Validity <= 0:
		return "", fmt.Errorf("show %s: %w: a validity of %s, want more than none", m.Key, channels.ErrRejected, m.Validity.Round(time.Second))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil { // asked with the turn in hand: waiting for it takes time too
		return "", fmt.Errorf("show %s: %w: %w", m.Key, channels.Throttled{Code: "context"}, err)
	}
	c.last++
	id := message.ID("console-" + strconv.Itoa(c.last))
	if err := c.show(Shown{ID: id, Outbound: m, Rendered: rendered}); err != nil {
		return "", fmt.Errorf("show %s: %w: %w", m.Key, channels.ErrUnknown, unnamed(err))
	}
	return id, nil
}

// unnamed keeps the text of an error and nothing else: show's own error mustn't pass for one of the channel's names.
func unnamed(err error) error { return errors.New(err.Error()) }
