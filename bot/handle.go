package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// job is one event that waits for its commit.
type job struct {
	event   fsm.Event
	loaded  *store.Loaded // what was read on the way here, if anything
	fault   error         // why it can't be stepped, where that is known before: it is quarantined
	verdict verdict       // what it answered to a challenge, when last prepared
	movedTo string        // where its result must be told too
	from    span          // what brought it
	again   bool          // from its letter: it is committed as itself or not at all
	done    chan error
}

// queue is what waits for one conversation. Its head commits all that wait, stepped in order, as one commit: 400 receipts
// at once are a few commits, not 400 conflicts.
type queue struct{ waiting []*job }

const (
	mostAtOnce = 64 // events in one commit
	mostTries  = 40 // commits tried for one batch, conflicts and lost answers together
	patience   = 8 * time.Second
)

// Handle commits one event of a conversation. Nil means durable: this event's commit is written, or was before. A fault of
// ours is a letter and nil, for the event is kept; what the caller must act on comes back as fsm's named errors.
func (b *Bot) Handle(ctx context.Context, conversation string, e fsm.Event) error {
	return b.handle(ctx, conversation, nil, e)
}

// handle commits events of one conversation, in order, in one commit where nothing else is on its way.
func (b *Bot) handle(ctx context.Context, conversation string, loaded *store.Loaded, events ...fsm.Event) error {
	ctx, entered := b.enter(ctx, conversation)
	defer entered.end()
	from := b.within(ctx)
	jobs := make([]*job, len(events))
	for i, e := range events {
		jobs[i] = &job{event: e, loaded: loaded, from: from, done: make(chan error, 1)}
	}
	b.enqueue(conversation, jobs)
	for _, j := range jobs {
		select {
		case err := <-j.done:
			var moved fsm.ErrMoved
			if errors.As(err, &moved) {
				j.movedTo, err = moved.To, nil
			}
			if err == nil && j.movedTo != "" {
				err = b.Handle(ctx, j.movedTo, j.event) // there it may go on once more; the older always wins, so it ends
			}
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("handle event of conversation %s: %w: it may still be committed", conversation, ctx.Err())
		}
	}
	return nil
}

func (b *Bot) enqueue(conversation string, jobs []*job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queues[conversation]
	head := q == nil
	if head {
		q = &queue{}
		b.queues[conversation] = q
		b.running.add()
	}
	q.waiting = append(q.waiting, jobs...)
	if head {
		b.work(func() { b.drain(conversation, q) })
	}
}

// drain commits batches until nothing waits.
func (b *Bot) drain(conversation string, q *queue) {
	defer b.running.done()
	for {
		b.mu.Lock()
		n := min(len(q.waiting), mostAtOnce)
		if n == 0 {
			delete(b.queues, conversation)
			b.mu.Unlock()
			return
		}
		batch := q.waiting[:n:n]
		q.waiting = q.waiting[n:]
		b.mu.Unlock()
		b.commitBatch(conversation, batch)
	}
}

