package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// job is one event that waits for its commit.
type job struct {
	event  fsm.Event
	loaded *store.Loaded // what was read on the way here, if anything
	done   chan error
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
	return b.handle(ctx, conversation, e, nil)
}

func (b *Bot) handle(ctx context.Context, conversation string, e fsm.Event, loaded *store.Loaded) error {
	j := &job{event: e, loaded: loaded, done: make(chan error, 1)}
	b.mu.Lock()
	q := b.queues[conversation]
	head := q == nil
	if head {
		q = &queue{}
		b.queues[conversation] = q
		b.running.add()
	}
	q.waiting = append(q.waiting, j)
	b.mu.Unlock()
	if head {
		go b.drain(conversation, q)
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("handle event of conversation %s: %w: it may still be committed", conversation, ctx.Err())
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

// attempt is one commit that was sent and whose answer may be lost.
type attempt struct {
	commit fsm.Commit
	nonce  string
	sent   time.Time
}

// commitBatch steps a batch and commits it, again and again after conflicts and lost answers, and answers every job. It is
// long and straight: the order of its lines is the protocol.
func (b *Bot) commitBatch(conversation string, batch []*job) {
	ctx, cancel := context.WithTimeout(b.life, patience)
	defer cancel()
	began := time.Now()
	var loaded store.Loaded
	if hint := freshest(batch); hint != nil {
		loaded = *hint
	} else {
		var err error
		if loaded, err = b.load(ctx, conversation); err != nil {
			answerAll(batch, err)
			return
		}
	}
	var lost []attempt // commits whose answer we never saw
	for try := 0; ; try++ {
		for _, a := range lost {
			b.adopt(loaded, a)
		}
		lost = lost[:0]
		step := b.stepBatch(loaded, batch)
		if step.commit == nil {
			step.answer(nil)
			return
		}
		if try >= mostTries {
			step.answer(fmt.Errorf("commit conversation %s: gave up after %d conflicts", conversation, try))
			return
		}
		nonce, sent := store.Nonce(), time.Now()
		claim, release := b.wanted(step.commit.Conversation, loaded)
		done, err := b.Store.Commit(ctx, *step.commit, claim, nonce, claimFor)
		b.Point("after-commit")
		switch {
		case err != nil && (errors.Is(err, store.ErrTooLarge) || ctx.Err() != nil):
			release(0)
			step.answer(err)
			return
		case err != nil:
			// The answer may be lost and the commit written: the reload tells, by the events it shows and by our nonce.
			release(0)
			lost = append(lost, attempt{*step.commit, nonce, sent})
			b.Log.Warn().Err(err).Str("conversation", conversation).Msg("commit has no answer: reading what is there")
		case done.Conflict:
			release(0)
		default:
			granted := b.granted(claim, done.Claims, nonce)
			release(len(granted))
			b.Meter.Commit(len(batch), time.Since(began))
			for _, e := range granted {
				b.start(step.commit.Conversation, e, done.Claims[e.ID], done.Now, sent, true)
			}
			step.answer(nil)
			return
		}
		if err := pause(ctx, try); err != nil {
			step.answer(fmt.Errorf("commit conversation %s: %w", conversation, err))
			return
		}
		if loaded, err = b.load(ctx, conversation); err != nil {
			step.answer(err)
			return
		}
	}
}

// adopt runs what an earlier commit of ours had claimed, where its answer was lost: exactly the effects that are claimed
// under its nonce. Otherwise nobody would run them for 30 seconds, or two would.
func (b *Bot) adopt(loaded store.Loaded, a attempt) {
	for id, c := range loaded.Claims {
		e := loaded.Conversation.Effect(id)
		if c.Nonce != a.nonce || e == nil || c.Lapsed(loaded.Now) {
			continue
		}
		b.Point("adopted")
		b.start(loaded.Conversation, *e, c, loaded.Now, a.sent, false)
	}
}

// load reads a conversation, patiently: Redis may be away for a moment.
func (b *Bot) load(ctx context.Context, conversation string) (store.Loaded, error) {
	for try := 0; ; try++ {
		l, err := b.Store.Load(ctx, conversation)
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) {
			return l, err
		}
		if wait := pause(ctx, try); wait != nil {
			return store.Loaded{}, err
		}
	}
}

// pause backs off with jitter.
func pause(ctx context.Context, try int) error {
	most := time.Millisecond << min(try, 8)
	t := time.NewTimer(most/2 + rand.N(most))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func freshest(batch []*job) *store.Loaded {
	var best *store.Loaded
	for _, j := range batch {
		if j.loaded != nil && (best == nil || j.loaded.Conversation.Version >= best.Conversation.Version) {
			best = j.loaded
		}
	}
	return best
}

func answerAll(batch []*job, err error) {
	for _, j := range batch {
		j.done <- err
	}
}
