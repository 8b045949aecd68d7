// Settle turns a message into a finished case. This is the command line: it reads flags and the configuration and calls
// the packages that do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes, of every command.
const (
	exitFine   = 0
	exitFailed = 1 // it could not be done, or something is wrong with what was looked at
	exitUsage  = 2 // the command line makes no sense
)

func main() {
	collectRarely()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs one command line. The first SIGINT or SIGTERM asks it to end, the second ends it.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	return runContext(ctx, args, in, out, errOut)
}

func runContext(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root, begun := newRootCommand(in, out, errOut), false
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return exitFine
	case !begun || errors.Is(err, errUsage): // cobra refused the flags or the arguments
		fmt.Fprintf(errOut, "settle: %v\nSee: %s --help\n", err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(errOut, "settle: %v\n", err)
	return exitFailed
}

// errUsage marks an error of the command line that a command finds by itself.
var errUsage = errors.New("wrong usage")

func newRootCommand(in io.Reader, out, errOut io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "settle",
		Short: "Turns a message into a finished case",
		Long: `Settle turns a message into a finished case: a bank texts a customer, the customer proves who they are, sees only what
policy allows, does it inside the thread, and the system of record is updated.

Exit codes: 0 done, 1 it could not be done or something is wrong with what was looked at, 2 the command line makes no sense.`,
		Example: `  settle demo                          everything in one process, in the browser, nothing to install
  settle chat                          a customer's thread in the terminal
  settle keys new --out keyset.json    keys for a new deployment
  settle serve --config settle.yaml    the service`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version().Version,
	}
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetVersionTemplate("settle {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(commands()...)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  settle help serve"
		case "completion":
			c.Example = "  settle completion bash > /etc/bash_completion.d/settle"
			for _, shell := range c.Commands() {
				shell.Example = "  settle completion " + shell.Name()
			}
		}
	}
	return root
}