// commitBatch steps a batch and commits it, again and again after conflicts and lost answers, and answers every job. It is
// long and straight: the order of its lines is the protocol.
func (b *Bot) commitBatch(conversation string, batch []*job) {
	ctx, cancel := context.WithTimeout(b.life, patience)
	defer cancel()
	began := time.Now()
	var lost []*attempt // commits whose answer we never saw
	defer func() { b.abandon(conversation, lost) }()
	var traced span
	defer func() { traced.end() }()
	loaded, err := b.hint(ctx, conversation, batch)
	for try := 0; ; try++ {
		if err != nil {
			answerAll(batch, err)
			return
		}
		b.adopt(loaded, lost)
		step := b.stepBatch(loaded, batch)
		if step.commit == nil && !loaded.Durable {
			// Nothing to commit because of what is there already: it must be as safe as a commit before that is an answer.
			loaded, err = b.load(ctx, conversation, b.Store.LoadDurable)
			continue
		}
		if step.commit == nil {
			step.answer(nil)
			return
		}
		if try >= mostTries {
			step.answer(fmt.Errorf("commit conversation %s: gave up after %d conflicts", conversation, try))
			return
		}
		if err := b.noteOpened(ctx, batch, loaded.Conversation, step.commit.Conversation); err != nil {
			step.answer(err)
			return
		}
		step.commit.Over = loaded.Nonce
		if try == 0 {
			ctx, traced = b.beginCommit(ctx, conversation, batch)
		}
		a := &attempt{nonce: store.Nonce(), sent: time.Now(), wanted: b.wanted(step.commit.Conversation, loaded), from: traced}
		done, failed := b.Store.Commit(ctx, *step.commit, a.wanted, a.nonce, b.ClaimFor)
		switch {
		case errors.Is(failed, store.ErrTooLarge):
			b.forget([]*attempt{a})
			b.tooLarge(conversation, batch, failed)
			return
		case errors.Is(failed, store.ErrNotFound):
			b.forget([]*attempt{a})
			step.answer(failed)
			return
		case failed != nil:
			// The answer may be lost and the commit written, or still on its way: the reloads tell, by the events they show
			// and by our nonce. Its slots are kept for that long.
			if len(lost) == 0 {
				b.Log.Warn().Err(failed).Str("conversation", conversation).Msg("commit is not confirmed: reading what is there, then trying again")
			}
			lost = append(lost, a)
			b.Meter.Retried("lost")
		case done.Conflict:
			b.forget([]*attempt{a})
			b.Meter.Retried("conflict")
		default:
			b.Point("after-commit")
			b.Meter.Commit(len(batch), time.Since(began))
			b.measured(loaded.Conversation, step.commit.Conversation, batch)
			traced.number("settle.conflicts", try)
			if n := len(step.commit.Letters); n > 0 {
				b.Meter.Event("letter", "kept")
				b.Log.Error().Str("conversation", conversation).Int("letters", n).Msg("kept as a letter: a person must see to it, see settle letters")
			}
			b.committed(step.commit.Conversation, a, done)
			b.forget(lost) // one that is still on its way conflicts now
			step.answer(nil)
			return
		}
		if pause(ctx, try) != nil {
			traced.failed("gave up")
			step.answer(gaveUp(conversation, failed))
			return
		}
		read := b.Store.Load
		if len(lost) > 0 {
			read = b.Store.LoadDurable // what is adopted is begun at once
		}
		loaded, err = b.load(ctx, conversation, read)
	}
}

// gaveUp is what those who wait are told when the time is over. It is never an acknowledgement.
func gaveUp(conversation string, cause error) error {
	if cause == nil {
		cause = errors.New("another commit was always first")
	}
	return fmt.Errorf("commit conversation %s: no success within %s: %w", conversation, patience, cause)
}

// committed begins what a commit has claimed and notes when the conversation is next due.
func (b *Bot) committed(c fsm.Conversation, a *attempt, done store.Committed) {
	claims := make(map[string]time.Time, len(done.Claims))
	for _, e := range a.wanted {
		claim, ours := done.Claims[e.ID]
		if (!ours || claim.Nonce != a.nonce) && !b.sabotage.claims {
			b.slots.give(e)
			continue
		}
		claims[e.ID] = claim.Until
		b.start(a.from, c, e, claim, done.Now, a.sent)
	}
	if wake := c.Wake(claims); !wake.IsZero() {
		b.wakes.note(c.ID, wake.Sub(done.Now))
	}
}

// tooLarge sets aside what makes a document too large. Of several events each is tried alone; one alone is quarantined,
// and where even that is too large it is a letter, and an operator must act.
func (b *Bot) tooLarge(conversation string, batch []*job, cause error) {
	if len(batch) > 1 {
		for _, j := range batch {
			j.loaded = nil
			b.commitBatch(conversation, []*job{j})
		}
		return
	}
	j := batch[0]
	if j.again {
		j.done <- &Unstepped{cause}
		return
	}
	if j.fault == nil {
		j.fault, j.loaded = cause, nil
		b.commitBatch(conversation, batch)
		return
	}
	b.Log.Error().Str("conversation", conversation).Msg("document is too large for any change: kept as a letter, a person must see to it")
	e := j.event
	b.prepare(&fsm.Conversation{}, &e)
	if e.Received != nil {
		e.Received.Text = answered // whether a challenge was open isn't known here
	}
	err := b.Store.PutLetter(b.life, conversation, fsm.Letter{Event: e, Reason: cause.Error(), Unstepped: true})
	j.done <- errors.Join(j.told(cause), err)
}

func answerAll(batch []*job, err error) {
	for _, j := range batch {
		j.done <- err
	}
}
