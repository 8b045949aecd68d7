package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// send sends one message: policy is asked now, the gate last. A send in doubt is looked for and never simply repeated.
func (b *Bot) send(ctx context.Context, r run) (fsm.EffectDone, bool) {
	s := r.effect.Send
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
	d := policy.Decide(now, contactOf(r.conversation, to), policy.Message{
		Purpose: policy.Purpose(purpose), Kind: policyKind(kind), Channel: to.Channel(), Template: m.Template != "",
	}, b.Rules)
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
	pass, stop, ok := b.gate(ctx, r, store.GateRequest{
		Address: to, Epoch: epoch, Confirmation: kind == fsm.Confirmation, Sender: to.Channel(), Rate: b.Rates[to.Channel()],
	})
	if !pass {
		return stop, ok
	}
	// The provider gives up when the message is worth nothing any more: its own default would be ten hours.
	if out.Validity = until.Sub(r.now()); out.Validity < time.Second {
		out.Validity = time.Second
	}
	id, err := channel.Send(ctx, out)
	b.Point("after-provider")
	done := sendResult(err)
	done.Message, done.Because = id, because(d)
	if err == nil {
		if err := b.Store.SentMessage(ctx, r.conversation.ID, r.effect.ID, id); err != nil {
			b.Log.Warn().Err(err).Str("effect", r.effect.ID).Msg("the provider's message ID is not kept: its receipt will bring it")
		}
	}
	return done, true
}

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
	case errors.Is(err, channels.ErrStopped):
		// The account is refused, not the customer: it is tried again while an operator sees to it.
		return fsm.EffectDone{Result: fsm.Retry, After: time.Minute, Reason: "account"}
	}
	return fsm.EffectDone{Result: fsm.Unknown}
}

// find settles a send in doubt: by what receipts have told, else by looking it up where the provider can be asked.
func (b *Bot) find(ctx context.Context, r run, channel channels.Channel, out message.Outbound) (fsm.EffectDone, bool) {
	unknown := fsm.EffectDone{Result: fsm.Unknown, Because: []string{"no receipt, and it can't be looked up"}}
	sent, err := b.Store.SentMessages(ctx, r.conversation.ID)
	if err != nil {
		return fsm.EffectDone{}, false // the claim lapses: asked again
	}
	if id, ok := sent[r.effect.ID]; ok {
		return fsm.EffectDone{Result: fsm.OK, Message: id, Because: []string{"a receipt has told that it was sent"}}, true
	}
	finder, ok := channel.(channels.Finder)
	if !ok {
		return unknown, true
	}
	var known []message.ID
	for _, id := range sent {
		known = append(known, id)
	}
	slices.Sort(known)
	id, err := finder.Find(ctx, out, known)
	switch {
	case err != nil:
		return unknown, true
	case id == "":
		unknown.Because = []string{"the provider doesn't show it among what was sent"}
		return unknown, true
	}
	return fsm.EffectDone{Result: fsm.OK, Message: id, Because: []string{"the provider shows it among what was sent"}}, true
}

// contactOf is what policy may know of a contact.
func contactOf(c fsm.Conversation, to message.Address) policy.Contact {
	p := policy.Contact{Address: to, Consent: c.Contact.Consent, Stopped: c.Contact.Stopped, Sent: c.Contact.Sent, LastHeard: c.Contact.LastText}
	if c.Contact.Zone != "" {
		p.Zones = append(p.Zones, c.Contact.Zone)
	}
	p.Zones = append(p.Zones, numberZones(to)...)
	for flag := range c.Contact.Flags {
		p.Flags = append(p.Flags, policy.Flag(flag))
	}
	slices.Sort(p.Flags)
	for _, a := range c.Contact.Addresses {
		if a.Address == to {
			p.LastInbound = a.Inbound
		}
	}
	return p
}

// numberZones are the zones that a phone number may be in: a customer may be wherever the number says, too.
func numberZones(to message.Address) []string {
	if kind := to.Kind(); kind != "sms" && kind != "whatsapp" {
		return nil
	}
	n, err := phonenumbers.Parse(to.Value(), "")
	if err != nil {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForNumber(n)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(zones, func(z string) bool { return z == phonenumbers.UNKNOWN_TIMEZONE })
}

func policyKind(k fsm.SendKind) policy.Kind {
	switch k {
	case fsm.Reply:
		return policy.Reply
	case fsm.Confirmation:
		return policy.Confirmation
	}
	return policy.Proactive // a reminder too
}

// because is a decision for the journal: the rules by name, and their reasons.
func because(d policy.Decision) []string { return []string{d.String()} }
