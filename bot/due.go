package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// dueAtOnce is how many due conversations of one partition are taken at a time.
const dueAtOnce = 32

var allPartitions = func() []int {
	all := make([]int, store.Partitions)
	for i := range all {
		all[i] = i
	}
	return all
}()

// Attend does what is due now in all conversations, once: timers, effects that nobody runs, claims that have lapsed. It
// returns when all of it is committed or begun.
func (b *Bot) Attend(ctx context.Context) error {
	ids, err := b.Store.Due(ctx, allPartitions, dueAtOnce)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	for _, id := range ids {
		if b.stopping() {
			break
		}
		wait.Go(func() {
			if err := b.attend(ctx, id); err != nil && ctx.Err() == nil {
				b.Log.Warn().Err(err).Str("conversation", id).Msg("what is due is not done: it will be tried again")
			}
		})
	}
	wait.Wait()
	return nil
}

// attend does what is due in one conversation.
func (b *Bot) attend(ctx context.Context, id string) error {
	loaded, err := b.Store.Load(ctx, id)
	if err != nil {
		return err
	}
	events := dueEvents(loaded)
	for _, e := range events {
		if err := b.Handle(ctx, id, e); err != nil {
			return err
		}
	}
	if len(events) > 0 {
		return nil // their commit has claimed what is due, and set the next wake time
	}
	begun := false
	for _, e := range loaded.Conversation.Heads() {
		if _, claimed := loaded.Claims[e.ID]; claimed || e.Due.After(loaded.Now) || b.stopping() {
			continue
		}
		if !b.takeSlot() {
			break // the score stands: another process, or this one in five seconds
		}
		sent := time.Now()
		claim, ok, err := b.Store.Claim(ctx, id, loaded.Conversation.Version, e, store.Nonce(), claimFor)
		if err != nil || !ok {
			<-b.slots
			if err != nil {
				return err
			}
			continue
		}
		begun = true
		b.start(loaded.Conversation, e, claim, loaded.Now, sent, true)
	}
	if begun {
		return nil
	}
	return b.Store.Reschedule(ctx, id)
}

// dueEvents are what time has made happen: timers, and claims that nobody has kept.
func dueEvents(loaded store.Loaded) []fsm.Event {
	var events []fsm.Event
	for _, e := range loaded.Conversation.Effects {
		c, claimed := loaded.Claims[e.ID]
		if claimed && c.Lapsed(loaded.Now) && c.Attempt == e.Attempt {
			events = append(events, fsm.Event{
				ID:   fsm.ResultID(e.ID, c.Attempt, fsm.Lapsed),
				Done: &fsm.EffectDone{Effect: e.ID, Attempt: c.Attempt, Result: fsm.Lapsed},
			})
		}
	}
	for _, t := range loaded.Conversation.Timers {
		if !t.Due.After(loaded.Now) {
			events = append(events, fsm.Event{ID: fmt.Sprintf("timer/%s", t.Name), Timer: &fsm.TimerDue{Timer: t.Name}})
		}
	}
	return events
}
