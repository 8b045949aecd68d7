package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

func newHandoffsCommand() *cobra.Command {
	var (
		path, agent, outcome string
		asJSON               bool
	)
	c := &cobra.Command{
		Use:   "handoffs",
		Short: "Conversations that wait for a person, or are with one",
		Long: `Lists what waits for a person, the longest first, and lets one act. claim tells the customer's bot that a person answers;
return lets the bot go on; resolve ends the case with one of its workflow's outcomes, which writes back.`,
		Example: `  settle handoffs
  settle handoffs show p07-9M3K...
  settle handoffs claim p07-9M3K... --as thandi
  settle handoffs resolve p07-9M3K... --outcome promised`,
		Args: cobra.NoArgs,
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, _ []string) error { return l.handoffs(ctx) }),
	}
	act := func(use, short, example string) *cobra.Command {
		action := use
		return &cobra.Command{
			Use: use + " CONVERSATION", Short: short, Example: example, Args: cobra.ExactArgs(1),
			RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error {
				return l.act(ctx, args[0], fsm.AgentActed{Agent: cmp.Or(agent, os.Getenv("USER"), "operator"), Action: action, Outcome: outcome})
			}),
		}
	}
	claim := act("claim", "Take one: the customer's MENU withdraws it no more", "  settle handoffs claim p07-9M3K... --as thandi")
	giveBack := act("return", "Let the bot go on where the exception says", "  settle handoffs return p07-9M3K...")
	resolve := act("resolve", "End the case with an outcome, or what an ended case left to do", "  settle handoffs resolve p07-9M3K... --outcome promised")
	resolve.Flags().StringVar(&outcome, "outcome", "", "one of the workflow's outcomes; none where the case has ended already")
	for _, a := range []*cobra.Command{claim, giveBack, resolve} {
		a.Flags().StringVar(&agent, "as", "", "who acts, for the journal (default: the user's name)")
	}
	c.AddCommand(&cobra.Command{
		Use: "show CONVERSATION", Short: "One of them with its story: it shows what was said", Example: "  settle handoffs show p07-9M3K...",
		Args: cobra.ExactArgs(1),
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error { return l.handoff(ctx, args[0]) }),
	}, claim, giveBack, resolve)
	lookFlags(c, &path, &asJSON)
	return c
}

// waiting is one thing that a person must see to.
type waiting struct {
	Conversation string    `json:"conversation"`
	Case         string    `json:"case"`
	Queue        string    `json:"queue"`
	Reason       string    `json:"reason"`
	Since        time.Time `json:"since"`
	Claimed      string    `json:"claimed,omitempty"`
	Ended        bool      `json:"ended"` // the case has ended, and this was left to do
}

func waitingIn(c *fsm.Conversation) []waiting {
	var all []waiting
	if h := c.Handoff; h != nil {
		all = append(all, waiting{c.ID, h.Case, h.Queue, h.Reason, h.At, h.Claimed, false})
	}
	for _, h := range c.Work {
		k := c.Case(h.Case)
		all = append(all, waiting{c.ID, h.Case, h.Queue, h.Reason, h.At, h.Claimed, k == nil || k.Phase == fsm.Closed})
	}
	return all
}

func (l looked) handoffs(ctx context.Context) error {
	listed, err := l.store.Handoffs(ctx)
	if err != nil {
		return err
	}
	var all []waiting
	for _, w := range listed {
		loaded, err := l.store.Load(ctx, w.Conversation)
		if errors.Is(err, store.ErrNotFound) { // gone meanwhile
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, waitingIn(&loaded.Conversation)...)
	}
	if l.json {
		for _, w := range all {
			if err := json.NewEncoder(l.out).Encode(w); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(l.out, "CONVERSATION", "CASE", "QUEUE", "REASON", "SINCE", "WITH")
	for _, w := range all {
		with := w.Claimed
		if w.Ended {
			with = "nobody; the case has ended, this is left to do"
		}
		t.row(w.Conversation, w.Case, w.Queue, w.Reason, minute(w.Since), with)
	}
	return t.Flush()
}

// errNotWaiting says that there is nothing to act on.
var errNotWaiting = errors.New("nothing in it waits for a person: settle handoffs lists what does")

// waitingFor loads a conversation in which something waits for a person.
func (l looked) waitingFor(ctx context.Context, id string) (store.Loaded, []waiting, error) {
	loaded, err := l.store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return loaded, nil, fmt.Errorf("conversation %q: there is none: settle handoffs lists them", id)
	}
	if err != nil {
		return loaded, nil, err
	}
	all := waitingIn(&loaded.Conversation)
	if len(all) == 0 {
		return loaded, nil, fmt.Errorf("conversation %q: %w", id, errNotWaiting)
	}
	return loaded, all, nil
}
