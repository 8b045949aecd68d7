package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// mostMoves is how many moved conversations are followed.
const mostMoves = 4

// follow goes on to the conversation that this one is part of now.
func (b *Bot) follow(ctx context.Context, l store.Loaded, err error) (store.Loaded, error) {
	for range mostMoves {
		if err != nil || l.Conversation.Moved == "" {
			return l, err
		}
		l, err = b.Store.Load(ctx, l.Conversation.Moved)
	}
	if err == nil && l.Conversation.Moved != "" {
		err = fmt.Errorf("follow conversation %s: it has moved more than %d times", l.Conversation.ID, mostMoves)
	}
	return l, err
}

// merge makes one conversation of two that one provider-signed event names an address of each. The older one always wins,
// so two processes that merge at once do the same. What the loser holds is carried over by an effect of its move. also is
// the address that leads to the other one: where no document is there, it leads to this one from now on.
func (b *Bot) merge(ctx context.Context, one store.Loaded, also message.Address, otherID string) (store.Loaded, error) {
	other, err := b.Store.Load(ctx, otherID)
	other, err = b.follow(ctx, other, err)
	if errors.Is(err, store.ErrNotFound) {
		b.Log.Warn().Str("conversation", otherID).Str("to", one.Conversation.ID).Msg("address leads to a conversation that isn't there: it leads to this one now")
		return one, b.Store.Repoint(ctx, otherID, one.Conversation.ID, also)
	}
	if err != nil {
		return store.Loaded{}, err
	}
	winner, loser := &one, &other
	if other.Conversation.ID == one.Conversation.ID {
		return one, nil
	}
	if other.Conversation.Older(&one.Conversation) {
		winner, loser = loser, winner
	}
	to := winner.Conversation.ID
	b.Log.Info().Str("conversation", loser.Conversation.ID).Str("to", to).Msg("one signed event names an address of each: the younger conversation moves")
	if err := b.handle(ctx, loser.Conversation.ID, loser, fsm.Event{ID: "move/" + to, Moved: &fsm.ConversationMoved{To: to}}); err != nil {
		return store.Loaded{}, err
	}
	return *winner, nil
}

// running are the effects that somebody runs at this moment.
func running(l store.Loaded) (all []string) {
	for id, c := range l.Claims {
		if e := l.Conversation.Effect(id); e != nil && e.Attempt == c.Attempt {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// absorb carries a moved conversation's state to the one that it is part of, and then lets its addresses lead there. Done
// again it changes nothing.
func (b *Bot) absorb(ctx context.Context, r run) (fsm.EffectDone, bool) {
	a, from := r.effect.Absorb, r.conversation
	id := "absorb/" + r.effect.ID
	event := fsm.Event{ID: id, Mark: b.Store.Mark(id), Absorbed: &fsm.ConversationAbsorbed{From: from.ID, State: a.State}}
	err := b.Handle(ctx, a.To, event)
	if err == nil {
		var all []message.Address
		for _, known := range from.Contact.Addresses {
			all = append(all, known.Address)
		}
		for _, ref := range from.Contact.Customers {
			all = append(all, store.Customer(ref))
		}
		err = b.Store.Repoint(ctx, from.ID, a.To, all...)
	}
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("conversation is not carried over: it will be tried again")
		return fsm.EffectDone{Result: fsm.Retry}, true
	}
	return fsm.EffectDone{Result: fsm.OK}, true
}
