package bot

import (
	"context"
	"slices"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// bringLockouts gives events what the records of their addresses hold of earlier wrong answers: where the conversation begins
// with them, and where they name an address that it doesn't know. All others, nearly all there are, cost no round trip.
func (b *Bot) bringLockouts(ctx context.Context, c *fsm.Conversation, batch []*job) error {
	for _, j := range batch {
		strange := strangers(c, j.event)
		if len(strange) == 0 {
			continue
		}
		l, err := b.Store.Lockout(ctx, strange...)
		if err != nil {
			return err
		}
		if !l.IsZero() {
			j.event.Lockout = &l
		}
	}
	return nil
}

// strangers are the addresses of an event whose records the conversation doesn't know. At version 0 it knows none, nor those
// of the addresses that it was begun with.
func strangers(c *fsm.Conversation, e fsm.Event) (all []message.Address) {
	switch {
	case e.Opened != nil:
		all = slices.Clone(e.Opened.Addresses)
	case e.Received != nil && e.Received.Also != "":
		all = []message.Address{e.Received.From, e.Received.Also}
	case e.Received != nil:
		all = []message.Address{e.Received.From}
	}
	if c.Version == 0 {
		for _, r := range c.Contact.Addresses {
			all = append(all, r.Address)
		}
		return all
	}
	return slices.DeleteFunc(all, func(a message.Address) bool {
		return slices.ContainsFunc(c.Contact.Addresses, func(r fsm.Reachable) bool { return r.Address == a })
	})
}

// noteLockout writes what the conversation has counted into its addresses' records.
func (b *Bot) noteLockout(ctx context.Context, r run) (fsm.EffectDone, bool) {
	n := r.effect.NoteLockout
	if err := b.Store.NoteLockout(ctx, n.Addresses, n.Lockout); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("lockout is not written: it will be tried again")
		return fsm.EffectDone{Result: fsm.Retry}, true
	}
	return fsm.EffectDone{Result: fsm.OK}, true
}
