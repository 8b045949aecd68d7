package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

const (
	dueAtOnce = 32              // due conversations taken from one partition at a time
	hands     = 32              // of them seen to at once
	leased    = 4 * time.Second // after that the store lets others have those that nobody came to (CORE.md: the score is a hint)
)

var allPartitions = func() []int {
	all := make([]int, store.Partitions)
	for i := range all {
		all[i] = i
	}
	return all
}()

// Attend does what is due now in all conversations, once: timers, effects that nobody runs, claims that have lapsed. It
// returns when all of it is committed or begun.
func (b *Bot) Attend(ctx context.Context) error { return b.attendAll(ctx, allPartitions) }

func (b *Bot) attendAll(ctx context.Context, partitions []int) error {
	if len(partitions) == 0 {
		return nil
	}
	began := time.Now()
	ids, err := b.Store.Due(ctx, partitions, dueAtOnce)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	next := make(chan string)
	for range min(hands, len(ids)) {
		wait.Go(func() {
			for id := range next {
				if err := b.attend(ctx, id); err != nil && ctx.Err() == nil {
					b.Log.Warn().Err(err).Str("conversation", id).Msg("what is due is not done: it will be tried again")
				}
			}
		})
	}
	for _, id := range ids {
		if b.stopping() || time.Since(began) > leased {
			break // they come again, here or elsewhere
		}
		next <- id
	}
	close(next)
	wait.Wait()
	return b.tally(ctx)
}

// attend does what is due in one conversation.
func (b *Bot) attend(ctx context.Context, id string) error {
	loaded, err := b.Store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return b.Store.Reschedule(ctx, id) // erased: it is due no more
	}
	if err != nil {
		return err
	}
	if events := dueEvents(loaded); len(events) > 0 {
		// Their commit claims what is due, and sets the next wake time.
		return b.handle(ctx, id, &loaded, events...)
	}
	begun := false
	for _, e := range loaded.Conversation.Heads() {
		if b.held(loaded, e) || e.Due.After(loaded.Now) || b.stopping() {
			continue
		}
		if !b.slots.await(ctx, e) {
			begun = true // not rescheduled: in five seconds it comes again, here or where a slot is free
			continue
		}
		sent := time.Now()
		claim, ok, err := b.claim(ctx, loaded, e, sent)
		if err != nil {
			b.slots.give(e)
			return err
		}
		if !ok {
			b.slots.give(e)
			continue
		}
		begun = true
		b.start(loaded.Conversation, e, claim, loaded.Now, sent)
	}
	if begun {
		return nil
	}
	return b.Store.Reschedule(ctx, id)
}

// claim claims an effect, and asks again under the same nonce where no answer comes: a claim of ours that we don't know of is
// nobody's until it lapses, and what has lapsed may have been sent.
func (b *Bot) claim(ctx context.Context, loaded store.Loaded, e fsm.Effect, sent time.Time) (c store.Claim, ok bool, err error) {
	nonce := store.Nonce()
	for try := 0; ; try++ {
		c, ok, err = b.Store.Claim(ctx, loaded.Conversation.ID, loaded.Conversation.Version, e, nonce, b.ClaimFor)
		if err == nil || time.Since(sent) > patience || pause(ctx, try) != nil {
			return c, ok, err
		}
	}
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
