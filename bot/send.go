package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// send sends one message: policy is asked now, the gate last. A send in doubt is looked for and never simply repeated.
func (b *Bot) send(ctx context.Context, r run) (fsm.EffectDone, bool) {
	s := r.effect.Send
	if !r.effect.Doubt && s.Needs > policy.Anyone {
		// Who is replying was known when it was decided; what is private goes out only while that stands.
		now := r.now()
		if now.Before(r.conversation.At) { // a clock that was set back
			now = r.conversation.At
		}
		at := policy.Level(r.conversation.Contact.Evidence, s.Subject, s.To, now, heardFrom(r.conversation, s.To))
		if at.Level < s.Needs {
			b.Meter.Held("assurance")
			return fsm.EffectDone{Result: fsm.Refused, Reason: "assurance", Because: []string{"it needs " + s.Needs.String() + ", and now it is " + at.Level.String()}}, true
		}
	}
	return b.deliver(ctx, r, s.To, s.Message, s.Kind, s.Purpose, s.Epoch, s.Until)
}

// deliver is what sends and codes have in common.
func (b *Bot) deliver(ctx context.Context, r run, to message.Address, m message.Message, kind fsm.SendKind, purpose string, epoch uint64, until time.Time) (fsm.EffectDone, bool) {
	channel := b.Channels[to.Channel()]
	if channel == nil {
		return fsm.EffectDone{Result: fsm.Permanent, Reason: "no channel " + to.Channel() + " is configured"}, true
	}
	out := message.Outbound{
		Key: r.effect.ID, Conversation: r.conversation.ID, To: to, Message: m, Since: r.effect.Since,
	}
	if r.effect.Doubt {
		return b.find(ctx, r, channel, out)
	}
	now := r.now()
	if !now.Before(until) {
		return fsm.EffectDone{Result: fsm.Refused, Reason: "too-late", Because: []string{"nothing is said after its time"}}, true
	}
	d := b.decide(now, r, to, policy.Message{
		Purpose: policy.Purpose(purpose), Kind: policyKind(kind), Channel: to.Channel(), Template: m.Template != "" && channel.Capabilities().Templates,
		Creditor: b.creditor(r),
	})
	switch d.Verdict {
	case policy.Hold:
		b.Meter.Held("policy")
		return fsm.EffectDone{Result: fsm.Held, Until: d.Until, Because: because(d)}, true
	case policy.Refuse:
		b.Meter.Held("policy")
		return fsm.EffectDone{Result: fsm.Refused, Reason: d.Rules[0], Because: because(d)}, true
	}
	if !d.Until.IsZero() && d.Until.Before(until) {
		until = d.Until
	}
	request := store.GateRequest{
		Address: to, Epoch: epoch, Confirmation: kind == fsm.Confirmation, Sender: to.Channel(), Rate: b.Rates[to.Channel()],
		Campaign: campaignOf(r, kind),
	}
	if r.effect.IssueCode != nil {
		request.Caps = codeCaps(to)
	}
	pass, stop, ok := b.gate(ctx, r, request)
	if !pass {
		return stop, ok
	}
	// The provider gives up when the message is worth nothing any more, or is allowed no longer: its own default would be ten
	// hours. It counts whole seconds; what has less left than one is asked about again.
	if out.Validity = until.Sub(r.now()); out.Validity < time.Second {
		return fsm.EffectDone{Result: fsm.Throttled, After: time.Second, Reason: "window", Because: []string{"its time is over within a second"}}, true
	}
	sending, traced := b.beginCall(ctx, "provider")
	id, err := channel.Send(sending, out)
	traced.resulted(sendResult(err).Result)
	traced.end()
	b.Point("after-provider")
	if errors.Is(err, channels.ErrStopped) {
		// The account is refused, not the customer: it is tried again, for as long as the message is worth anything, while an
		// operator sees to it.
		zerolog.Ctx(ctx).Error().Err(err).Msg("provider refuses our account: nothing is sent until an operator has seen to it")
		b.Meter.Effect(r.effect.Kind(), to.Channel(), "account")
		b.giveBack(ctx, r, r.now().Add(accountAgain))
		return fsm.EffectDone{}, false
	}
	done := sendResult(err)
	done.Message, done.Because = id, because(d)
	switch {
	case err == nil:
		if err := b.Store.SentMessage(ctx, r.conversation.ID, r.effect.ID, id); err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("the provider's message ID is not kept: its receipt will bring it")
		}
	case done.Result == fsm.Refused:
		b.rejected(ctx, r, done, err)
	}
	return done, true
}

