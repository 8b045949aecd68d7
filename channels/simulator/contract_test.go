package simulator_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/channelstest"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

func TestMain(m *testing.M) {
	// go-redis tries once a second whether a server that is gone is back, and gives up by itself once its client is closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

const (
	thandi   = message.Address("sms:+447700900001")
	whatsapp = message.Address("whatsapp:+447700900001")
)

// begin is when tests with a clock of their own begin.
var begin = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func TestContract(t *testing.T) {
	t.Parallel()
	for _, customer := range []message.Address{thandi, whatsapp, "whatsapp-user:ZA.1349120655"} {
		t.Run(customer.Kind(), func(t *testing.T) {
			t.Parallel()
			channelstest.Run(t, func(t *testing.T) channelstest.Harness {
				h := &harness{net: simulator.New(simulator.Options{}), customer: customer}
				if err := h.net.Type(t.Context(), customer, "hello"); err != nil { // WhatsApp's window opens
					t.Fatal(err)
				}
				return h
			})
		})
	}
}

// harness is the suite's view of a network.
type harness struct {
	net      *simulator.Network
	customer message.Address
}

func (h *harness) Channel() channels.Channel { return h.net.Channel(h.customer.Channel()) }
func (h *harness) Customer() message.Address { return h.customer }
func (h *harness) Requests() int             { return h.net.Counts().Requests }

func (h *harness) Taken() []channelstest.Taken {
	var out []channelstest.Taken
	for _, b := range h.net.Thread(h.customer) {
		if b.From != simulator.Bot {
			continue
		}
		taken := channelstest.Taken{ID: b.ID, To: h.customer, Text: b.Text, Validity: b.Until.Sub(b.At)}
		for _, c := range b.Choices {
			taken.Choices = append(taken.Choices, c.ID)
		}
		out = append(out, taken)
	}
	return out
}

func (h *harness) Arrived(ctx context.Context) error {
	changed, end := h.net.Subscribe(h.customer)
	defer end()
	for h.Requests() == 0 {
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (h *harness) Trouble(what channelstest.Trouble) bool {
	faults := map[channelstest.Trouble]simulator.Fault{
		channelstest.Refused: simulator.Refuse, channelstest.Stopped: simulator.Stop, channelstest.Busy: simulator.Throttle,
		channelstest.HangUp: simulator.LoseRequest, channelstest.LostAnswer: simulator.LoseAnswer,
		channelstest.Broken: simulator.LoseAnswer, channelstest.Garbled: simulator.LoseAnswer, channelstest.Silent: simulator.Silence,
	}
	switch fault, planned := faults[what]; {
	case planned:
		h.net.Plan(h.customer, fault)
	case what == channelstest.OptedOut && h.customer == thandi:
		_ = h.net.Type(context.Background(), h.customer, "stop") // nobody is told, so nothing can fail
	case what == channelstest.OutsideWindow && h.customer != thandi:
		h.net = simulator.New(simulator.Options{}) // where the customer has never written
	case what == channelstest.Unreachable:
		h.net.SetReachable(h.customer, false)
	default:
		return false
	}
	return true
}
