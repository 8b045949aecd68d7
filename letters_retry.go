package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/internal/nearest"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

func newLettersRetryCommand(path *string, asJSON *bool) *cobra.Command {
	var (
		all    bool
		reason string
	)
	c := &cobra.Command{
		Use:   "retry LETTER|--all",
		Short: "Hand its event to the conversation again",
		Long: `Hands a letter's event to its conversation again, once what was wrong is mended: a release, a workflow's new version. It is
the same event: where it was committed meanwhile nothing happens twice. The letter goes once the event is committed. Where
it fails again the letter stays, with the new reason.

What the event makes due is done by settle serve. A customer's message is answered when it is retried, within a day of its
coming and never later: do it at an hour at which you may write. Some events can't be retried; it says what to do instead.

Exit status 1 says that a letter that was asked for stays.`,
		Example: `  settle letters retry p07-3f9a...
  settle letters retry --all --reason "no such workflow"
  settle letters retry --all --json | jq -r 'select(.result == "stays") | .why'`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error {
			switch {
			case all == (len(args) == 1):
				return wrongUsage(errors.New("name one letter, or say --all"))
			case reason != "" && !all:
				return wrongUsage(errors.New("--reason chooses among --all"))
			}
			return nil
		},
	}
	c.RunE = look(path, asJSON, func(ctx context.Context, l looked, args []string) error {
		if all {
			return l.retryAll(ctx, reason)
		}
		letter, err := l.store.Letter(ctx, args[0])
		if err != nil {
			return l.noLetter(ctx, args[0], err)
		}
		return l.retry(ctx, []store.StoredLetter{letter})
	})
	c.Flags().BoolVar(&all, "all", false, "all of them, the oldest first")
	c.Flags().StringVar(&reason, "reason", "", "with --all: only those with this in their reason")
	return c
}

func (l looked) retryAll(ctx context.Context, reason string) error {
	letters, err := l.store.Letters(ctx)
	if err != nil {
		return err
	}
	var chosen []store.StoredLetter
	for _, letter := range letters {
		if strings.Contains(letter.Letter.Reason, reason) {
			chosen = append(chosen, letter)
		}
	}
	return l.retry(ctx, chosen)
}

// retry hands over the events of these letters, beside a running serve: it commits, and serve does what follows.
func (l looked) retry(ctx context.Context, letters []store.StoredLetter) (err error) {
	library, err := storedLibrary(ctx, l.store)
	if err != nil {
		return err
	}
	b := bot.New(bot.Options{
		Store: l.store, Library: library, Checks: checks(), Rules: policy.DefaultRules(),
		CodeCountries: l.config.Identity.Codes.Countries, Log: newLogger(l.errOut, "warn"), CommitOnly: true,
	})
	defer func() { err = errors.Join(err, b.Close()) }()
	stay := 0
	for i, letter := range letters {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted, %s not tried: retry again, it goes on", count(len(letters)-i, "letter"))
		}
		failed := b.Retry(ctx, letter)
		if failed != nil {
			stay++
		}
		if err := l.retried(letter.ID, failed); err != nil {
			return err
		}
	}
	if stay > 0 {
		return fmt.Errorf("%d of %s stay", stay, count(len(letters), "letter"))
	}
	return nil
}

// retried prints what became of one.
func (l looked) retried(id string, failed error) error {
	row := struct {
		ID     string `json:"id"`
		Result string `json:"result"`
		Why    string `json:"why,omitempty"`
	}{ID: id, Result: "committed"}
	if failed != nil {
		row.Result, row.Why = "stays", why(id, failed)
	}
	if l.json {
		return json.NewEncoder(l.out).Encode(row)
	}
	_, err := fmt.Fprintf(l.out, "%s: %s\n", id, strings.TrimSuffix(row.Result+": "+row.Why, ": "))
	return err
}

// why says why a letter stays, and quotes nobody: the letter itself may.
func why(id string, failed error) string {
	var unstepped *bot.Unstepped
	if !errors.As(failed, &unstepped) {
		return failed.Error()
	}
	if n := unstepped.Named(); n != nil {
		return fmt.Sprintf("%v: %v", failed, n)
	}
	return fmt.Sprintf("%v: settle letters show %s says why", failed, id)
}

// noLetter says that there is no such letter, and which one was probably meant.
func (l looked) noLetter(ctx context.Context, id string, err error) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	letters, err := l.store.Letters(ctx)
	if err != nil {
		return err
	}
	var ids, begin []string
	for _, letter := range letters {
		ids = append(ids, letter.ID)
		if strings.HasPrefix(letter.ID, strings.TrimRight(id, ".…")) {
			begin = append(begin, letter.ID)
		}
	}
	near := nearest.Name(id, ids)
	if len(begin) == 1 {
		near = begin[0]
	}
	if near != "" {
		return fmt.Errorf("letter %q: there is none: did you mean %s?", id, near)
	}
	return fmt.Errorf("letter %q: there is none: settle letters list names them", id)
}

// stepOf is what fsm.Step says before each reason; with the event's ID in it no two would be the same.
var stepOf = regexp.MustCompile(`^step event "(?:[^"\\]|\\.)*": `)

// gist is a letter's reason without the event that it was of.
func gist(reason string) string { return stepOf.ReplaceAllString(reason, "") }
