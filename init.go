package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/starter"
)

func newInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Begin a project of your own: a workflow, its transcript, its texts",
		Long: `Writes a small project into a new or empty directory: a payment reminder as a workflow, the transcript that tests it, its
texts, settle.yaml and a README that says what to do next. It writes all of it or nothing, and never over anything.

Exits with 1 where it could not write, with 2 where the directory is taken.`,
		Example: `  settle init my-bank
  settle init my-bank && settle test my-bank`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: directoriesOnly,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := starter.Write(args[0])
			if errors.Is(err, starter.ErrTaken) {
				return wrongUsage(err)
			}
			if err != nil {
				return err
			}
			return printProject(cmd.OutOrStdout(), args[0], files)
		},
	}
}

// printProject says what was written and what to try next.
func printProject(out io.Writer, dir string, files []string) error {
	fmt.Fprintf(out, "%s: %s written\n", dir, count(len(files), "file"))
	for _, name := range files {
		fmt.Fprintf(out, "  %s\n", name)
	}
	_, err := fmt.Fprintf(out, `
Next:
  settle chat --dir %[1]s      be the customer; 14 march 2196 is who you are
  settle test %[1]s            replay its transcript
  settle check %[1]s           what each state must know of the customer
  %[1]s/README.md              what comes then
`, dir)
	return err
}
