package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

func newHandoffsCommand() *cobra.Command {
	var (
		path, agent, outcome string
		queues               []string
		asJSON               bool
	)
	c := &cobra.Command{
		Use:   "handoffs",
		Short: "Conversations that wait for a person, or are with one",
		Long: `Lists what waits for a person, the longest first, and lets one act. claim tells the customer's bot that a person answers;
reply writes to the customer, in their thread; return lets the bot go on; resolve ends the case with one of its workflow's
outcomes, which writes back. Each takes the ID of a case or of its conversation.`,
		Example: `  settle handoffs --queue care
  settle handoffs show 5PBQ2LZVJYKQ...
  settle handoffs claim 5PBQ2LZVJYKQ... --as thandi
  settle handoffs reply 5PBQ2LZVJYKQ... --as thandi "We can move it to the 30th. Shall we?"
  settle handoffs resolve 5PBQ2LZVJYKQ... --outcome promised`,
		Args: cobra.NoArgs,
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, _ []string) error { return l.handoffs(ctx, queues) }),
	}
	act := func(action, args, short, example string, n int) *cobra.Command {
		one := &cobra.Command{
			Use: action + " CASE" + args, Short: short, Example: example, Args: cobra.ExactArgs(n),
			RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error {
				a := fsm.AgentActed{Agent: cmp.Or(agent, os.Getenv("USER"), "operator"), Action: action, Outcome: outcome}
				if n > 1 {
					a.Text = args[1]
				}
				return l.act(ctx, args[0], a)
			}),
		}
		one.Flags().StringVar(&agent, "as", "", "who acts, for the journal (default: the user's name)")
		c.AddCommand(one)
		return one
	}
	c.AddCommand(&cobra.Command{
		Use: "show CASE", Short: "One of them with its story: it shows what was said", Example: "  settle handoffs show 5PBQ2LZVJYKQ...",
		Args: cobra.ExactArgs(1),
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error { return l.handoff(ctx, args[0]) }),
	})
	act("claim", "", "Take one: the customer's MENU withdraws it no more", "  settle handoffs claim 5PBQ2LZVJYKQ... --as thandi", 1)
	act("reply", " TEXT", "Write to the customer, once it is claimed", "  settle handoffs reply 5PBQ2LZVJYKQ... --as thandi \"We can move it to the 30th. Shall we?\"", 2)
	act("return", "", "Let the bot go on where the exception says", "  settle handoffs return 5PBQ2LZVJYKQ...", 1)
	resolve := act("resolve", "", "End the case with an outcome, or what an ended case left to do", "  settle handoffs resolve 5PBQ2LZVJYKQ... --outcome promised", 1)
	resolve.Flags().StringVar(&outcome, "outcome", "", "one of the workflow's outcomes; none where the case has ended already")
	c.Flags().StringSliceVar(&queues, "queue", nil, "only what is in these queues")
	lookFlags(c, &path, &asJSON)
	return c
}

// desk is the bot as whoever only reads at a desk needs it.
func (l looked) desk(ctx context.Context) (*bot.Bot, error) {
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return nil, err
	}
	return bot.New(bot.Options{Store: l.store, Library: library, Log: newLogger(l.errOut, "warn")}), nil
}

func (l looked) handoffs(ctx context.Context, queues []string) error {
	desk, err := l.desk(ctx)
	if err != nil {
		return err
	}
	defer desk.Close()
	all, err := desk.Handoffs(ctx, queues...)
	if err != nil {
		return err
	}
	if l.json {
		for _, w := range all {
			if err := json.NewEncoder(l.out).Encode(w); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(l.out, "CONVERSATION", "CASE", "WORKFLOW", "QUEUE", "REASON", "SINCE", "LANGUAGE", "WITH")
	for _, w := range all {
		t.row(w.Conversation, w.Case, w.Workflow, w.Queue, w.Reason, minute(w.Since), w.Language, with(w))
	}
	return t.Flush()
}

// with says who has one of them.
func with(w bot.HandoffView) string {
	switch {
	case w.Ended:
		return "nobody; the case has ended, this is left to do"
	case w.Behind:
		return "nobody; another case of the customer comes first"
	}
	return w.Claimed
}

// found tells which conversation, and which case of it, an ID means.
func found(ctx context.Context, desk *bot.Bot, id string) (conversation, caseID string, err error) {
	conversation, caseID, err = desk.Find(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", "", fmt.Errorf("%q: there is none, neither a case nor a conversation: settle handoffs lists them", id)
	}
	return conversation, caseID, err
}
