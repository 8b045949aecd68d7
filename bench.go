package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bench"
)

// errAim says that a figure is worse than it should be; which one has been printed.
var errAim = errors.New("an aim was missed")

func newBenchCommand() *cobra.Command {
	var (
		o       benchOptions
		profile string
	)
	c := &cobra.Command{
		Use:   "bench [" + strings.Join(benchNames(), "|") + "]",
		Short: "Measure what a message, a step and a waiting conversation cost on this machine",
		Long: `Measures the real service on a real Redis, with a load generator in this process:

  webhook   signed messages in, durable commit, 200 out, a second; beside a bare handler that makes the same two round trips and
            nothing else, in turns in the same run; beside redis-benchmark with the same commit
  reply     from a message that comes in to its reply handed to the provider, at half of what is possible
  step      nanoseconds and allocations of one event, by workflow
  memory    bytes in Redis for one waiting conversation
  growth    the time of a webhook as conversations become more

Generator, service and Redis share the machine's cores, so read ratios. Each measurement has an empty Redis: one of its own in a
temporary directory, as serve would start it, or that of --redis, which must be empty and is emptied again.

Progress goes to standard error. --json prints one object a line, with "bench" and the figures.
Exits with 0 where figures were printed, with 1 where --strict was given and an aim was missed, with 2 where it could not run
or a run is void.`,
		Example: `  settle bench
  settle bench webhook --for 10s
  settle bench --json --strict webhook | jq .ratio
  settle bench growth --conversations 1000000
  settle bench memory --redis redis://localhost:6380`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: benchNames(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return wrongUsage(err)
			}
			o.progress = cmd.ErrOrStderr()
			if profile != "" {
				f, err := os.Create(profile)
				if err != nil {
					return wrongUsage(fmt.Errorf("write a profile: %w", err))
				}
				defer func() { _ = f.Close() }()
				o.profile = f
			}
			names := args
			if len(names) == 0 {
				names = benchNames()
			}
			var missed error
			for _, name := range names {
				f, err := o.measure(cmd.Context(), name)
				if err != nil {
					return wrongUsage(fmt.Errorf("bench %s: %w", name, err)) // the exit code is 2
				}
				if err := o.report(cmd.OutOrStdout(), name, f); errors.Is(err, errAim) {
					missed = err // the others are measured all the same
				} else if err != nil {
					return err
				}
			}
			return missed
		},
	}
	c.Flags().BoolVar(&o.asJSON, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&o.strict, "strict", false, "exit with 1 where an aim is missed")
	c.Flags().StringVar(&o.redis, "redis", "", "an empty Redis to use, as redis://HOST:PORT (default: one of its own)")
	c.Flags().DurationVar(&o.duration, "for", 5*time.Second, "how long each thing is measured")
	c.Flags().IntVar(&o.connections, "connections", 64, "how many connections send at once")
	c.Flags().IntVar(&o.conversations, "conversations", 0, "at most so many conversations in one measurement (default: as many as it needs)")
	c.Flags().StringVar(&profile, "profile", "", "write a CPU profile of webhook's turns to this file, for go tool pprof")
	return c
}

// benchOptions are the command's flags.
type benchOptions struct {
	redis                      string
	duration                   time.Duration
	connections, conversations int
	asJSON, strict             bool
	progress                   io.Writer
	profile                    io.Writer // nil: none is taken
}

func (o benchOptions) check() error {
	switch {
	case o.duration < 10*time.Millisecond || o.duration > time.Hour:
		return errors.New("--for: give 10ms to 1h")
	case o.connections < 1 || o.connections > 1000:
		return errors.New("--connections: give 1 to 1000")
	case o.conversations != 0 && (o.conversations < 100 || o.conversations > 5_000_000):
		return errors.New("--conversations: give 100 to 5000000")
	}
	return nil
}

// measurements are in the order in which they are made and printed.
var measurements = []struct {
	name    string
	measure func(context.Context, bench.Options) (bench.Figures, error)
}{
	{"webhook", figures(bench.MeasureWebhook)},
	{"reply", figures(bench.MeasureReply)},
	{"step", measureStep},
	{"memory", figures(bench.MeasureMemory)},
	{"growth", figures(bench.MeasureGrowth)},
}

func figures[F bench.Figures](measure func(context.Context, bench.Options) (F, error)) func(context.Context, bench.Options) (bench.Figures, error) {
	return func(ctx context.Context, o bench.Options) (bench.Figures, error) { return measure(ctx, o) }
}

func benchNames() (names []string) {
	for _, m := range measurements {
		names = append(names, m.name)
	}
	return names
}

func (o benchOptions) measure(ctx context.Context, name string) (bench.Figures, error) {
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	for _, m := range measurements {
		if m.name == name {
			return m.measure(ctx, options)
		}
	}
	return nil, fmt.Errorf("there is no such measurement: one of %s", strings.Join(benchNames(), ", "))
}

// report prints figures, and on progress which aims they miss. errAim where that is an error.
func (o benchOptions) report(out io.Writer, name string, f bench.Figures) error {
	if err := printFigures(out, name, f, o.asJSON); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	var missed error
	for _, a := range f.Aims() {
		if !a.Met {
			fmt.Fprintf(o.progress, "Missed: %s\n", a.What)
			if o.strict {
				missed = errAim
			}
		}
	}
	return missed
}

// printFigures prints a table for people, or an object for programs.
func printFigures(out io.Writer, name string, f bench.Figures, asJSON bool) error {
	if asJSON {
		plain, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "{\"bench\":%q,%s\n", name, plain[1:])
		return err
	}
	if _, err := fmt.Fprintf(out, "%s\n", name); err != nil {
		return err
	}
	for _, r := range f.Rows() {
		if _, err := fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %-44s %14s  %s", r.What, r.Figure, bar(r.Of)), " ")); err != nil {
			return err
		}
	}
	for _, a := range f.Aims() {
		met := "met"
		if !a.Met {
			met = "missed"
		}
		if _, err := fmt.Fprintf(out, "  aim %s: %s\n", a.What, met); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}

// bar is a picture of a share.
func bar(of float64) string { return strings.Repeat("#", int(20*min(max(of, 0), 1)+.5)) }
