package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// act does what a person wants done. What can't be done is said here, before anything is committed: to the engine an action
// that makes no sense would be a fault, and a dead letter.
func (l looked) act(ctx context.Context, id string, a fsm.AgentActed) error {
	loaded, _, err := l.waitingFor(ctx, id)
	if err != nil {
		return err
	}
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return err
	}
	if err := possible(&loaded.Conversation, library, a); err != nil {
		return fmt.Errorf("conversation %q: %w", id, err)
	}
	// What the action makes due is done by this process, just as serve would do it, so it needs the same channels and systems.
	plugins, err := openPlugins(l.config)
	if err != nil {
		return err
	}
	defer plugins.close()
	b := bot.New(bot.Options{
		Store: l.store, Library: library, Channels: plugins.channels, Systems: plugins.systems, Checks: checks(),
		Rules: policy.DefaultRules(), Rates: plugins.rates, Log: newLogger(l.errOut, "warn"),
	})
	if err := b.Act(ctx, id, a); err != nil {
		_ = b.Close()
		return fmt.Errorf("conversation %q: %s: %w", id, a.Action, err)
	}
	if err := b.Close(); err != nil { // what it has begun goes on elsewhere
		fmt.Fprintf(l.errOut, "settle: %v\n", err)
	}
	after, err := l.store.Load(ctx, id)
	if err != nil {
		return err
	}
	if a.Action != "claim" && sameWork(&loaded.Conversation, &after.Conversation) {
		return fmt.Errorf("conversation %q: %s changed nothing: somebody else was faster, or settle letters list says why", id, a.Action)
	}
	_, err = fmt.Fprintf(l.out, "%s: done\n", a.Action)
	return err
}

func sameWork(before, after *fsm.Conversation) bool {
	return (before.Handoff == nil) == (after.Handoff == nil) && len(before.Work) == len(after.Work)
}

// possible says why an action can't be done.
func possible(c *fsm.Conversation, library *fsm.Library, a fsm.AgentActed) error {
	h := c.Handoff
	if h == nil { // work that an ended case has left
		switch {
		case a.Action != "resolve":
			return fmt.Errorf("%s: its case has ended; what is left to do can only be resolved", a.Action)
		case a.Outcome != "":
			return fmt.Errorf("resolve: its case has ended already: leave --outcome out")
		}
		return nil
	}
	k := c.Case(h.Case)
	if k == nil {
		return fmt.Errorf("%s: its case is archived", a.Action)
	}
	w := library.Pinned(k.Workflow)
	switch {
	case w == nil:
		return fmt.Errorf("%s: workflow %s isn't in the store", a.Action, k.Workflow)
	case a.Action == "claim" && h.Claimed != "" && h.Claimed != a.Agent:
		return fmt.Errorf("claim: %s has it", h.Claimed)
	case a.Action == "return" && h.Back == fsm.Never:
		return fmt.Errorf("return: exception %s doesn't go back to the bot: resolve it", h.Reason)
	case a.Action == "resolve" && w.Outcomes[a.Outcome] == nil:
		return fmt.Errorf("resolve: --outcome must be one of %s", strings.Join(slices.Sorted(maps.Keys(w.Outcomes)), ", "))
	}
	return nil
}
