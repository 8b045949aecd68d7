package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/store"
)

// breaker keeps calls from a system that answers nobody. It is open for ten seconds after ten failures in a row.
type breaker = circuitbreaker.CircuitBreaker[any]

const (
	breakAfter = 10
	breakFor   = 10 * time.Second
)

func newBreakers(systems map[string]integrations.System) map[string]breaker {
	all := make(map[string]breaker, len(systems))
	for name := range systems {
		all[name] = circuitbreaker.NewBuilder[any]().WithFailureThreshold(breakAfter).WithDelay(breakFor).Build()
	}
	return all
}

// lookUp reads facts. Reading twice harms nobody, so an unknown result is simply tried again.
func (b *Bot) lookUp(ctx context.Context, r run) (fsm.EffectDone, bool) {
	l := r.effect.LookUp
	return b.call(ctx, r, l.System, l.Operation, func(ctx context.Context, s integrations.System) (integrations.Values, string, error) {
		v, err := s.Find(ctx, integrations.Request{Operation: l.Operation, In: l.In})
		return v, "", err
	})
}

// writeBack changes a system of record, under the effect's ID as its idempotency key. In doubt, a system that can be asked
// is asked whether the change was made; it is never simply repeated.
func (b *Bot) writeBack(ctx context.Context, r run) (fsm.EffectDone, bool) {
	w := r.effect.WriteBack
	change := integrations.Change{Key: r.effect.ID, Operation: w.Operation, Case: r.effect.Case, In: w.In}
	if r.effect.Doubt {
		reader, ok := b.Systems[w.System].(integrations.Reader)
		if !ok {
			return fsm.EffectDone{Result: fsm.Unknown, Reason: "the system can't say whether it was done"}, true
		}
		var receipt *integrations.Receipt
		err := b.ask(ctx, func() (err error) {
			receipt, err = reader.Made(ctx, change)
			return err
		})
		switch {
		case err != nil:
			return fsm.EffectDone{Result: fsm.Unknown, Reason: "the system doesn't say whether it was done"}, true
		case receipt == nil:
			return fsm.EffectDone{Result: fsm.Dropped, Reason: "the system says that it wasn't done"}, true
		}
		done := fsm.EffectDone{Result: fsm.OK, Receipt: receipt.ID}
		return b.checked(ctx, r, w.System+"."+w.Operation, done, receipt.Out), true
	}
	return b.call(ctx, r, w.System, w.Operation, func(ctx context.Context, s integrations.System) (integrations.Values, string, error) {
		receipt, err := s.Apply(ctx, change)
		return receipt.Out, receipt.ID, err
	})
}

// call is one call of a system, behind the gate and its breaker, with its answer checked against the declaration.
func (b *Bot) call(ctx context.Context, r run, system, operation string, do func(context.Context, integrations.System) (integrations.Values, string, error)) (fsm.EffectDone, bool) {
	s := b.Systems[system]
	if s == nil {
		return fsm.EffectDone{Result: fsm.Permanent, Reason: "no system " + system + " is configured"}, true
	}
	br := b.breakers[system]
	open := fsm.EffectDone{Result: fsm.Retry, After: br.RemainingDelay(), Reason: "breaker of " + system + " is open"}
	if br.IsOpen() && br.RemainingDelay() > 0 {
		return open, true
	}
	if pass, stop, ok := b.gate(ctx, r, store.GateRequest{}); !pass {
		return stop, ok
	}
	if !br.TryAcquirePermit() {
		return open, true // somebody else is trying whether it answers again
	}
	asking, traced := b.beginCall(ctx, "system")
	values, receipt, err := do(asking, s)
	done := systemResult(err)
	traced.resulted(done.Result)
	traced.end()
	b.Point("after-system")
	if done.Result == fsm.Retry || done.Result == fsm.Unknown {
		br.RecordFailure()
		zerolog.Ctx(ctx).Warn().Err(err).Str("system", system).Str("operation", operation).Msg("system of record gives no answer")
	} else {
		br.RecordSuccess()
	}
	if err != nil {
		return done, true
	}
	done.Receipt = receipt
	return b.checked(ctx, r, system+"."+operation, done, values), true
}

// checked gives a success the outputs that came with it. Facts that aren't what is declared are no facts: such a lookup has
// failed. A change is made whatever its answer looks like, and must not be made again: it keeps its receipt, loses the
// outputs that nobody can read, and an operator learns of it by a letter.
func (b *Bot) checked(ctx context.Context, r run, operation string, done fsm.EffectDone, values integrations.Values) fsm.EffectDone {
	var err error
	if done.Values, err = b.typed(r, operation, values); err == nil {
		return done
	}
	zerolog.Ctx(ctx).Error().Err(err).Msg("system of record answers other than it is declared")
	if r.effect.WriteBack == nil {
		return fsm.EffectDone{Result: fsm.Permanent, Reason: err.Error()}
	}
	b.letter(ctx, r, done, fmt.Sprintf("write back %s: made, but its answer isn't what is declared: %v", operation, err))
	return done
}

// typed checks an answer against the operation's declared outputs, and puts each value into its canonical text. With an
// error it still returns those that are what they should be.
func (b *Bot) typed(r run, operation string, values integrations.Values) (map[string]string, error) {
	k := r.conversation.Case(r.effect.Case)
	if k == nil {
		return nil, nil
	}
	w := b.Library.Pinned(k.Workflow)
	if w == nil {
		return nil, fmt.Errorf("workflow %s is not loaded: publish that version again", k.Workflow)
	}
	decl := w.Operations[operation]
	if decl == nil {
		return nil, fmt.Errorf("operation %s is not declared", operation)
	}
	// An output that isn't there makes nothing eligible; one that isn't declared is left behind.
	out := make(map[string]string, len(decl.Out))
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		t, ok := decl.Out[name]
		if n, element, listed := strings.Cut(name, "."); !ok && listed {
			if _, err := strconv.ParseUint(n, 10, 8); err != nil {
				continue
			}
			t, ok = decl.Out[element] // a lookup that answers a list: "0.months"
		}
		if !ok {
			continue
		}
		v, err := fsm.ParseValue(t, w.Currency, values[name])
		if err != nil {
			wrong = append(wrong, fmt.Errorf("operation %s, output %s: %w", operation, name, err))
			continue
		}
		out[name] = v.String()
	}
	return out, errors.Join(wrong...)
}

// systemResult names what a system's error means for the effect.
func systemResult(err error) fsm.EffectDone {
	var (
		declined  integrations.Declined
		retry     integrations.Retry
		permanent integrations.Permanent
	)
	switch {
	case err == nil:
		return fsm.EffectDone{Result: fsm.OK}
	case errors.As(err, &declined):
		return fsm.EffectDone{Result: fsm.Declined, Reason: declined.Reason}
	case errors.As(err, &retry):
		return fsm.EffectDone{Result: fsm.Retry, After: retry.After}
	case errors.As(err, &permanent):
		return fsm.EffectDone{Result: fsm.Permanent, Reason: "refused"}
	}
	return fsm.EffectDone{Result: fsm.Unknown}
}
