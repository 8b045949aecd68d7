package bot

import (
	"context"
	"strings"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
)

// issueCode sends a one-time code. Here, and nowhere else, it is put together: it is in no document, journal or effect. A
// code in doubt is never sent again.
func (b *Bot) issueCode(ctx context.Context, r run) (fsm.EffectDone, bool) {
	i := r.effect.IssueCode
	// In doubt too: the text is what the provider is asked for.
	text := strings.ReplaceAll(i.Text, "{code}", b.Store.Code(i.Ref, code.Digits))
	return b.deliver(ctx, r, i.To, message.Message{Text: text}, fsm.Reply, "service", i.Epoch, i.Until)
}

// suppress writes or lifts the suppression in the address records: what the gate of every conversation reads.
func (b *Bot) suppress(ctx context.Context, r run) (fsm.EffectDone, bool) {
	s := r.effect.Suppress
	if err := b.Store.Suppress(ctx, s.Addresses, s.Stopped); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("suppression is not written: it will be tried again")
		return fsm.EffectDone{Result: fsm.Retry}, true
	}
	return fsm.EffectDone{Result: fsm.OK}, true
}
