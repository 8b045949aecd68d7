package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// Insight is what the engine knows of one contact, beside the telephone.
type Insight struct {
	Case     *bot.CaseView // the one whose turn it is, else the last; nil where there is none
	Workflow *fsm.Workflow // its version; nil where it is gone
	Standing policy.Standing
	Evidence []policy.Evidence
	Offered  []fsm.Shown       // what a reply can pick from now
	Hidden   map[string]string // option -> why it isn't offered
	Handoff  *fsm.Handoff
	Stopped  bool
	Timers   []fsm.Timer
	Effects  []fsm.Effect
	Journal  []fsm.Entry // the newest first
	Now      time.Time
}

// mostEntries is how much of the journal the page shows.
const mostEntries = 40

// insight reads what the engine knows of a contact. One who has never been written to and never wrote has none.
func (d *Demo) insight(ctx context.Context, c *Contact) (Insight, error) {
	conversation, now, err := d.document(ctx, c)
	if err != nil || conversation == nil {
		return Insight{Now: now}, err
	}
	in := Insight{
		Evidence: conversation.Contact.Evidence, Handoff: conversation.Handoff, Stopped: conversation.Contact.Stopped,
		Timers: slices.Clone(conversation.Timers), Effects: conversation.Effects, Now: now,
	}
	slices.SortFunc(in.Timers, func(a, b fsm.Timer) int { return a.Due.Compare(b.Due) })
	if k := current(conversation); k != nil {
		view := bot.ViewCase(conversation, k, now)
		in.Case, in.Workflow, in.Standing = &view, d.Library.Pinned(k.Workflow), bot.Standing(conversation, k, now)
		in.Offered = conversation.Prompts[string(k.Thread)].Options
	}
	entries, err := d.store.ConversationJournal(ctx, conversation.ID)
	if err != nil {
		return in, err
	}
	for _, e := range slices.Backward(entries) {
		if in.Hidden == nil && in.Case != nil && e.Entry.Case == in.Case.Case {
			if why := bot.NotOffered(e.Entry); len(why) > 0 || e.Entry.To != e.Entry.From {
				in.Hidden = why // of the last question
			}
		}
		if len(in.Journal) < mostEntries {
			in.Journal = append(in.Journal, e.Entry)
		}
	}
	return in, nil
}

// document is a contact's conversation; nil where there is none yet.
func (d *Demo) document(ctx context.Context, c *Contact) (*fsm.Conversation, time.Time, error) {
	if c.conversation == "" {
		return nil, d.Clock.Now(), nil
	}
	loaded, err := d.store.Load(ctx, c.conversation)
	if errors.Is(err, store.ErrNotFound) {
		return nil, d.Clock.Now(), nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("load contact %s: %w", c.ID, err)
	}
	return &loaded.Conversation, loaded.Now, nil
}

// current is the case whose turn it is, else the one that was opened last.
func current(c *fsm.Conversation) *fsm.Case {
	if k := c.Case(c.Active); k != nil {
		return k
	}
	if len(c.Cases) == 0 {
		return nil
	}
	return &c.Cases[len(c.Cases)-1]
}
