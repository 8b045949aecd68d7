package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
)

// player writes a transcript while it plays it. Each scene has a stage of its own, so that none depends on another.
type player struct {
	load  func(variant string) (*fsm.Library, error)
	name  string // of the workflow
	cover *coverage
	out   bytes.Buffer

	scenes map[string]int // title -> line
	failed map[string]int // title -> line, of scenes that can't be played
	line   int
	began  int // the line of the scene's title
	given  map[string]string
	thread *thread
	header struct{ language, variant string }
	early  []string // lines about the scene's own first lookups
	before []string // lines of the scene that this one goes on from
	title  string
	lines  map[string][]string // what was done in each scene, with what it went on from
	muted  bool

	attempts int             // changes printed
	order    map[string]int  // effects in the order that they were wanted
	noted    map[string]bool // notes printed once a scene
}

func (p *player) end() {
	if p.thread != nil {
		p.thread.end()
		p.thread = nil
	}
}

// play plays one line; what the engine answered last time is left out.
func (p *player) play(ctx context.Context, line string) error {
	title, scene := strings.CutPrefix(line, titled)
	switch {
	case strings.HasPrefix(line, "  "):
		return nil
	case strings.HasPrefix(line, "#"):
		p.write(line)
		return nil
	case line == "":
		if err := p.begin(ctx); err != nil { // the first message stands above
			return err
		}
		p.write(line)
		return nil
	case scene:
		return p.scene(title, line)
	case p.began == 0:
		return errors.New("begin a scene with == and its title")
	}
	if err := p.done(ctx, line); err != nil {
		return err
	}
	if !strings.HasPrefix(line, "after ") { // that one is kept as the lines that it stands for
		p.lines[p.title] = append(p.lines[p.title], line)
	}
	return nil
}

// done does what one line of a scene says.
func (p *player) done(ctx context.Context, line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "after", "given", "variant", "language":
		if p.thread != nil {
			return fmt.Errorf("%s: write it before the first message of the scene", word)
		}
		p.write(line)
		return p.heading(word, strings.TrimSpace(rest))
	case "/next":
		if p.thread == nil && len(p.before) == 0 {
			p.write(line)
			p.early = append(p.early, line)
			return nil
		}
	}
	if err := p.begin(ctx); err != nil {
		return err
	}
	p.write(line)
	return p.act(ctx, word, rest, line)
}

// act plays a line that the customer types, or a direction.
func (p *player) act(ctx context.Context, word, rest, line string) error {
	var err error
	switch {
	case word == "<" && strings.TrimSpace(rest) != "":
		err = p.thread.says(ctx, rest)
	case strings.HasPrefix(word, "/"):
		err = p.thread.direct(ctx, line)
	default:
		return fmt.Errorf("%q isn't a line of a transcript: they begin with ==, after, given, variant, language, <, / or #, and the engine's with two spaces", word)
	}
	if err != nil {
		return err
	}
	if word == "/clock" {
		now, err := p.thread.store.Now(ctx)
		if err != nil {
			return err
		}
		p.write(now.UTC().Format("  (until Mon 2 Jan 2006, 15:04 UTC)"))
	}
	return p.happened(ctx)
}

func (p *player) write(line string) {
	if !p.muted {
		p.out.WriteString(line + "\n")
	}
}

// scene begins a scene.
func (p *player) scene(title, line string) error {
	if at := p.scenes[title]; at > 0 {
		return fmt.Errorf("scene %q is already written at line %d: give it a title of its own", title, at)
	}
	p.scenes[title], p.began, p.title = p.line, p.line, title
	p.given, p.early, p.before, p.attempts = map[string]string{}, nil, nil, 0
	p.header.language, p.header.variant = "en", ""
	p.order, p.noted = map[string]int{}, map[string]bool{}
	p.write(line)
	return nil
}

// heading is a line before a scene's first message.
func (p *player) heading(word, rest string) error {
	switch {
	case rest == "":
		return fmt.Errorf("%s: what?", word)
	case word == "after":
		return p.after(rest)
	case word == "language":
		p.header.language = rest
		return nil
	case word == "variant":
		p.header.variant = rest
		return nil
	}
	pairs := strings.Fields(rest)
	if strings.Count(rest, "=") == 1 {
		pairs = []string{rest} // one fact may have spaces in its value
	}
	for _, pair := range pairs {
		k, v, ok := strings.Cut(pair, "=")
		if !ok {
			return fmt.Errorf("given %s: write name=value, one a line where a value has spaces", pair)
		}
		if err := given(p.cover.workflow, k, v); err != nil {
			return err
		}
		p.given[k] = v
	}
	return nil
}

// after goes on from an earlier scene, whose lines are played again and not written again.
func (p *player) after(title string) error {
	if p.scenes[title] == 0 || title == p.title {
		var earlier []string
		for t := range p.scenes {
			if t != p.title {
				earlier = append(earlier, t)
			}
		}
		return fmt.Errorf("after %s: no earlier scene has that title%s", title, didYouMean(title, earlier))
	}
	if at := p.failed[title]; at > 0 {
		return fmt.Errorf("after %s: that scene can't be played, see line %d", title, at)
	}
	if len(p.lines[p.title]) > 0 {
		return errors.New("after: write it as the scene's first line")
	}
	p.lines[p.title] = slices.Clone(p.lines[title])
	for _, line := range p.lines[title] {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == "given" || word == "variant" || word == "language":
			if err := p.heading(word, rest); err != nil {
				return err
			}
		case word == "/next" && len(p.before) == 0:
			p.early = append(p.early, line)
		default:
			p.before = append(p.before, line)
		}
	}
	return nil
}

// begin opens the scene's case, once.
func (p *player) begin(ctx context.Context) error {
	if p.began == 0 || p.thread != nil {
		return nil
	}
	library, err := p.load(p.header.variant)
	if err != nil {
		return err
	}
	w := library.Named(p.name)
	if w.Texts[p.header.language] == nil {
		return fmt.Errorf("workflow %s has no texts in language %q%s", w.Name, p.header.language, didYouMean(p.header.language, slices.Collect(maps.Keys(w.Texts))))
	}
	st, err := newStage(ctx, library, rehearsedStart, true)
	if err != nil {
		return err
	}
	p.thread = &thread{stage: st, workflow: w}
	for _, line := range p.early {
		if err := p.thread.direct(ctx, line); err != nil {
			return err
		}
	}
	t, err := st.open(ctx, w, p.given, p.header.language)
	if err != nil {
		return err
	}
	p.thread = t
	p.muted = len(p.before) > 0
	defer func() { p.muted = false }()
	if err := p.happened(ctx); err != nil {
		return err
	}
	for _, line := range p.before {
		word, rest, _ := strings.Cut(line, " ")
		if err := p.act(ctx, word, rest, line); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	clear(p.noted)
	return nil
}
