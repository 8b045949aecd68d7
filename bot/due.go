package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

const (
	share  = 256              // due conversations that one process takes at a time: what it leaves, others take meanwhile
	hands  = 32               // of them seen to at once
	leased = 4 * time.Second  // after that the store lets others have those that nobody came to (CORE.md: the score is a hint)
	turn   = 15 * time.Second // what one round may take, whatever Redis does
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
func (b *Bot) Attend(ctx context.Context) error {
	for left := allPartitions; len(left) > 0; {
		var err error
		if left, err = b.round(ctx, left); err != nil {
			return err
		}
	}
	return nil
}

// round sees to a share of what is due in these partitions, and returns those in which more is due. Every process takes no
// more than it has soon done, so none sits on what others could do, and all that are free take the same share. Where there
// were no slots left it returns none: more would only be looked at and left.
func (b *Bot) round(ctx context.Context, partitions []int) (left []int, err error) {
	if len(partitions) == 0 {
		return nil, nil
	}
	during, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	began := time.Now()
	each := max(1, share/len(partitions))
	ids, err := b.Store.Due(during, partitions, each)
	if err != nil {
		return nil, err
	}
	slots, over := context.WithTimeout(during, roundWait)
	defer over()
	var wait sync.WaitGroup
	var without atomic.Int32
	next := make(chan string)
	for range min(hands, len(ids)) {
		wait.Go(func() {
			for id := range next {
				had, err := b.attend(during, slots, id)
				if !had {
					without.Add(1)
				}
				if err != nil && ctx.Err() == nil {
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
	if without.Load() == 0 && !b.stopping() {
		left = full(ids, each)
	}
	return left, b.tally(during)
}

// full are the partitions of which as many came as were asked for.
func full(ids []string, each int) (left []int) {
	came := make(map[int]int)
	for _, id := range ids {
		if n, ok := store.PartitionOf(id); ok {
			if came[n]++; came[n] == each {
				left = append(left, n)
			}
		}
	}
	return left
}

// attend does what is due in one conversation, and says whether there was a slot for all of it. What doesn't answer a
// customer waits for its slot until slots ends.
func (b *Bot) attend(ctx, slots context.Context, id string) (had bool, err error) {
	b.Point("attend")
	loaded, err := b.Store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return true, b.Store.Reschedule(ctx, id) // erased: it is due no more
	}
	if err != nil {
		return true, err
	}
	if events := dueEvents(loaded); len(events) > 0 {
		// Their commit claims what is due, and sets the next wake time.
		return true, b.handle(ctx, id, &loaded, events...)
	}
	had, begun, stale := true, false, false
	for _, e := range loaded.Conversation.Heads() {
		if b.held(loaded, e) || e.Due.After(loaded.Now) || b.stopping() {
			continue
		}
		if !b.slots.await(ctx, slots, e) {
			had = false
			continue
		}
		sent := time.Now()
		claim, ok, err := b.claim(ctx, loaded, e, sent)
		if err != nil {
			b.slots.give(e)
			return had, err
		}
		if !ok {
			b.slots.give(e)
			stale = stale || claim.Nonce == "" // the conversation has moved on since, or Redis's clock has gone back
			continue
		}
		begun = true
		b.start(span{}, loaded.Conversation, e, claim, loaded.Now, sent)
	}
	if begun || !had || overdue(loaded) && !stale {
		// Not rescheduled: its claim has done it; or in five seconds it comes again, here or where a slot is free. What is
		// overdue although there is nothing to do, as somebody else does it just now, mustn't come at once over and over.
		return had, nil
	}
	return had, b.Store.Reschedule(ctx, id)
}

func overdue(loaded store.Loaded) bool {
	claims := make(map[string]time.Time, len(loaded.Claims))
	for effect, c := range loaded.Claims {
		claims[effect] = c.Until
	}
	wake := loaded.Conversation.Wake(claims)
	return !wake.IsZero() && !wake.After(loaded.Now)
}

// claim claims an effect, and asks again under the same nonce where no answer comes: a claim of ours that we don't know of is
// nobody's until it lapses, and what has lapsed may have been sent. So it is given up if no answer comes at all.
func (b *Bot) claim(ctx context.Context, loaded store.Loaded, e fsm.Effect, sent time.Time) (c store.Claim, ok bool, err error) {
	nonce := store.Nonce()
	for try := 0; ; try++ {
		c, ok, err = b.Store.Claim(ctx, loaded.Conversation.ID, loaded.Conversation.Version, e, nonce, b.ClaimFor)
		if err == nil {
			return c, ok, nil
		}
		if time.Since(sent) > patience || pause(ctx, try) != nil {
			b.renounce(loaded.Conversation.ID, []unsure{{e.ID, nonce}})
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
