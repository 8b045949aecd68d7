package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/fsm"
)

func newCheckCommand() *cobra.Command {
	var asJSON bool
	var schema string
	c := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Say what is wrong with the workflows, and how sure each place must be of who replies",
		Long: `Loads settle.yaml, the workflows, their fragments and their messages, and prints everything that is wrong with them, file by
file and each with its line: names that aren't there, types that don't fit, texts that disclose. Of what loads it checks the
structure: states that nobody reaches or leaves, loops without a bound, commitments that nobody reads back, challenges that
no customer can meet. It follows every arrow and takes every condition as possible: what it says holds on some path, and it
prints the shortest. It warns of replies that a customer can't tell apart, and of labels that no button can show.

Then, for each workflow, the assurance that each state, outcome and exception needs. Nobody writes it: it follows from what
is shown there and from what is done there.

With --schema it prints a JSON Schema instead, with which an editor finds what is misspelt or misplaced while it is written:
for workflows, or with --schema=fragments or --schema=messages for those.

Exits with 1 where there are findings, with 2 where it could not run.`,
		Example: `  settle check
  settle check ./my-bank
  settle check --schema > workflow.schema.json
  settle check --json ./my-bank | jq -r '.findings[] | "\(.file):\(.line) \(.code)"'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: directoriesOnly,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			if schema != "" {
				return printSchema(cmd.OutOrStdout(), schema, dir)
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
	c.Flags().StringVar(&schema, "schema", "", "print the JSON Schema of a kind of file: "+strings.Join(fsm.FileKinds(), ", "))
	c.Flags().Lookup("schema").NoOptDefVal = "workflow"
	return c
}

func printSchema(out io.Writer, kind, dir string) error {
	if dir != "" {
		return wrongUsage(fmt.Errorf("a schema is the same for every directory: write --schema=KIND, one of %s, without %s", strings.Join(fsm.FileKinds(), ", "), dir))
	}
	data, err := fsm.FileSchema(kind)
	if err != nil {
		return wrongUsage(err)
	}
	_, err = out.Write(data)
	return err
}

// errCheck says that there are findings; they have been printed.
var errCheck = errors.New("there are findings")

// finding is one thing wrong, where it stands.
type finding struct {
	File     string   `json:"file"` // as seen from where the command runs
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"` // in characters, from 1
	Severity severity `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"` // what was expected, or probably meant

	path string // of the file, in the directory that is checked
}

// severity is whether the service runs all the same.
type severity string

const (
	failure severity = "error"   // it doesn't
	warning severity = "warning" // it does, and customers are served badly
)

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

	dir string
}

// check checks a directory, or what is compiled in. An error says that it could not.
func check(dir string) (report, error) {
	r := report{Findings: []finding{}, Workflows: []checked{}, dir: dir}
	bundles, err := readWorkflows(dir)
	if err != nil {
		var ps fsm.Problems
		if !errors.As(err, &ps) {
			return r, err
		}
		if bundles == nil { // without settings nothing that workflows rest on is known
			for i := range ps {
				ps[i].Code = "settings"
			}
		}
		r.add(ps, failure)
		if bundles == nil {
			return r, nil
		}
	}
	library, err := fsm.LoadAll(bundles) // what loads is there, whatever else doesn't
	var ps fsm.Problems
	if err != nil && !errors.As(err, &ps) {
		return r, err
	}
	r.add(ps, failure)
	for _, name := range slices.Sorted(maps.Keys(library.All())) {
		w := library.Named(name)
		r.add(fsm.Check(w), failure)
		r.add(fsm.Advise(w), warning)
		r.Workflows = append(r.Workflows, checkedOf(w))
	}
	return r, nil
}

// add adds problems.
func (r *report) add(ps fsm.Problems, s severity) {
	for _, p := range ps {
		path := filepath.ToSlash(p.At.File)
		if r.dir != "" {
			path = strings.TrimPrefix(path, filepath.ToSlash(filepath.Clean(r.dir))+"/") // settle.yaml's own come with the directory
		}
		f := finding{filepath.Join(r.dir, path), p.At.Line, p.At.Column, s, p.Code, p.Message, p.Hint, path}
		if !slices.Contains(r.Findings, f) { // a fragment's is every workflow's that uses it
			r.Findings = append(r.Findings, f)
		}
	}
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

// print writes a table for each workflow, then the findings, file by file: the last thing that is read is the one to act on.
func (r report) print(out io.Writer) error {
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
	newPage(out, filesOf(r.dir)).findings(r.Findings)
	_, err := fmt.Fprintln(out, r.summary())
	return err
}

// summary counts what was found: 3 findings (2 errors, 1 warning).
func (r report) summary() string {
	warnings := 0
	for _, f := range r.Findings {
		if f.Severity == warning {
			warnings++
		}
	}
	all := count(len(r.Findings), "finding")
	if warnings == 0 {
		return all
	}
	return fmt.Sprintf("%s (%s, %s)", all, count(len(r.Findings)-warnings, "error"), count(warnings, "warning"))
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
