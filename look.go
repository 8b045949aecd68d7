package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/store"
)

// looked is what the commands that look at a deployment have in common: its store, and how to print.
type looked struct {
	config *config.Config
	store  *store.Store
	out    io.Writer
	errOut io.Writer
	json   bool
}

// look runs a command with the store of the configured deployment.
func look(path *string, asJSON *bool, do func(ctx context.Context, l looked, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := config.Read(*path)
		if err != nil {
			return err
		}
		st, done, err := openStore(sharing(cmd.Context()), c, newLogger(cmd.ErrOrStderr(), "warn"))
		if err != nil {
			return err
		}
		defer done()
		return do(cmd.Context(), looked{c, st, cmd.OutOrStdout(), cmd.ErrOrStderr(), *asJSON}, args)
	}
}

func lookFlags(c *cobra.Command, path *string, asJSON *bool) {
	c.PersistentFlags().StringVarP(path, "config", "c", "settle.yaml", "the configuration file")
	c.PersistentFlags().BoolVar(asJSON, "json", false, "one JSON object a line")
}

// table prints rows in columns, under names in capitals.
type table struct{ *tabwriter.Writer }

func newTable(out io.Writer, names ...string) table {
	t := table{tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)}
	t.row(names...)
	return t
}

func (t table) row(cells ...string) {
	for i, c := range cells {
		if cells[i] = safe(c); cells[i] == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// safe keeps what came from outside from moving the cursor or changing what stands beside it.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

func newCasesCommand() *cobra.Command {
	var (
		path, workflow string
		asJSON, open   bool
	)
	c := &cobra.Command{
		Use:   "cases [CASE]",
		Short: "The cases and where they stand",
		Long:  "Lists the cases and where each stands, or one case in full. Nothing that was said and no value of a customer is shown.",
		Example: `  settle cases --open
  settle cases --workflow overdue-account --json | jq -r .outcome | sort | uniq -c
  settle cases 5PBQ2LZVJYKQ`,
		Args: cobra.MaximumNArgs(1),
	}
	c.RunE = look(&path, &asJSON, func(ctx context.Context, l looked, args []string) error {
		if len(args) == 1 {
			return l.oneCase(ctx, args[0])
		}
		return l.cases(ctx, func(v bot.CaseView) bool {
			name, _, _ := strings.Cut(v.Workflow, "@")
			return (workflow == "" || name == workflow) && (!open || v.Ended == nil)
		})
	})
	lookFlags(c, &path, &asJSON)
	c.Flags().StringVar(&workflow, "workflow", "", "only of this workflow")
	c.Flags().BoolVar(&open, "open", false, "only those that haven't ended")
	return c
}

func (l looked) cases(ctx context.Context, wanted func(bot.CaseView) bool) error {
	t := newTable(io.Discard)
	if !l.json {
		t = newTable(l.out, "CASE", "WORKFLOW", "PHASE", "STATE", "END", "QUEUE", "OPENED")
	}
	for id, err := range l.store.Conversations(ctx) {
		if err != nil {
			return err
		}
		loaded, err := l.store.Load(ctx, id)
		if errors.Is(err, store.ErrNotFound) { // gone meanwhile
			continue
		}
		if err != nil {
			return err
		}
		for i := range loaded.Conversation.Cases {
			v := bot.ViewCase(&loaded.Conversation, &loaded.Conversation.Cases[i], loaded.Now)
			if !wanted(v) {
				continue
			}
			if l.json {
				if err := json.NewEncoder(l.out).Encode(v); err != nil {
					return err
				}
				continue
			}
			t.row(v.Case, v.Workflow, v.Phase, v.State, v.Outcome+v.Exception, v.Queue, minute(v.Opened))
		}
	}
	return t.Flush()
}

func (l looked) oneCase(ctx context.Context, id string) error {
	conversation, err := l.store.FindCase(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("case %q: there is none: settle cases lists them", id)
	}
	if err != nil {
		return err
	}
	loaded, err := l.store.Load(ctx, conversation)
	if err != nil {
		return err
	}
	k := loaded.Conversation.Case(id)
	if k == nil {
		return fmt.Errorf("case %q: it was never opened, or is archived", id)
	}
	v := bot.ViewCase(&loaded.Conversation, k, loaded.Now)
	if l.json {
		return json.NewEncoder(l.out).Encode(v)
	}
	t := newTable(l.out, "FIELD", "VALUE")
	for _, r := range [][2]string{
		{"case", v.Case}, {"conversation", v.Conversation}, {"source", v.Source}, {"id", v.ID}, {"workflow", v.Workflow},
		{"phase", v.Phase}, {"state", v.State}, {"outcome", v.Outcome}, {"exception", v.Exception}, {"queue", v.Queue},
		{"assurance", v.Assurance}, {"opened", minute(v.Opened)}, {"writebacks", strings.Join(v.Writebacks, ", ")},
	} {
		t.row(r[0], r[1])
	}
	if v.Ended != nil {
		t.row("ended", minute(*v.Ended))
	}
	return t.Flush()
}
