package bot

import (
	"context"
	"slices"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// asks is how often somebody is asked what became of a call before the doubt stands.
const asks = 3

// find settles a send in doubt: by what receipts have told, else by looking it up where the provider can be asked.
func (b *Bot) find(ctx context.Context, r run, channel channels.Channel, out message.Outbound) (fsm.EffectDone, bool) {
	sent, err := b.Store.SentMessages(ctx, r.conversation.ID)
	if err != nil {
		b.giveBack(ctx, r, r.now().Add(time.Second)) // nobody was asked
		return fsm.EffectDone{}, false
	}
	if id, ok := sent[r.effect.ID]; ok {
		return fsm.EffectDone{Result: fsm.OK, Message: id, Because: []string{"a receipt has told that it was sent"}}, true
	}
	finder, ok := channel.(channels.Finder)
	if !ok {
		return doubt("no receipt, and it can't be looked up"), true
	}
	var known []message.ID
	for _, id := range sent {
		known = append(known, id)
	}
	slices.Sort(known)
	var id message.ID
	err = b.ask(ctx, func() (err error) {
		id, err = finder.Find(ctx, out, known)
		return err
	})
	switch {
	case err != nil:
		return doubt("no receipt, and the provider doesn't answer when asked"), true
	case id == "":
		return doubt("the provider doesn't show it among what was sent"), true
	}
	return fsm.EffectDone{Result: fsm.OK, Message: id, Because: []string{"the provider shows it among what was sent"}}, true
}

func doubt(because string) fsm.EffectDone {
	return fsm.EffectDone{Result: fsm.Unknown, Because: []string{because}}
}

// ask asks a question that changes nothing, a few times.
func (b *Bot) ask(ctx context.Context, question func() error) error {
	for try := 1; ; try++ {
		err := question()
		if err == nil || try == asks || pause(ctx, 7+try) != nil {
			return err
		}
	}
}
