package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
)

func newTestCommand() *cobra.Command {
	var update bool
	c := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Replay each workflow's transcript and print what it covers",
		Long: `Replays workflows/NAME.transcript beside each workflow, with the real engine, and compares what happens with what is
written there. Lines that a person writes begin at the margin; the engine's are indented:

  == A customer asks for a person
  given balance=300.00 days_past_due=45
    > Acme Bank: Thandi, we have a message for you. STOP to opt out.     what the customer reads
    [hello]                                                              where the case went
  < agent                                                                what the customer writes
    = core.record-promise amount=300.00 on=2026-11-27                    what a system of record is told
    hand off to care: asked-for-agent                                    how it ends

A scene begins with == and its title. Before its first message may stand: after TITLE (it goes on where that earlier scene
ended, without writing it again), given name=value (- leaves a fact out), variant b (which of a text's variants is said, else
the first), language af. A line may also be one of:

` + directions + `

{code} in a customer's line stands for the code that they were sent; # begins a comment. Every scene has a bank of its own and
begins on a Tuesday at 10:00 UTC, with a customer called Thandi, born on 14 March, postcode 2196; the clock stands still
unless it is moved.

--update writes what happens into the file: read the difference before you keep it. A scene that can't be played stays as it
was, with its line and the reason printed.
Exits with 1 where a transcript differs, or covers less than every state, option, exception, outcome and silence; with 2
where it could not run.`,
		Example: `  settle test
  settle test ./my-bank
  settle test --update ./my-bank && git diff`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: directoriesOnly,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			if update && dir == "" {
				return wrongUsage(errors.New("--update writes files: name the directory, as in settle test --update ./content"))
			}
			return testWorkflows(cmd.Context(), dir, update, cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&update, "update", false, "write what happens into the transcripts")
	return c
}

func directoriesOnly(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// usageError is an error of whoever typed the command, or of what they named: it could not run, and the exit code is 2.
type usageError struct{ error }

func (usageError) Is(target error) bool { return target == errUsage }

func wrongUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// errTest says that a test has failed; what failed has been printed.
var errTest = errors.New("transcripts differ, can't be played, or don't cover everything")

// testWorkflows replays every transcript of a directory, or of what is compiled in where dir is empty.
func testWorkflows(ctx context.Context, dir string, update bool, out io.Writer) error {
	load := rehearsals(dir)
	library, err := load("")
	if err != nil {
		return err
	}
	var tree fs.FS = content.FS
	if dir != "" {
		tree = os.DirFS(dir)
	}
	passed := true
	for _, name := range slices.Sorted(maps.Keys(library.All())) {
		fine, err := testWorkflow(ctx, load, library.Named(name), tree, dir, update, out)
		if err != nil {
			return err
		}
		passed = passed && fine
	}
	if !passed {
		return errTest
	}
	return nil
}

// testWorkflow replays one transcript. An error is one of ours or of the machine; what is wrong with the transcript is
// printed, and makes it false.
func testWorkflow(ctx context.Context, load func(string) (*fsm.Library, error), w *fsm.Workflow, tree fs.FS, dir string, update bool, out io.Writer) (bool, error) {
	file := "workflows/" + w.Name + ".transcript"
	written, err := fs.ReadFile(tree, file)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(out, "%s: there is none: write it beside the workflow, beginning with == and a title\n", file)
		return false, nil
	}
	if err != nil {
		return false, wrongUsage(fmt.Errorf("read transcript: %w", err))
	}
	played, cover, scenes, failed := play(ctx, load, w, file, string(written))
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if failed != nil {
		fmt.Fprintln(out, failed)
	}
	same := played == strings.TrimRight(string(written), "\n")+"\n"
	switch {
	case same:
	case update:
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte(played), 0o644); err != nil {
			return false, wrongUsage(fmt.Errorf("write transcript: %w", err))
		}
		but := ""
		if failed != nil {
			but = ", but for the scenes above"
		}
		fmt.Fprintf(out, "%s: written%s\n", file, but)
	default:
		fmt.Fprint(out, difference(file, string(written), played))
	}
	if failed != nil {
		return false, nil // what isn't covered would be because of that
	}
	return cover.print(out, scenes) && (same || update), nil
}

// rehearsals loads a directory's workflows for rehearsals: one library for each variant, whose texts say only that.
func rehearsals(dir string) func(variant string) (*fsm.Library, error) {
	var mu sync.Mutex
	loaded := map[string]*fsm.Library{}
	return func(variant string) (*fsm.Library, error) {
		mu.Lock()
		defer mu.Unlock()
		if l := loaded[variant]; l != nil {
			return l, nil
		}
		l, err := loadWorkflows(dir)
		if err != nil {
			return nil, err
		}
		found := variant == ""
		for _, w := range l.All() {
			found = w.PinVariants(variant) || found
		}
		if !found {
			return nil, fmt.Errorf("variant %q: no text has one of that name", variant)
		}
		loaded[variant] = l
		return l, nil
	}
}
