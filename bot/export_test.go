package bot

import (
	"context"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// Sabotage takes a guarantee away, so that a test can show that its checker notices.
func (b *Bot) Sabotage(dedupe, claims bool) { b.sabotage = sabotage{dedupe: dedupe, claims: claims} }

// SetChance draws otherwise, until what it returns is called, how long a pause between tries is, and when effects begin that
// one commit claims. No bot may be running.
func SetChance(draw func(time.Duration) time.Duration, begin func(effect string)) (back func()) {
	wasJitter, wasStagger := jitter, stagger
	jitter, stagger = draw, begin
	return func() { jitter, stagger = wasJitter, wasStagger }
}

// RedactCards is redactCards.
var RedactCards = redactCards

// KindOf is kindOf.
var KindOf = kindOf

// Stopping is closed once Close has begun.
func (b *Bot) Stopping() <-chan struct{} { return b.stop }

// Wakes are a bot's wakes, for their own test.
type Wakes struct{ w *wakes }

// NewWakes is newWakes.
func NewWakes() Wakes { return Wakes{newWakes()} }

// Note is note, Due is due, C is the timer.
func (w Wakes) Note(conversation string, in time.Duration) { w.w.note(conversation, in) }
func (w Wakes) Due(now time.Time) []int                    { return w.w.due(now) }
func (w Wakes) C() <-chan time.Time                        { return w.w.timer.C }

// Waiting is how many events wait for a conversation's next commit.
func (b *Bot) Waiting(conversation string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q := b.queues[conversation]; q != nil {
		return len(q.waiting)
	}
	return 0
}

// Tracing gives what does all that one message does for its trace.
func (b *Bot) Tracing(ctx context.Context) func() {
	batch, e := []*job{{}, {}}, fsm.Effect{ID: "E", Suppress: &fsm.Suppress{}}
	return func() { b.traceOnce(ctx, batch, e) }
}

func (b *Bot) traceOnce(ctx context.Context, batch []*job, e fsm.Effect) {
	ctx, entered := b.enter(ctx, "p07-X")
	from := b.within(ctx)
	batch[0].from = from
	stepping, step := b.begin(from.below(ctx), "step")
	step.stepped("received", "stepped", nil)
	step.failed("poison")
	step.end()
	_, commit := b.beginCommit(stepping, "p07-X", batch)
	commit.number("settle.conflicts", 1)
	commit.end()
	running, effect := b.beginEffect(ctx, commit, "p07-X", e)
	_, call := b.beginCall(running, "provider")
	call.resulted(fsm.Unknown)
	call.end()
	effect.resulted(fsm.OK)
	effect.end()
	entered.end()
}
