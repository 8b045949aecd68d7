// Package bench measures what Settle costs: the same server, bot, channel and store that serve runs, on a real Redis, with a
// load generator in this process.
//
// It promises: no figure is written down anywhere, each comes from the run that prints it; what is compared is measured in
// turns in one run; what is sent are signed messages, each to a waiting conversation of its own, and one that isn't answered
// with 200 ends the run. Generator, service and Redis share the machine's cores: read ratios, not rates. Nothing is left
// behind, neither a process nor a file nor a key.
package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/integrations"
)

// ErrVoid says that a run's figures mean nothing, and why.
var ErrVoid = errors.New("the run is void")

// Options is what is measured, and how.
type Options struct {
	Library *fsm.Library
	Systems map[string]integrations.System
	Checks  []identity.Check
	// Channel opens Twilio's channel, called sms, with its API at base and the test account's credentials.
	Channel func(base string, d channels.Deps) (channels.Channel, error)
	// Matter is the case that the conversations wait in. Customer, reference and address are set for each.
	Matter bot.OpenRequest
	Start  time.Time // when the conversations take place: within the hours in which a first message may go out

	RedisURL      string // an empty Redis; one of our own, with AOF and fsync always, where it is not given
	For           time.Duration
	Connections   int
	Conversations int       // at most so many in one measurement; zero: as many as it needs
	Progress      io.Writer // told what is going on
	Profile       io.Writer // gets a CPU profile of webhooks and bare handler, in turns; nil: none

	bare time.Duration // how much slower the bare handler is made: a test's
}

// Say tells Progress what is going on.
func (o Options) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(o.Progress, format+"\n", args...) // whoever doesn't listen misses it
}

// spare is by how much more a measurement is given than its warm-up says: rates differ on a machine that others use too.
const spare = 2

// needed is how many conversations a measurement is given for a rate: each takes one message.
func (o Options) needed(perSecond float64, d time.Duration) int {
	n := int(perSecond*d.Seconds()*spare) + 2*o.Connections
	if o.Conversations > 0 {
		n = min(n, o.Conversations)
	}
	return n
}

// Aim is a figure and what it should be.
type Aim struct {
	What string
	Met  bool
}

// Row is a figure for people to read.
type Row struct {
	What, Figure string
	Of           float64 // a share that a picture can show, 0 to 1; zero: none
}

// Figures are what one measurement has found.
type Figures interface {
	Rows() []Row
	Aims() []Aim
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile of sorted durations.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// sample is what one or several slices of load came to.
type sample struct {
	done int
	took time.Duration
	each []time.Duration
	cpu  cpu
}

func (s *sample) add(t sample) {
	s.done, s.took, s.each = s.done+t.done, s.took+t.took, append(s.each, t.each...)
	s.cpu.here, s.cpu.redis = s.cpu.here+t.cpu.here, s.cpu.redis+t.cpu.redis
}

func (s *sample) perSecond() float64 { return float64(s.done) / s.took.Seconds() }

func (s *sample) sorted() []time.Duration {
	slices.Sort(s.each)
	return s.each
}
