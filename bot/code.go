package bot

import (
	"context"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
)

// issueCode sends a one-time code. Here, and nowhere else, it is put together: it is in no document, journal or effect. A
// code in doubt is never sent again.
func (b *Bot) issueCode(ctx context.Context, r run) (fsm.EffectDone, bool) {
	i := r.effect.IssueCode
	text := i.Text
	if !r.effect.Doubt {
		text = strings.ReplaceAll(i.Text, "{code}", b.Store.Code(i.Ref, code.Digits))
	}
	return b.deliver(ctx, r, i.To, message.Message{Text: text}, fsm.Reply, "service", i.Epoch, i.Until)
}

// suppress writes or lifts the suppression in the address records: what the gate of every conversation reads.
func (b *Bot) suppress(ctx context.Context, r run) (fsm.EffectDone, bool) {
	s := r.effect.Suppress
	if s == nil {
		return fsm.EffectDone{Result: fsm.Dropped, Reason: "an effect of no kind"}, true
	}
	if err := b.Store.Suppress(ctx, s.Addresses, s.Stopped); err != nil {
		b.Log.Warn().Err(err).Str("effect", r.effect.ID).Msg("suppression is not written: it will be tried again")
		return fsm.EffectDone{Result: fsm.Retry}, true
	}
	return fsm.EffectDone{Result: fsm.OK}, true
}
