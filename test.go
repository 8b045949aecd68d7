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
written there. Lines that a person writes begin at the margin; what the engine answers is indented:

  == A promise in one message
  given balance=1250.00
    > Acme Bank: Thandi, we have a message for you.
  < 1
    [hello -> menu]

--update writes what happens into the file: read the difference before you keep it.
Exits with 1 where a transcript differs, or covers less than every state, option and exception.`,
		Example: `  settle test
  settle test ./my-bank
  settle test --update ./my-bank && git diff`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			}
			if update && dir == "" {
				return errors.New("--update writes files: name the directory, as in settle test --update ./content")
			}
			return testWorkflows(cmd.Context(), dir, update, cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&update, "update", false, "write what happens into the transcripts")
	return c
}

// errTest says that a test has failed; what failed has been printed.
var errTest = errors.New("transcripts differ or don't cover everything")

func testWorkflows(ctx context.Context, dir string, update bool, out io.Writer) error {
	library, err := loadWorkflows(dir)
	if err != nil {
		return err
	}
	var tree fs.FS = content.FS
	if dir != "" {
		tree = os.DirFS(dir)
	}
	failed := false
	for _, name := range slices.Sorted(maps.Keys(library.All())) {
		file := "workflows/" + name + ".transcript"
		written, err := fs.ReadFile(tree, file)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(out, "%s: no transcript: write one beside the workflow, beginning with == and a title\n", name)
			failed = true
			continue
		}
		if err != nil {
			return err
		}
		w := library.Named(name)
		played, cover, err := play(ctx, library, w, file, string(written))
		if err != nil {
			return err
		}
		switch {
		case played == string(written):
		case update:
			if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte(played), 0o644); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s: written\n", file)
		default:
			failed = true
			fmt.Fprint(out, difference(file, string(written), played))
		}
		if !cover.print(out, name) {
			failed = true
		}
	}
	if failed {
		return errTest
	}
	return nil
}

// play replays a transcript and returns it as it should be written.
func play(ctx context.Context, library *fsm.Library, w *fsm.Workflow, file, written string) (string, *coverage, error) {
	cover := newCoverage(w)
	st, err := newStage(ctx, library, rehearsedStart)
	if err != nil {
		return "", nil, err
	}
	defer st.end()
	p := &player{stage: st, workflow: w, cover: cover}
	for i, line := range strings.Split(strings.TrimRight(written, "\n"), "\n") {
		if err := p.line(ctx, line); err != nil {
			return "", nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if err := p.begin(ctx); err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, err)
	}
	return p.out.String(), cover, nil
}

// player writes a transcript while it plays it.
type player struct {
	*stage
	workflow *fsm.Workflow
	cover    *coverage
	out      strings.Builder

	scene  bool
	given  map[string]string
	thread *thread
	done   int // changes printed
}

// line plays one line; what the engine answered last time is left out.
func (p *player) line(ctx context.Context, line string) error {
	switch {
	case strings.HasPrefix(line, "  ") || line == "  ":
		return nil
	case line == "" || strings.HasPrefix(line, "#"):
		p.out.WriteString(line + "\n")
		return nil
	case strings.HasPrefix(line, "== "):
		if err := p.begin(ctx); err != nil { // a scene of nothing but its first message
			return err
		}
		p.thread, p.scene, p.given = nil, true, make(map[string]string)
		p.out.WriteString(line + "\n")
		return nil
	case !p.scene:
		return errors.New("begin a scene with == and its title")
	case strings.HasPrefix(line, "given "):
		for _, pair := range strings.Fields(line)[1:] {
			k, v, ok := strings.Cut(pair, "=")
			if !ok || p.thread != nil {
				return errors.New("given: write name=value, before the first message of the scene")
			}
			p.given[k] = v
		}
		p.out.WriteString(line + "\n")
		return nil
	}
	early := strings.HasPrefix(line, "/next ") && p.thread == nil
	if early { // it is about the scene's own first lookups
		p.out.WriteString(line + "\n")
		return (&thread{stage: p.stage, workflow: p.workflow}).direct(ctx, line)
	}
	if err := p.begin(ctx); err != nil {
		return err
	}
	p.out.WriteString(line + "\n")
	var err error
	text, says := strings.CutPrefix(line, "< ")
	switch {
	case says:
		err = p.thread.says(ctx, text)
	case strings.HasPrefix(line, "/"):
		err = p.thread.direct(ctx, line)
	default:
		return fmt.Errorf("not a line of a transcript: it begins with ==, given, <, / or #")
	}
	if err != nil {
		return err
	}
	return p.happened(ctx)
}

// begin opens the scene's case, once.
func (p *player) begin(ctx context.Context) error {
	if !p.scene || p.thread != nil {
		return nil
	}
	t, err := p.open(ctx, p.workflow, p.given, "en")
	if err != nil {
		return err
	}
	p.thread = t
	return p.happened(ctx)
}

// happened writes what the last line led to.
func (p *player) happened(ctx context.Context) error {
	entries, err := p.thread.moves(ctx)
	if err != nil {
		return err
	}
	for _, m := range p.thread.heard() {
		fmt.Fprintf(&p.out, "  > %s\n", strings.ReplaceAll(m.Rendered.Text, "\n", "\n    "))
	}
	for _, a := range p.bank.fresh(p.done) {
		p.done++
		fmt.Fprintf(&p.out, "  = %s%s\n", a.operation, inWords(a.change.In))
	}
	from, path := "", []string{}
	for _, e := range entries {
		p.cover.entry(e)
		if e.Case != p.thread.caseID {
			continue
		}
		if len(path) == 0 {
			from = e.From
		}
		path = append(path, e.Path...)
	}
	if len(path) > 0 {
		if from != "" {
			path = append([]string{from}, path...)
		}
		fmt.Fprintf(&p.out, "  [%s]\n", strings.Join(slices.Compact(path), " -> "))
	}
	v, c, err := p.thread.view(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(path) == 0 && v.Ended == nil:
	case c.Handoff != nil && c.Handoff.Case == v.Case:
		fmt.Fprintf(&p.out, "  hand off to %s: %s\n", c.Handoff.Queue, c.Handoff.Reason)
	case v.Ended != nil && ended(entries, v.Case):
		fmt.Fprintf(&p.out, "  ended: %s\n", v.Outcome)
	}
	return nil
}

// ended says whether one of these entries ended the case.
func ended(entries []fsm.Entry, caseID string) bool {
	return slices.ContainsFunc(entries, func(e fsm.Entry) bool {
		return e.Case == caseID && slices.ContainsFunc(e.Because, func(b string) bool { return strings.HasPrefix(b, "ended: ") })
	})
}

func inWords(in map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(in)) {
		if k != "ref" {
			fmt.Fprintf(&b, " %s=%s", k, in[k])
		}
	}
	return b.String()
}
