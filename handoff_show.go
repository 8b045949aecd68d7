package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// story is what a person gets who takes a case over.
type story struct {
	Waiting    []waiting         `json:"waiting"`
	Case       bot.CaseView      `json:"case"`
	Assurance  policy.Standing   `json:"assurance"`
	Facts      map[string]string `json:"facts"`
	Hidden     []string          `json:"hidden"` // private facts, not shown before the customer is recognised
	Why        []string          `json:"why"`    // the journal's last reasons, the latest last
	Transcript []fsm.Line        `json:"transcript"`
}

// lastReasons is how many of the journal's reasons a person is shown.
const lastReasons = 12

func (l looked) handoff(ctx context.Context, id string) error {
	loaded, all, err := l.waitingFor(ctx, id)
	if err != nil {
		return err
	}
	c := &loaded.Conversation
	k := c.Case(all[0].Case)
	if k == nil {
		return fmt.Errorf("conversation %q: its case is archived", id)
	}
	s := story{
		Waiting: all, Case: bot.ViewCase(c, k, loaded.Now), Assurance: bot.Standing(c, k, loaded.Now), Facts: map[string]string{}, Hidden: []string{},
	}
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return err
	}
	w := library.Pinned(k.Workflow)
	for _, name := range slices.Sorted(maps.Keys(k.Facts)) {
		// The desk refuses private facts below person, as the bot does: whoever is at the other end may be anybody.
		if s.Assurance.Level >= policy.Person || w != nil && w.Facts[name] != nil && w.Facts[name].Public {
			s.Facts[name] = k.Facts[name].Value
		} else {
			s.Hidden = append(s.Hidden, name)
		}
	}
	entries, err := l.store.ConversationJournal(ctx, id)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Entry.Case == k.ID {
			s.Why = append(s.Why, e.Entry.Because...)
		}
	}
	s.Why = s.Why[max(0, len(s.Why)-lastReasons):]
	if s.Transcript, err = l.store.Transcript(ctx, id, 0); err != nil {
		return err
	}
	if l.json {
		return json.NewEncoder(l.out).Encode(s)
	}
	return l.tell(s)
}

func (l looked) tell(s story) error {
	t := newTable(l.out, "QUEUE", "REASON", "SINCE", "WITH")
	for _, w := range s.Waiting {
		t.row(w.Queue, w.Reason, minute(w.Since), w.Claimed)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	say := func(format string, args ...any) {
		for i, a := range args {
			args[i] = safe(fmt.Sprint(a))
		}
		fmt.Fprintf(l.out, format+"\n", args...)
	}
	say("\ncase %s of %s, state %s", s.Case.Case, s.Case.Workflow, s.Case.State)
	say("assurance: %s (%s)", s.Assurance.Level, s.Assurance.Because)
	for _, name := range slices.Sorted(maps.Keys(s.Facts)) {
		say("  %s: %s", name, s.Facts[name])
	}
	if len(s.Hidden) > 0 {
		say("  not shown until the customer is recognised: %s", strings.Join(s.Hidden, ", "))
	}
	say("\nwhy")
	for _, w := range s.Why {
		say("  %s", w)
	}
	say("\nwhat was said")
	for _, line := range s.Transcript {
		say("  %s %s: %s", minute(line.At), line.Who, line.Text)
		for _, o := range line.Options {
			say("      - %s", o)
		}
	}
	return nil
}
