package bot

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// Options is what a bot works with.
type Options struct {
	Store         *store.Store
	Library       *fsm.Library
	Channels      map[string]channels.Channel    // by channel: sms, whatsapp, email, console
	Systems       map[string]integrations.System // by name
	Checks        []identity.Check               // the classes of known facts that can be asked
	Rules         policy.Rules
	CodeCountries []string           // ISO 3166: where one-time codes may go; none: everywhere
	Rates         map[string]float64 // most messages a second, by channel; none: no limit of ours
	Log           zerolog.Logger
	Meter         Meter        // nil: nothing is counted
	Tracer        trace.Tracer // nil: nothing is traced

	// Learn brings a workflow's version into Library that a case is pinned to and that isn't there: another process has
	// published it. Nil: what isn't there isn't known.
	Learn func(ctx context.Context, pin string) error

	CommitOnly bool // nothing that a commit makes due is begun here: it is left to whoever runs. For a launch beside serve

	Slots    int           // replies sent at once, and as many first messages, and calls of each system; 64 where zero
	ClaimFor time.Duration // how long an effect is ours to run; 30 s where zero. Every call ends a sixth of it earlier
	// Point is called at each named point of a test build that wants to die or stop there. Nil in production.
	Point func(name string)
}

// Bot handles events and runs effects. Make it with New, start it with Run.
type Bot struct {
	Options
	breakers map[string]breaker
	slots    slots
	spray    spray
	wakes    *wakes

	mu     sync.Mutex
	queues map[string]*queue // guarded by mu; events that wait, by conversation

	running    tasks // effects and queues
	workers    workers
	renouncing atomic.Int32 // conversations whose claims were given up and may yet come to stand
	// life ends when the bot must stop: no new effect begins, calls on the wire are given until it is over.
	life context.Context
	end  context.CancelFunc
	stop chan struct{} // closed when no new effect may begin
	once sync.Once

	made   time.Time
	turned atomic.Int64 // when the loop of Run began its last turn, in ns since made

	sabotage sabotage
}

// sabotage takes a guarantee away, so that a test can show that its checker would notice. Nothing but a test sets it.
type sabotage struct {
	dedupe bool // events from outside are not remembered
	claims bool // whoever finds an effect runs it
}

// How long things may take.
const (
	claimFor  = 30 * time.Second
	shutdown  = 10 * time.Second
	pollEvery = time.Second // what this process knows of is done on time; what others have left, within this
)

// New makes a bot. It does nothing by itself until Run, but Handle and the rest may be called at once.
func New(o Options) *Bot {
	if o.Slots == 0 {
		o.Slots = 64
	}
	if o.ClaimFor == 0 {
		o.ClaimFor = claimFor
	}
	if o.Meter == nil {
		o.Meter = quiet{}
	}
	if o.Point == nil {
		o.Point = func(string) {}
	}
	b := &Bot{
		Options: o, queues: make(map[string]*queue), stop: make(chan struct{}),
		breakers: newBreakers(o.Systems), slots: newSlots(o.Slots, o.Systems), wakes: newWakes(), made: time.Now(),
		workers: workers{next: make(chan func())},
	}
	b.life, b.end = context.WithCancel(context.Background())
	return b
}

// Run runs what is due until ctx ends; then it begins nothing more and waits, ten seconds at most, for what is on the
// wire. Claims that were not begun are given back; those that were lapse by themselves.
func (b *Bot) Run(ctx context.Context) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	var left []int // partitions in which more is due than this process took
	for {
		b.turned.Store(int64(time.Since(b.made)))
		partitions := left
		select {
		case <-ctx.Done():
			return b.Close()
		case <-poll.C:
			b.wakes.due(time.Now()) // they are among all
			partitions = allPartitions
		case <-b.wakes.timer.C:
			partitions = union(left, b.wakes.due(time.Now()))
			select {
			case <-poll.C:
				partitions = allPartitions
			default:
			}
		case <-atOnce(left):
		}
		var err error
		if left, err = b.round(ctx, partitions); err != nil && ctx.Err() == nil {
			b.Log.Warn().Err(err).Msg("what is due can't be read: it will be tried again")
		}
	}
}

// ErrStuck says that the loop of Run doesn't go round: nothing that is due is taken on here.
var ErrStuck = errors.New("the bot's loop is stuck: start this process anew")

// Turning is ErrStuck where the loop of Run has made no turn for so long. A turn takes half a minute at most, whatever Redis
// does; one that takes longer hangs in this process.
func (b *Bot) Turning(within time.Duration) error {
	if time.Since(b.made)-time.Duration(b.turned.Load()) > within {
		return ErrStuck
	}
	return nil
}

// ErrUnfinished says that calls were still on the wire when the time for a shutdown was over. Their claims lapse.
var ErrUnfinished = errors.New("shut down with calls still on the wire: their claims lapse and another process goes on")

// Close begins nothing more and waits for what is running, ten seconds at most.
func (b *Bot) Close() error {
	b.once.Do(func() { close(b.stop) })
	ctx, cancel := context.WithTimeout(context.Background(), shutdown)
	defer cancel()
	defer b.end()
	if b.running.wait(ctx) != nil {
		return ErrUnfinished
	}
	return nil
}

// Quiet waits until nothing is running: no commit, no effect. What is due later isn't waited for.
func (b *Bot) Quiet(ctx context.Context) error { return b.running.wait(ctx) }

func (b *Bot) stopping() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}
