package bot

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// run is one effect under its claim.
type run struct {
	conversation fsm.Conversation
	effect       fsm.Effect
	claim        store.Claim
	ends         time.Time        // no call begins or lasts beyond it
	now          func() time.Time // Redis's time, carried on by the monotonic clock
}

// late says whether this process was away, frozen or starved, until others may have the effect: then it begins nothing.
func (r run) late() bool { return !time.Now().Before(r.ends) }

// stagger does nothing: effects that one commit claims begin together. In the simulation each waits for a moment of its own.
var stagger = func(effect string) {}

// start runs a claimed effect, in the slot that was taken for it. Its call ends before its claim does: the time counts
// from before the claim was sent. from is the commit that claimed it, where one did.
func (b *Bot) start(from span, c fsm.Conversation, e fsm.Effect, claim store.Claim, now, sent time.Time) {
	b.running.add()
	b.work(func() {
		defer b.running.done()
		defer b.slots.give(e)
		stagger(e.ID)
		life, traced := b.beginEffect(b.life, from, c.ID, e)
		defer traced.end()
		log := traced.named(b.Log.With()).Str("conversation", c.ID).Str("effect", e.ID).Int("attempt", e.Attempt).Str("kind", e.Kind()).Logger()
		r := run{
			conversation: c, effect: e, claim: claim, ends: sent.Add(b.ClaimFor - b.ClaimFor/6),
			now: func() time.Time { return now.Add(time.Since(sent)) },
		}
		ctx, cancel := context.WithDeadline(log.WithContext(life), r.ends)
		defer cancel()
		b.Point("after-claim")
		if b.stopping() {
			b.giveBack(ctx, r, time.Time{})
			return
		}
		began := time.Now()
		done, ok := b.perform(ctx, r)
		if !ok {
			return
		}
		b.ran(r, done.Result, time.Since(began))
		traced.resulted(done.Result)
		done.Effect, done.Attempt = e.ID, e.Attempt
		b.report(log.WithContext(life), c.ID, done, sent.Add(2*b.ClaimFor))
	})
}

// report commits an effect's result, for as long as it may still matter: nobody else knows it. If that fails the claim
// lapses, and the effect is run again or its doubt settled.
func (b *Bot) report(ctx context.Context, conversation string, done fsm.EffectDone, until time.Time) {
	event := fsm.Event{ID: fsm.ResultID(done.Effect, done.Attempt, done.Result), Done: &done}
	for {
		err := b.Handle(ctx, conversation, event)
		final := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, fsm.ErrNewer) || ctx.Err() != nil || time.Now().After(until)
		switch {
		case err == nil:
			return
		case final:
			zerolog.Ctx(ctx).Warn().Err(err).Msg("result is not committed: the claim will lapse")
			return
		}
		if pause(ctx, 8) != nil {
			return
		}
	}
}

// giveBack lets anybody have an effect that was claimed and not begun, from notBefore on. It is asked again until the claim
// lapses: an effect that lapses counts as begun, and a message that may have been sent isn't sent again.
func (b *Bot) giveBack(ctx context.Context, r run, notBefore time.Time) {
	for try := 0; ; try++ {
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		err := b.Store.Unclaim(once, r.conversation.ID, r.effect.ID, r.claim.Nonce, notBefore)
		cancel()
		if err == nil {
			if !notBefore.IsZero() {
				b.wakes.note(r.conversation.ID, notBefore.Sub(r.now()))
			}
			return
		}
		if r.late() || pause(ctx, max(try, 4)) != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("claim is not given back: it will lapse")
			return
		}
	}
}

// perform does what an effect says; not ok: there is no result to commit, somebody else has it or it was given back.
func (b *Bot) perform(ctx context.Context, r run) (fsm.EffectDone, bool) {
	switch e := r.effect; {
	case e.Send != nil:
		return b.send(ctx, r)
	case e.IssueCode != nil:
		return b.issueCode(ctx, r)
	case e.LookUp != nil:
		return b.lookUp(ctx, r)
	case e.WriteBack != nil:
		return b.writeBack(ctx, r)
	case e.Suppress != nil:
		return b.suppress(ctx, r)
	case e.NoteLockout != nil:
		return b.noteLockout(ctx, r)
	case e.Absorb != nil:
		return b.absorb(ctx, r)
	}
	return fsm.EffectDone{Result: fsm.Permanent, Reason: errNoKind.Error()}, true // stepBatch quarantines it
}

// gate asks the last question before a call: is this still ours to do? stop: the result to commit instead, if any.
func (b *Bot) gate(ctx context.Context, r run, g store.GateRequest) (pass bool, stop fsm.EffectDone, ok bool) {
	g.Conversation, g.Effect, g.Nonce = r.conversation.ID, r.effect.ID, r.claim.Nonce
	b.Point("before-gate")
	asking, traced := b.begin(ctx, "gate")
	a, err := b.Store.Gate(asking, g)
	traced.text("settle.held", a.Why)
	traced.end()
	if b.sabotage.claims && a.Why == store.WhyClaim {
		a.Pass = true
	}
	switch {
	case err != nil: // no Redis, no call: surely not done
		zerolog.Ctx(ctx).Warn().Err(err).Msg("gate doesn't answer: nothing is done")
		b.giveBack(ctx, r, r.now().Add(time.Second))
		return false, fsm.EffectDone{}, false
	case a.Pass:
		b.Point("after-gate")
		if r.late() {
			return false, fsm.EffectDone{}, false // the claim lapses: others may have it by now
		}
		return true, fsm.EffectDone{}, true
	case a.Why == store.WhyRate:
		b.Meter.Held(a.Why)
		b.giveBack(ctx, r, a.At)
		return false, fsm.EffectDone{}, false
	case a.Why == store.WhyPaused, a.Why == store.WhyPace:
		stop, ok = b.campaignHolds(ctx, r, a)
		return false, stop, ok
	case a.Why == store.WhyCap:
		return false, fsm.EffectDone{Result: fsm.Held, Until: a.At, Because: []string{"gate: " + a.Why}}, true
	case a.Why == store.WhyClaim:
		return false, fsm.EffectDone{}, false
	}
	b.Meter.Held(a.Why)
	return false, fsm.EffectDone{Result: fsm.Refused, Reason: a.Why, Because: []string{"gate: " + a.Why}}, true
}

func effectName(e fsm.Effect) string {
	switch {
	case e.Send != nil:
		return e.Send.To.Channel()
	case e.IssueCode != nil:
		return e.IssueCode.To.Channel()
	case e.LookUp != nil:
		return e.LookUp.System + "." + e.LookUp.Operation
	case e.WriteBack != nil:
		return e.WriteBack.System + "." + e.WriteBack.Operation
	}
	return "own" // of the conversation itself: addresses, a move
}
