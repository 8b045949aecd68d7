package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// result is how a suite went.
type result struct {
	suite
	Passed  bool
	Took    time.Duration
	Figures []string
	Tail    string // the end of what it printed, where it failed
}

func (r result) verdict() string {
	if r.Passed {
		return "passed"
	}
	return "FAILED"
}

// longest is how long one suite may take: one that hangs must not hold the others up for ever.
const longest = "90m"

// args are what go is told to run a suite.
func (s suite) args(fuzz time.Duration) []string {
	if s.Fuzz {
		return []string{"test", "-run", "^$", "-fuzz", "^" + s.Name + "$", "-fuzztime", fuzz.String(), "-parallel", "1", "-timeout", longest, s.Package}
	}
	return []string{"test", "-count=1", "-v", "-run", "^" + s.Name + "$", "-timeout", longest, s.Package}
}

func (s suite) run(ctx context.Context, fuzz time.Duration) result {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", s.args(fuzz)...) //nolint:gosec // names found in our own source
	cmd.Env = append(os.Environ(), marker+"=1")
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err := cmd.Run()
	r := result{suite: s, Passed: err == nil, Took: time.Since(began), Figures: figures(out.String(), s.Fuzz)}
	if bytes.Contains(out.Bytes(), []byte("no tests to run")) || strings.Contains(out.String(), "--- SKIP: "+s.Name+" ") {
		r.Passed = false // what didn't run shows nothing
	}
	if !r.Passed {
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		r.Tail = strings.Join(lines[max(0, len(lines)-60):], "\n")
	}
	return r
}

// mark begins a logged line that is meant for the page; a test that marks none is shown with what it logs.
const mark = "FIGURES "

var (
	logged = regexp.MustCompile(`^\s+(?:\w+_test\.go:\d+: )(.+)$`)
	fuzzed = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)
)

const (
	mostFigures = 8
	widest      = 1500 // characters of one
)

// figures are what a suite has printed of itself.
func figures(out string, fuzz bool) (all []string) {
	if fuzz {
		found := fuzzed.FindAllStringSubmatch(out, -1)
		if len(found) == 0 {
			return nil
		}
		last := found[len(found)-1]
		return []string{last[1] + " inputs, of which " + last[3] + " reach something that no other does"}
	}
	var marked []string
	for line := range strings.Lines(out) {
		m := logged.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil || strings.HasPrefix(m[1], "{") { // a service's own log
			continue
		}
		text, isMarked := strings.CutPrefix(m[1], mark)
		if len(text) > widest {
			text = text[:widest] + " ..."
		}
		if isMarked {
			marked = append(marked, text)
		}
		all = append(all, text)
	}
	if len(marked) > 0 {
		return marked
	}
	return all[:min(len(all), mostFigures)]
}