// creditor is whose debt the case is about.
func (b *Bot) creditor(r run) policy.Creditor {
	k := r.conversation.Case(r.effect.Case)
	if k == nil {
		return ""
	}
	if w := b.Library.Pinned(k.Workflow); w != nil {
		return policy.Creditor(w.Creditor)
	}
	return policy.ThirdParty // not known here: the strictest
}

// accountAgain is how long a provider that refuses our account is left alone.
const accountAgain = time.Minute

// rejected keeps a message that the provider will never take: it is our fault, so an operator must know.
func (b *Bot) rejected(ctx context.Context, r run, done fsm.EffectDone, cause error) {
	zerolog.Ctx(ctx).Error().Err(cause).Msg("provider refuses the message: kept as a letter, see settle letters")
	b.letter(ctx, r, done, "send: "+cause.Error())
}

// letter keeps what only an operator can see to: a result, and why it isn't as it should be.
func (b *Bot) letter(ctx context.Context, r run, done fsm.EffectDone, reason string) {
	done.Effect, done.Attempt = r.effect.ID, r.effect.Attempt
	event := fsm.Event{ID: fsm.ResultID(done.Effect, done.Attempt, done.Result), At: r.now(), Done: &done}
	letter := fsm.Letter{Event: event, Reason: reason}
	if err := b.Store.PutLetter(ctx, r.conversation.ID, letter); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("letter is not kept")
	}
}

// decide asks policy. A message of ours to begin counts those before it that are still on their way, else two lanes
// together would go beyond a cap that each alone keeps to: it waits for their results.
func (b *Bot) decide(now time.Time, r run, to message.Address, m policy.Message) policy.Decision {
	contact := contactOf(r.conversation, to)
	d := policy.Decide(now, contact, m, b.Rules)
	if d.Verdict != policy.Allow || m.Kind != policy.Proactive {
		return d
	}
	contact.Sent = slices.Clone(contact.Sent)
	for _, e := range r.conversation.Effects {
		if e.ID == r.effect.ID {
			break
		}
		s := e.Send
		if s != nil && (s.Kind == fsm.Proactive || s.Kind == fsm.Reminder) && (e.Doubt || !e.Due.After(now)) {
			contact.Sent = append(contact.Sent, policy.Sent{At: now, Channel: s.To.Channel(), Purpose: policy.Purpose(s.Purpose)})
		}
	}
	if with := policy.Decide(now, contact, m, b.Rules); with.Verdict != policy.Allow {
		with.Verdict, with.Until = policy.Hold, now.Add(capAgain)
		return with
	}
	return d
}

// capAgain is how long a message waits to learn what became of another one that would fill a cap.
const capAgain = time.Minute

// sendResult names what a channel's error means for the effect.
func sendResult(err error) fsm.EffectDone {
	var throttled channels.Throttled
	switch {
	case err == nil:
		return fsm.EffectDone{Result: fsm.OK}
	case errors.As(err, &throttled):
		return fsm.EffectDone{Result: fsm.Throttled, After: throttled.After, Reason: throttled.Code}
	case errors.Is(err, channels.ErrOptedOut):
		return fsm.EffectDone{Result: fsm.Optedout}
	case errors.Is(err, channels.ErrOutsideWindow):
		return fsm.EffectDone{Result: fsm.Window, Reason: "outside-window"}
	case errors.Is(err, channels.ErrUnreachable):
		return fsm.EffectDone{Result: fsm.Permanent, Reason: "unreachable"}
	case errors.Is(err, channels.ErrRejected):
		return fsm.EffectDone{Result: fsm.Refused, Reason: "rejected"}
	}
	return fsm.EffectDone{Result: fsm.Unknown}
}
