package bot

import (
	"context"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// wanted are the effects that this process will run at once if the commit is written: due heads of lanes that nobody has
// claimed, as many as there are free slots. A slot is taken before the commit, so that nothing is claimed that can't run.
// release gives back the slots that were not used.
func (b *Bot) wanted(c fsm.Conversation, loaded store.Loaded) (claim []fsm.Effect, release func(used int)) {
	if !b.stopping() {
		for _, e := range c.Heads() {
			held, claimed := loaded.Claims[e.ID]
			if e.Due.After(c.At) || claimed && held.Attempt == e.Attempt || !b.takeSlot() {
				continue
			}
			claim = append(claim, e)
		}
	}
	taken := len(claim)
	return claim, func(used int) {
		for range taken - used {
			<-b.slots
		}
	}
}

func (b *Bot) takeSlot() bool {
	select {
	case b.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// granted are the wanted effects whose claim is ours.
func (b *Bot) granted(wanted []fsm.Effect, claims map[string]store.Claim, nonce string) []fsm.Effect {
	var all []fsm.Effect
	for _, e := range wanted {
		if claims[e.ID].Nonce == nonce {
			all = append(all, e)
		}
	}
	return all
}

// run is one effect under its claim.
type run struct {
	conversation fsm.Conversation
	effect       fsm.Effect
	claim        store.Claim
	now          func() time.Time // Redis's time, carried on by the monotonic clock
}

// start runs a claimed effect. Its call ends before its claim does: the time counts from before the claim was sent.
func (b *Bot) start(c fsm.Conversation, e fsm.Effect, claim store.Claim, now, sent time.Time, slot bool) {
	b.running.add()
	go func() {
		defer b.running.done()
		if slot {
			defer func() { <-b.slots }()
		}
		ctx, cancel := context.WithDeadline(b.life, sent.Add(claimFor-claimSpare))
		defer cancel()
		b.Point("after-claim")
		r := run{conversation: c, effect: e, claim: claim, now: func() time.Time { return now.Add(time.Since(sent)) }}
		if b.stopping() {
			b.giveBack(r, time.Time{})
			return
		}
		done, ok := b.perform(ctx, r)
		if !ok {
			return
		}
		b.Meter.Effect(e.Kind(), effectName(e), string(done.Result))
		done.Effect, done.Attempt = e.ID, e.Attempt
		b.report(c.ID, done)
	}()
}

// report commits an effect's result. If that fails the claim lapses, and the effect is run again or its doubt settled.
func (b *Bot) report(conversation string, done fsm.EffectDone) {
	event := fsm.Event{ID: fsm.ResultID(done.Effect, done.Attempt, done.Result), Done: &done}
	if err := b.Handle(b.life, conversation, event); err != nil {
		b.Log.Warn().Err(err).Str("conversation", conversation).Str("effect", done.Effect).Msg("result is not committed: the claim will lapse")
	}
}

// giveBack lets another process have an effect that was claimed and not begun.
func (b *Bot) giveBack(r run, notBefore time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.life), time.Second)
	defer cancel()
	if err := b.Store.Unclaim(ctx, r.conversation.ID, r.effect.ID, r.claim.Nonce, notBefore); err != nil {
		b.Log.Warn().Err(err).Str("effect", r.effect.ID).Msg("claim is not given back: it will lapse")
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
	}
	return b.suppress(ctx, r)
}

// gate asks the last question before a call: is this still ours to do? stop: the result to commit instead, if any.
func (b *Bot) gate(ctx context.Context, r run, g store.GateRequest) (pass bool, stop fsm.EffectDone, ok bool) {
	g.Conversation, g.Effect, g.Nonce = r.conversation.ID, r.effect.ID, r.claim.Nonce
	a, err := b.Store.Gate(ctx, g)
	switch {
	case err != nil: // no Redis, no call
		b.Log.Warn().Err(err).Str("effect", r.effect.ID).Msg("gate doesn't answer: nothing is done")
		return false, fsm.EffectDone{}, false
	case a.Pass:
		b.Point("after-gate")
		return true, fsm.EffectDone{}, true
	case a.Why == store.WhyRate:
		b.giveBack(r, a.At)
		return false, fsm.EffectDone{}, false
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
	return "address"
}
