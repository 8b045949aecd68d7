package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// kept are the results of a run that was cut short: the next one at the same commit goes on from there. A tree with changes
// that aren't committed keeps nothing, as nobody could say what was run.
type kept struct {
	path   string
	commit string
	fuzz   time.Duration
	have   map[string]result
}

// line is one result as it is kept.
type line struct {
	Commit string
	Fuzz   time.Duration
	Result result
}

// openKept reads what has passed at this commit, with fuzzers of this length.
func openKept(path, commit string, fuzz time.Duration) (*kept, error) {
	k := &kept{path: path, commit: commit, fuzz: fuzz, have: make(map[string]result)}
	if strings.Contains(commit, " ") { // not one commit alone
		k.path = ""
		return k, nil
	}
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the results so far: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if json.Unmarshal(lines.Bytes(), &l) == nil && l.Commit == commit && l.Fuzz == fuzz && l.Result.Passed { // a cut last line is none
			k.have[l.Result.key()] = l.Result
		}
	}
	return k, lines.Err()
}

// add keeps one result.
func (k *kept) add(r result) error {
	if k.path == "" {
		return nil
	}
	data, err := json.Marshal(line{k.commit, k.fuzz, r})
	if err != nil {
		return fmt.Errorf("keep a result: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o755); err != nil { //nolint:gosec // nothing secret
		return fmt.Errorf("keep a result: %w", err)
	}
	f, err := os.OpenFile(k.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644) //nolint:gosec // nothing secret
	if err != nil {
		return fmt.Errorf("keep a result: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("keep a result in %s: %w", k.path, err)
	}
	return nil
}

func (s suite) key() string { return s.Package + " " + s.Name }
