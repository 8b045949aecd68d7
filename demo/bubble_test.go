package demo

import (
	"testing"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// A telephone shows what has arrived, what was never going to, and what its owner wrote; the rest is still coming.
func TestOnScreen(t *testing.T) {
	t.Parallel()
	for status, want := range map[message.Status]struct {
		shown  int
		coming bool
	}{
		message.Accepted: {1, true}, message.Sent: {1, true}, message.Delivered: {2, false}, message.Read: {2, false}, message.Failed: {2, false},
	} {
		shown, coming := onScreen([]simulator.Bubble{{From: simulator.Customer, Status: message.Accepted}, {From: simulator.Bot, Status: status}})
		if len(shown) != want.shown || coming != want.coming {
			t.Errorf("a message that is %s: %d shown, coming %v; want %d, %v", status, len(shown), coming, want.shown, want.coming)
		}
	}
}
