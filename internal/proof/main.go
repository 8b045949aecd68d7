// Command proof runs what takes minutes and writes down what came out: every test with a long form (it reads SETTLE_PROOF),
// and every fuzzer. It finds both in the source, so a new one joins by itself.
//
//	go run ./internal/proof                        all of it, and docs/proof.md
//	go run ./internal/proof --only TestSimulation  one, or those of a package; nothing is written
//	go run ./internal/proof --list                 what there is
//
// A run that was cut short goes on from bin/proof.jsonl, where nothing has changed since: what has passed isn't run again.
// It exits with 1 if anything failed. What a test shows is its comment; its figures are what it logs.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1)
	}
}

var errFailed = errors.New("something failed: see above")

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	only := flags.String("only", "", "run what has this in its name or package; docs/proof.md stays as it is")
	list := flags.Bool("list", false, "list what would be run")
	fuzz := flags.Duration("fuzztime", time.Minute, "how long each fuzzer runs")
	out := flags.String("out", "docs/proof.md", "the page to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	suites, err := find(".")
	if err != nil {
		return err
	}
	var wanted []suite
	for _, s := range suites {
		if strings.Contains(s.key(), *only) {
			wanted = append(wanted, s)
		}
	}
	if len(wanted) == 0 {
		return fmt.Errorf("nothing has %q in its name or package: --list shows what there is", *only)
	}
	if *list {
		for _, s := range wanted {
			fmt.Printf("%-28s %s\n", s.Package, s.Name)
		}
		return nil
	}
	began, at := time.Now(), commit(ctx)
	before, err := openKept("bin/proof.jsonl", at, *fuzz)
	if err != nil {
		return err
	}
	results, err := runAll(ctx, wanted, before)
	if err != nil && !errors.Is(err, errFailed) {
		return err
	}
	if *only == "" {
		p := page{Results: results, Began: began, Fuzz: *fuzz, Machine: machine(ctx), Commit: at}
		if err := os.WriteFile(*out, []byte(p.String()), 0o644); err != nil { //nolint:gosec // a page for everybody
			return fmt.Errorf("write %s: %w", *out, err)
		}
		fmt.Println(*out, "is written")
	}
	return err
}

// runAll runs suites and says how each went. A test has the machine to itself; fuzzers, which need one processor each, run as
// many at once as there are. errFailed.
func runAll(ctx context.Context, wanted []suite, k *kept) (results []result, err error) {
	results = make([]result, len(wanted))
	var (
		wait sync.WaitGroup
		free = make(chan struct{}, runtime.NumCPU())
		mu   sync.Mutex
		done int
	)
	one := func(i int) {
		r, passed := k.have[wanted[i].key()]
		if !passed {
			r = wanted[i].run(ctx, k.fuzz)
		}
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			err = fmt.Errorf("run %s: %w", wanted[i].Name, ctx.Err())
			return
		}
		done++
		results[i] = r
		fmt.Printf("[%d/%d] %s %s, %s\n", done, len(wanted), r.key(), r.verdict(), r.Took.Round(time.Second))
		for _, f := range r.Figures {
			fmt.Println("    " + f)
		}
		if !r.Passed {
			fmt.Println(r.Tail)
			err = cmp.Or(err, errFailed)
		}
		if !passed {
			if cant := k.add(r); cant != nil {
				err = cant
			}
		}
	}
	for i, s := range wanted {
		if !s.Fuzz {
			one(i)
		}
	}
	for i, s := range wanted {
		if s.Fuzz {
			free <- struct{}{}
			wait.Go(func() {
				defer func() { <-free }()
				one(i)
			})
		}
	}
	wait.Wait()
	return results, err
}
