package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// act does what a person wants done. What the action makes due is done by this process, just as serve would do it, so it
// needs the same channels and systems.
func (l looked) act(ctx context.Context, id string, a fsm.AgentActed) error {
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return err
	}
	plugins, err := openPlugins(l.config)
	if err != nil {
		return err
	}
	defer plugins.close()
	b := bot.New(bot.Options{
		Store: l.store, Library: library, Channels: plugins.channels, Systems: plugins.systems, Checks: checks(),
		Rules: policy.DefaultRules(), Rates: plugins.rates, Log: newLogger(l.errOut, "warn"),
	})
	err = l.acted(ctx, b, id, a)
	if closed := b.Close(); closed != nil { // what it has begun goes on elsewhere
		fmt.Fprintf(l.errOut, "settle: %v\n", closed)
	}
	return err
}

func (l looked) acted(ctx context.Context, b *bot.Bot, id string, a fsm.AgentActed) error {
	conversation, caseID, err := found(ctx, b, id)
	if err != nil {
		return err
	}
	a.Case = caseID
	before, err := l.store.Load(ctx, conversation)
	if err != nil {
		return err
	}
	if err := b.Act(ctx, conversation, store.Nonce(), a); err != nil {
		return fmt.Errorf("%q: %w", id, err)
	}
	if err := b.Quiet(ctx); err != nil {
		return err
	}
	if a.Action == "reply" {
		return l.replied(ctx, b, conversation)
	}
	after, err := l.store.Load(ctx, conversation)
	if err != nil {
		return err
	}
	if a.Action != "claim" && sameWork(&before.Conversation, &after.Conversation) {
		return fmt.Errorf("%q: %s changed nothing: settle handoffs show says why", id, a.Action)
	}
	_, err = fmt.Fprintf(l.out, "%s: done\n", a.Action)
	return err
}

// replied says what became of the reply just written. It is in the transcript whatever that is.
func (l looked) replied(ctx context.Context, b *bot.Bot, conversation string) error {
	d, err := b.HandoffDetail(ctx, conversation, "")
	if errors.Is(err, bot.ErrNotWaiting) { // ended meanwhile by another
		_, err = fmt.Fprintln(l.out, "reply: done")
		return err
	}
	if err != nil {
		return err
	}
	for _, line := range slices.Backward(d.Transcript) {
		switch {
		case line.Who != "agent":
			continue
		case strings.HasPrefix(line.Status, "not "):
			return fmt.Errorf("reply: %s: it is kept in the transcript", safe(line.Status))
		}
		_, err = fmt.Fprintf(l.out, "reply: %s\n", safe(line.Status))
		return err
	}
	return nil
}

func sameWork(before, after *fsm.Conversation) bool {
	return (before.Handoff == nil) == (after.Handoff == nil) && len(before.Work) == len(after.Work)
}
