package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm/graph"
)

func newGraphCommand() *cobra.Command {
	var (
		asSVG bool
		out   string
	)
	c := &cobra.Command{
		Use:   "graph WORKFLOW [DIR]",
		Short: "Draw a workflow: its states, what leads where, and how sure each place must be of who replies",
		Long: `Draws a workflow of a directory with settle.yaml and workflows/, or one that is compiled in where no directory is named.

The picture shows each state with what it does, outcomes, exceptions with their queues, every arrow with the reply, result
or time that takes it, and in colour and in words the assurance that each place needs: nobody writes it, it follows from what
is shown and done there. The same workflow always gives the same picture, so it can be kept beside the workflow and its
changes reviewed.

It is Mermaid, which GitHub and many editors show in a block of code, or with --svg a picture for a browser or a slide: light
or dark as the reader prefers, with all texts and conditions where the pointer rests.

Exits with 2 where it could not run.`,
		Example: `  settle graph overdue-account
  settle graph overdue-account --svg --out overdue-account.svg
  settle graph lobby ./my-bank > lobby.mmd`,
		Args: cobra.RangeArgs(1, 2),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return directoriesOnly(nil, nil, "")
			}
			library, err := loadWorkflows("")
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return slices.Sorted(maps.Keys(library.All())), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 2 {
				dir = args[1]
			}
			drawn, err := draw(args[0], dir, asSVG)
			if err != nil {
				return wrongUsage(err)
			}
			if out == "" {
				_, err = io.WriteString(cmd.OutOrStdout(), drawn)
				return err
			}
			if err := os.WriteFile(out, []byte(drawn), 0o644); err != nil {
				return wrongUsage(fmt.Errorf("write the picture of workflow %s: %w", args[0], err))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asSVG, "svg", false, "an SVG picture, with its style inside")
	c.Flags().StringVar(&out, "out", "", "the file to write (default: the standard output)")
	_ = c.MarkFlagFilename("out", "mmd", "svg") // fails only where there is no such flag
	return c
}

// draw is the picture of one workflow of a directory, or of what is compiled in where dir is empty.
func draw(name, dir string, asSVG bool) (string, error) {
	library, err := loadWorkflows(dir)
	if err != nil {
		return "", err
	}
	w := library.Named(name)
	if w == nil {
		return "", fmt.Errorf("no workflow %q%s", name, didYouMean(name, slices.Collect(maps.Keys(library.All()))))
	}
	g := graph.Of(w)
	if asSVG {
		return graph.SVG(g, graph.Options{Standalone: true}), nil
	}
	return graph.Mermaid(g), nil
}
