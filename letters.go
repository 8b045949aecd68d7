package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

func newLettersCommand() *cobra.Command {
	var (
		path   string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "letters",
		Short: "Dead letters: events that could not be stepped",
		Long: `Dead letters are events that could not be stepped, or that left something to be seen to: a fault of ours, of a workflow or
of a system, never of the customer. The customer's conversation is with a person, or went on without the event.`,
		Example: "  settle letters list\n  settle letters show p07-3f9a...\n  settle letters retry p07-3f9a...\n  settle letters drop p07-3f9a...",
	}
	list := &cobra.Command{
		Use: "list", Short: "All of them, the oldest first, and how many have which reason", Example: "  settle letters list --json | jq -r .reason", Args: cobra.NoArgs,
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, _ []string) error { return l.letters(ctx) }),
	}
	show := &cobra.Command{
		Use: "show LETTER", Short: "One of them in full: it may hold what a customer wrote", Example: "  settle letters show p07-3f9a...",
		Args: cobra.ExactArgs(1),
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error { return l.letter(ctx, args[0]) }),
	}
	drop := &cobra.Command{
		Use: "drop LETTER", Short: "Discard one that was seen to", Example: "  settle letters drop p07-3f9a...", Args: cobra.ExactArgs(1),
		RunE: look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error {
			if _, err := l.store.Letter(ctx, args[0]); err != nil {
				return l.noLetter(ctx, args[0], err)
			}
			return l.store.DropLetter(ctx, args[0])
		}),
	}
	c.AddCommand(list, show, newLettersRetryCommand(&path, &asJSON), drop)
	lookFlags(c, &path, &asJSON)
	return c
}

func (l looked) letters(ctx context.Context) error {
	all, err := l.store.Letters(ctx)
	if err != nil {
		return err
	}
	if l.json {
		for _, s := range all {
			row := struct {
				ID           string    `json:"id"`
				Conversation string    `json:"conversation"`
				Kind         string    `json:"kind"`
				At           time.Time `json:"at"`
				Reason       string    `json:"reason"`
			}{s.ID, s.Conversation, kindOf(s.Letter.Event), s.Letter.Event.At, s.Letter.Reason}
			if err := json.NewEncoder(l.out).Encode(row); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(l.out, "LETTER", "CONVERSATION", "EVENT", "AT", "REASON")
	for _, s := range all {
		t.row(s.ID, s.Conversation, kindOf(s.Letter.Event), minute(s.Letter.Event.At), s.Letter.Reason)
	}
	if err := t.Flush(); err != nil || len(all) == 0 {
		return err
	}
	return l.reasons(all)
}

// reasons prints how many letters have which reason, the most frequent first.
func (l looked) reasons(all []store.StoredLetter) error {
	counts := make(map[string]int)
	for _, s := range all {
		counts[gist(s.Letter.Reason)]++
	}
	byCount := func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) }
	fmt.Fprintln(l.out)
	t := newTable(l.out, "LETTERS", "REASON")
	for _, reason := range slices.SortedFunc(maps.Keys(counts), byCount) {
		t.row(strconv.Itoa(counts[reason]), reason)
	}
	return t.Flush()
}

func (l looked) letter(ctx context.Context, id string) error {
	s, err := l.store.Letter(ctx, id)
	if err != nil {
		return l.noLetter(ctx, id, err)
	}
	e := json.NewEncoder(l.out) // its strings are escaped: nothing in them reaches the terminal
	if !l.json {
		e.SetIndent("", "  ")
	}
	return e.Encode(s)
}

// kindOf names an event without anything that it holds.
func kindOf(e fsm.Event) string {
	switch {
	case e.Opened != nil:
		return "case opened"
	case e.Received != nil:
		return "message received"
	case e.Receipt != nil:
		return "receipt arrived"
	case e.Timer != nil:
		return "timer due"
	case e.Done != nil:
		return "effect done"
	case e.Reported != nil:
		return "system reported"
	case e.Agent != nil:
		return "agent acted"
	case e.Moved != nil:
		return "conversation moved"
	case e.Absorbed != nil:
		return "conversation absorbed"
	}
	return "unknown"
}
