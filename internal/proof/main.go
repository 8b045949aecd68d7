// Command proof runs what takes minutes and writes down what came out: every test with a long form (it reads SETTLE_PROOF),
// and every fuzzer. It finds both in the source, so a new one joins by itself.
//
//	go run ./internal/proof                        all of it, and docs/proof.md
//	go run ./internal/proof --only TestSimulation  one, or those of a package; nothing is written
//	go run ./internal/proof --list                 what there is
//
// It exits with 1 if anything failed. What a test shows is its comment; its figures are what it logs.
package main

import (
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
		if strings.Contains(s.Package+" "+s.Name, *only) {
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
	began := time.Now()
	results, failed := runAll(ctx, wanted, *fuzz)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("run %d suites: %w", len(wanted), err)
	}
	if *only == "" {
		p := page{Results: results, Began: began, Took: time.Since(began), Fuzz: *fuzz, Machine: machine(ctx), Commit: commit(ctx)}
		if err := os.WriteFile(*out, []byte(p.String()), 0o644); err != nil { //nolint:gosec // a page for everybody
			return fmt.Errorf("write %s: %w", *out, err)
		}
		fmt.Println(*out, "is written")
	}
	if failed {
		return errFailed
	}
	return nil
}

// runAll runs suites and says how each went. A test has the machine to itself; fuzzers, which need one processor each, run as
// many at once as there are.
func runAll(ctx context.Context, wanted []suite, fuzz time.Duration) (results []result, failed bool) {
	results = make([]result, len(wanted))
	var (
		wait sync.WaitGroup
		free = make(chan struct{}, runtime.NumCPU())
		mu   sync.Mutex
		done int
	)
	one := func(i int) {
		r := wanted[i].run(ctx, fuzz)
		if ctx.Err() != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		fmt.Printf("[%d/%d] %s %s %s, %s\n", done, len(wanted), r.Package, r.Name, r.verdict(), r.Took.Round(time.Second))
		for _, f := range r.Figures {
			fmt.Println("    " + f)
		}
		if !r.Passed {
			failed = true
			fmt.Println(r.Tail)
		}
		results[i] = r
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
	return results, failed
}
