package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
)

func newCheckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Say what is wrong with the workflows, and how sure each place must be of who replies",
		Long: `Loads settle.yaml, the workflows, their fragments and their messages, and prints everything that is wrong with them, file by
file: names that aren't there, types that don't fit, texts that disclose. Of what loads it checks the structure: states that
nobody reaches or leaves, loops without a bound, commitments that nobody reads back, challenges that no customer can meet.
It follows every arrow and takes every condition as possible: what it says holds on some path, and it prints the shortest.

Then, for each workflow, the assurance that each state, outcome and exception needs. Nobody writes it: it follows from what
is shown there and from what is done there.

Exits with 1 where there are findings, with 2 where it could not run.`,
		Example: `  settle check
  settle check ./my-bank
  settle check --json ./my-bank | jq -r '.findings[] | "\(.file):\(.line) \(.code)"'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: directoriesOnly,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			r, err := check(dir)
			if err != nil {
				return err
			}
			print := r.print
			if asJSON {
				print = r.printJSON
			}
			if err := print(cmd.OutOrStdout()); err != nil {
				return err
			}
			if len(r.Findings) > 0 {
				return errCheck
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object with all findings and workflows")
	return c
}

// errCheck says that there are findings; they have been printed.
var errCheck = errors.New("there are findings")

// finding is one thing wrong, where it stands.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// place is a state, an outcome or an exception, with what it needs to know of who replies.
type place struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Needs string `json:"needs"`
}

// checked is one workflow as check sees it.
type checked struct {
	Name       string  `json:"name"`
	Version    string  `json:"version"`
	States     int     `json:"states"`
	Options    int     `json:"options"`
	Exceptions int     `json:"exceptions"`
	Outcomes   int     `json:"outcomes"`
	Places     []place `json:"places"`
}

// report is what check found.
type report struct {
	Findings  []finding `json:"findings"`
	Workflows []checked `json:"workflows"`
}

// check checks a directory, or what is compiled in. An error says that it could not.
func check(dir string) (report, error) {
	r := report{Findings: []finding{}, Workflows: []checked{}}
	bundles, err := readWorkflows(dir)
	if ps := config.Problems(nil); errors.As(err, &ps) {
		for _, p := range ps {
			r.Findings = append(r.Findings, finding{p.At.File, p.At.Line, p.At.Column, "settings", p.Message})
		}
		return r, nil
	}
	if err != nil {
		return r, err
	}
	library, err := fsm.LoadAll(bundles) // what loads is there, whatever else doesn't
	if err := r.add(err); err != nil {
		return r, err
	}
	for _, name := range slices.Sorted(maps.Keys(library.All())) {
		w := library.Named(name)
		if err := r.add(problemsOrNil(fsm.Check(w))); err != nil {
			return r, err
		}
		r.Workflows = append(r.Workflows, checkedOf(w))
	}
	return r, nil
}

// problemsOrNil is an error only where there are problems.
func problemsOrNil(ps fsm.Problems) error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// add adds problems; any other error is returned.
func (r *report) add(err error) error {
	var ps fsm.Problems
	if err != nil && !errors.As(err, &ps) {
		return err
	}
	for _, p := range ps {
		f := finding{p.At.File, p.At.Line, p.At.Column, p.Code, p.Message}
		if !slices.Contains(r.Findings, f) { // a fragment's is every workflow's that uses it
			r.Findings = append(r.Findings, f)
		}
	}
	return nil
}

func checkedOf(w *fsm.Workflow) checked {
	c := checked{Name: w.Name, Version: w.Hash, States: len(w.States), Exceptions: len(w.Exceptions), Outcomes: len(w.Outcomes)}
	states := slices.SortedFunc(maps.Values(w.States), func(a, b *fsm.State) int { return inFile(a.At, b.At) })
	for _, s := range states {
		c.Options += len(s.Options)
		c.Places = append(c.Places, place{s.Name, string(s.Kind), s.Needs.String()})
	}
	for _, name := range slices.Sorted(maps.Keys(w.Outcomes)) {
		c.Places = append(c.Places, place{name, "outcome", w.Outcomes[name].Needs.String()})
	}
	for _, name := range slices.Sorted(maps.Keys(w.Exceptions)) {
		c.Places = append(c.Places, place{name, "exception", w.Exceptions[name].Needs.String()})
	}
	return c
}

// inFile orders by where things stand: the workflow's own file first, as its author reads it.
func inFile(a, b fsm.Position) int {
	if a.File != b.File {
		return -strings.Compare(a.File, b.File)
	}
	return a.Line*1000 + a.Column - b.Line*1000 - b.Column
}

func (r report) printJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// print writes findings grouped by file, then a table for each workflow.
func (r report) print(out io.Writer) error {
	byFile := map[string][]finding{}
	for _, f := range r.Findings {
		byFile[f.File] = append(byFile[f.File], f)
	}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		fmt.Fprintf(out, "%s: %s\n", file, count(len(byFile[file]), "finding"))
		for _, f := range byFile[file] {
			fmt.Fprintf(out, "  %d:%d  %s: %s\n", f.Line, f.Column, f.Code, f.Message)
		}
		fmt.Fprintln(out)
	}
	for _, w := range r.Workflows {
		fmt.Fprintf(out, "%s %s: %s, %s, %s, %s\n", w.Name, w.Version, count(w.States, "state"), count(w.Options, "option"),
			count(w.Exceptions, "exception"), count(w.Outcomes, "outcome"))
		wide := 0
		for _, p := range w.Places {
			wide = max(wide, len(p.Name))
		}
		for _, p := range w.Places {
			fmt.Fprintf(out, "  %-*s  %-9s  %s\n", wide, p.Name, p.Kind, p.Needs)
		}
		fmt.Fprintln(out)
	}
	_, err := fmt.Fprintln(out, count(len(r.Findings), "finding"))
	return err
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
