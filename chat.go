package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm"
)

func newChatCommand() *cobra.Command {
	var (
		dir, language string
		facts         []string
		asJSON        bool
	)
	c := &cobra.Command{
		Use:   "chat [WORKFLOW]",
		Short: "A customer's thread in the terminal, with the real engine",
		Long: `A customer's thread in the terminal: the engine that serve runs, with a store in this process and systems of
record that only pretend. Lines are what the customer types; they may come from a pipe. It ends with the input: Ctrl-D.
A line may also be one of:

` + directions + `

What /event isn't told is what that system was last asked, and is printed. The systems keep books as a bank does: a payment
that is recorded lowers the balance that is looked up later.

To be recognised, answer with 14 march 2196: the sample customer's day of birth and postcode.

--json prints one object a message, {"from":"bot","text":...,"options":[...]}, and as its last line the case:
{"case":...,"state":...,"outcome":...,"assurance":...,"writebacks":[...],"handoff":...}; outcome is empty until the case has
ended, handoff is null unless a person has it. Exits with 1 where a line could not be done, with 2 where it could not run.`,
		Example: `  settle chat
  settle chat overdue-account --fact balance=300.00 --fact days_past_due=45
  printf '1\n14 march 2196\n4\n300\nfriday\nyes\n' | settle chat --json | tail -1`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			library, err := loadWorkflows(dir)
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return slices.Sorted(maps.Keys(library.All())), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			given := make(map[string]string)
			for _, f := range facts {
				k, v, ok := strings.Cut(f, "=")
				if !ok {
					return wrongUsage(fmt.Errorf("--fact %s: write it as --fact name=value", f))
				}
				given[k] = v
			}
			library, err := loadWorkflows(dir)
			if err != nil {
				return wrongUsage(err)
			}
			w, err := named(library, args)
			if err != nil {
				return wrongUsage(err)
			}
			if w.Texts[language] == nil {
				return wrongUsage(fmt.Errorf("--language %s: workflow %s has no texts in it%s", language, w.Name, didYouMean(language, slices.Collect(maps.Keys(w.Texts)))))
			}
			for _, each := range library.All() { // the same thread every time
				each.PinVariants("a")
			}
			return chat(cmd.Context(), library, w, given, language, cmd.InOrStdin(), newSpeaker(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON))
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "the directory with settle.yaml and workflows/ (default: what is compiled in)")
	c.Flags().StringArrayVar(&facts, "fact", nil, "a fact of the case, name=value; - leaves it out")
	c.Flags().StringVar(&language, "language", "en", "the customer's language")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a message, and the case as the last line")
	_ = c.MarkFlagDirname("dir") // fails only where there is no such flag
	return c
}

// named is the workflow that is asked for: overdue-account where none is, or the only one there is.
func named(library *fsm.Library, args []string) (*fsm.Workflow, error) {
	all := library.All()
	name := "overdue-account"
	switch {
	case len(args) == 1:
		name = args[0]
	case all[name] == nil && len(all) == 1:
		for name = range all {
		}
	case all[name] == nil:
		return nil, fmt.Errorf("name the workflow: there are %s", strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if all[name] == nil {
		return nil, fmt.Errorf("no workflow %q%s", name, didYouMean(name, slices.Collect(maps.Keys(all))))
	}
	return all[name], nil
}

// errChat says that some lines could not be done; which, and why, has been printed.
var errChat = errors.New("some lines could not be done")

// chat plays one thread from in to out.
func chat(ctx context.Context, library *fsm.Library, w *fsm.Workflow, facts map[string]string, language string, in io.Reader, out *speaker) error {
	for name, v := range facts {
		if err := given(w, name, v); err != nil {
			return wrongUsage(fmt.Errorf("--fact: %w", err))
		}
	}
	st, err := newStage(ctx, library, daytime(time.Now()), false)
	if err != nil {
		return wrongUsage(err)
	}
	defer st.end()
	out.note("Settle in this process: its store is lost when it ends, and systems of record only pretend. /clock +25h moves the time.")
	t, err := st.open(ctx, w, facts, language)
	if err != nil {
		return wrongUsage(err)
	}
	if err := out.messages(t); err != nil {
		return err
	}
	failed := false
	lines := bufio.NewScanner(in)
	for out.prompt(); lines.Scan(); out.prompt() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		out.typed(line)
		if strings.HasPrefix(line, "/") {
			complete, used := t.filled(line)
			if err = t.direct(ctx, complete); err == nil && used != "" {
				out.note(used)
			}
		} else {
			err = t.says(ctx, line)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failed = true
			out.note(err.Error())
		}
		if err := out.messages(t); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read what the customer types: %w", err)
	}
	if err := out.last(ctx, t); err != nil {
		return err
	}
	if failed && !out.person { // whoever types sees it and tries again
		return errChat
	}
	return nil
}

// daytime is now, or noon on a working day where somebody chats at an hour at which the bank may not write first.
func daytime(now time.Time) time.Time {
	h, day := now.UTC().Hour(), now.UTC().Weekday()
	if h >= 8 && h < 16 && day != time.Saturday && day != time.Sunday {
		return now
	}
	for day == time.Saturday || day == time.Sunday {
		now = now.AddDate(0, 0, 1)
		day = now.UTC().Weekday()
	}
	return time.Date(now.UTC().Year(), now.UTC().Month(), now.UTC().Day(), 10, 0, 0, 0, time.UTC)
}
