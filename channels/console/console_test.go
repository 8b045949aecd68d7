package console_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/channelstest"
	"github.com/settle-chat/settle/channels/console"
	"github.com/settle-chat/settle/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type harness struct {
	channel *console.Channel

	mu      sync.Mutex
	taken   []channelstest.Taken // guarded by mu
	calls   int                  // guarded by mu
	trouble error                // guarded by mu
}

func newHarness() *harness {
	h := new(harness)
	h.channel = console.New(func(s console.Shown) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls++
		if err := h.trouble; err != nil {
			h.trouble = nil
			return err
		}
		h.taken = append(h.taken, channelstest.Taken{ID: s.ID, To: s.Outbound.To, Text: s.Rendered.Text})
		return nil
	})
	return h
}

func (h *harness) Channel() channels.Channel { return h.channel }
func (h *harness) Customer() message.Address { return "console:thandi" }

func (h *harness) Taken() []channelstest.Taken {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]channelstest.Taken(nil), h.taken...)
}

func (h *harness) Requests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

func (h *harness) Arrived(context.Context) error {
	return errors.New("a console never keeps anybody waiting")
}

// Trouble: a screen can only break.
func (h *harness) Trouble(what channelstest.Trouble) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if what != channelstest.Broken {
		return false
	}
	h.trouble = channels.ErrOptedOut // whatever show returns, the channel doesn't know what was seen
	return true
}

func TestContract(t *testing.T) {
	t.Parallel()
	channelstest.Run(t, func(*testing.T) channelstest.Harness { return newHarness() })
}

func outbound(text string, choices ...message.Choice) message.Outbound {
	return message.Outbound{Key: "effect1", To: "console:thandi", Message: message.Message{Text: text, Choices: choices}, Validity: time.Minute}
}

func TestTo(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	c := console.To(&b)
	for _, m := range []message.Outbound{
		outbound("Hello Thandi."),
		outbound("What would you like to do?", message.Choice{ID: "a", Label: "Pay now"}, message.Choice{ID: "b", Label: "Pay later"}),
	} {
		if _, err := c.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	want := "< Hello Thandi.\n\n< What would you like to do?\n  1 Pay now\n  2 Pay later\n\n"
	if b.String() != want {
		t.Errorf("shown %q, want %q", b.String(), want)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		m    message.Outbound
	}{
		{"no text", outbound("")},
		{"too long", outbound(strings.Repeat("x", 4097))},
		{"no validity", message.Outbound{Key: "effect1", Message: message.Message{Text: "hi"}}},
	} {
		h := newHarness()
		if id, err := h.channel.Send(t.Context(), tc.m); !errors.Is(err, channels.ErrRejected) || id != "" || len(h.Taken()) != 0 {
			t.Errorf("%s: Send = %q, %v, %d shown, want ErrRejected and nothing", tc.name, id, err, len(h.Taken()))
		}
	}
}

// TestOneAtATime checks that messages sent at once are shown whole, one after the other, each with an ID of its own.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	showing, shown := 0, map[message.ID]bool{} // not guarded: the race detector checks that the channel does
	c := console.New(func(s console.Shown) error {
		showing++
		if showing != 1 {
			t.Errorf("%d messages are being shown at once", showing)
		}
		shown[s.ID] = true
		showing--
		return nil
	})
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if _, err := c.Send(t.Context(), outbound(fmt.Sprint("message ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(shown) != 50 {
		t.Errorf("%d IDs for 50 messages", len(shown))
	}
}
