package bot

import (
	"context"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// CampaignSource is the source of the cases that a campaign opens, with its name behind it.
const CampaignSource = "campaign/"

// CheckOpen says what Open would find wrong with a request by itself, and opens nothing. *Invalid says what to mend.
func (b *Bot) CheckOpen(r OpenRequest) error {
	_, err := b.opening(r)
	return err
}

// campaignOf is the campaign that begins the conversation with a message; empty where none does. Replies are nobody's: who
// writes to us is answered, whatever became of the campaign.
func campaignOf(r run, kind fsm.SendKind) string {
	if kind != fsm.Proactive && kind != fsm.Reminder {
		return ""
	}
	k := r.conversation.Case(r.effect.Case)
	if k == nil {
		return ""
	}
	name, _ := strings.CutPrefix(k.Source, CampaignSource)
	if name == k.Source {
		return ""
	}
	return name
}

// campaignHolds lets a message of a paused campaign, or one that is ahead of its pace, come again later. It keeps its worth:
// that is a commit, made only where its time would otherwise be over first.
func (b *Bot) campaignHolds(ctx context.Context, r run, a store.GateAnswer) (fsm.EffectDone, bool) {
	b.Meter.Held(a.Why)
	if s := r.effect.Send; s == nil || a.At.Add(worthLeft).Before(s.Until) {
		b.giveBack(ctx, r, a.At)
		return fsm.EffectDone{}, false
	}
	return fsm.EffectDone{Result: fsm.Held, Until: a.At, Because: []string{"gate: " + a.Why}}, true
}

// worthLeft is how much of its time a message must have left when it comes again.
const worthLeft = 5 * time.Minute
