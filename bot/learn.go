package bot

import (
	"context"

	"github.com/settle-chat/settle/fsm"
)

// learn gets the versions that a conversation's open cases are pinned to and that aren't known here: the process that has
// opened such a case has published its version a moment ago, and the customer's next message may come to any of them.
func (b *Bot) learn(ctx context.Context, c *fsm.Conversation) {
	if b.Learn == nil {
		return
	}
	for _, k := range c.Cases {
		if !k.Ended.IsZero() || b.Library.Pinned(k.Workflow) != nil {
			continue
		}
		if err := b.Learn(ctx, k.Workflow); err != nil {
			b.Log.Warn().Err(err).Str("conversation", c.ID).Str("workflow", k.Workflow).Msg("a case's workflow isn't known here: its events will come again")
		}
	}
}
