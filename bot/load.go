package bot

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// hint is where a batch begins: what was read on the way here, else what is there now. Its events learn what they must.
func (b *Bot) hint(ctx context.Context, conversation string, batch []*job) (l store.Loaded, err error) {
	var best *store.Loaded
	for _, j := range batch {
		if j.loaded != nil && (best == nil || j.loaded.Conversation.Version >= best.Conversation.Version) {
			best = j.loaded
		}
	}
	if best != nil {
		l = *best
		b.learn(ctx, &l.Conversation)
	} else if l, err = b.load(ctx, conversation, b.Store.Load); err != nil {
		return l, err
	}
	return l, b.bringLockouts(ctx, &l.Conversation, batch)
}

// load reads a conversation, patiently: Redis may be away for a moment.
func (b *Bot) load(ctx context.Context, conversation string, read func(context.Context, string) (store.Loaded, error)) (store.Loaded, error) {
	for try := 0; ; try++ {
		l, err := read(ctx, conversation)
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) || errors.Is(err, fsm.ErrNewer) {
			b.learn(ctx, &l.Conversation)
			return l, err
		}
		if wait := pause(ctx, try); wait != nil {
			return store.Loaded{}, err
		}
	}
}

// jitter is drawn at random; the simulation draws it from its seed.
var jitter = rand.N[time.Duration]

// pause backs off with jitter.
func pause(ctx context.Context, try int) error {
	most := time.Millisecond << min(try, 8)
	t := time.NewTimer(most/2 + jitter(most))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
