package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A test joins by reading the environment, itself or by what it calls; a fuzzer by its name.
func TestFind(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, filepath.Join(root, "a", "a_test.go"), `package a
// TestLong shows that
// it holds.
func TestLong(t *testing.T) { if much() { work() } }
func TestDirect(t *testing.T) { os.Getenv("SETTLE_PROOF") }
func TestShort(t *testing.T) { work() }
func FuzzRead(f *testing.F) {}
func work() {}
`)
	write(t, filepath.Join(root, "a", "b_test.go"), "package a\nfunc much() bool { return deeper() }\nfunc deeper() bool { return os.Getenv(\"SETTLE_PROOF\") == \"1\" }\n")
	write(t, filepath.Join(root, "b", "b_test.go"), "package b\nfunc TestOther(t *testing.T) { much() }\nfunc much() {}\n")
	write(t, filepath.Join(root, "testdata", "c_test.go"), "package c\nfunc FuzzNot(f *testing.F) {}\n")
	all, err := find(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []suite{
		{Package: "./a", Name: "TestDirect"},
		{Package: "./a", Name: "TestLong", Shows: "TestLong shows that it holds."},
		{Package: "./a", Name: "FuzzRead", Fuzz: true},
	}
	if !slices.Equal(all, want) {
		t.Errorf("find = %+v, want %+v", all, want)
	}
}

// This tree has what the page promises: the simulation, the kills, and a fuzzer for what comes from outside.
func TestFindHere(t *testing.T) {
	t.Parallel()
	all, err := find(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"./bot TestSimulation", "./bot TestKilledAtEveryPoint", "./fsm FuzzLoad", "./config FuzzLoad", "./channels/twilio FuzzReceive"} {
		if !slices.ContainsFunc(all, func(s suite) bool { return s.Package+" "+s.Name == want }) {
			t.Errorf("find finds no %s", want)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		out  string
		fuzz bool
		want []string
	}{
		"marked":   {"=== RUN TestX\n    a_test.go:1: chatter\n    a_test.go:2: FIGURES 5 kills\n", false, []string{"5 kills"}},
		"unmarked": {"    a_test.go:1: 5 kills\n    a_test.go:2: {\"level\":\"warn\"}\nok\n", false, []string{"5 kills"}},
		"fuzz": {"fuzz: elapsed: 3s, execs: 10 (3/sec), new interesting: 1 (total: 4)\nfuzz: elapsed: 6s, execs: 25 (5/sec), new interesting: 2 (total: 5)\nPASS\n", true,
			[]string{"25 inputs, of which 5 reach something that no other does"}},
		"nothing": {"ok\n", true, nil},
	} {
		if got := figures(tc.out, tc.fuzz); !slices.Equal(got, tc.want) {
			t.Errorf("%s: figures = %q, want %q", name, got, tc.want)
		}
	}
}

// A page holds no path of whoever ran it, and nothing that breaks its tables.
func TestPage(t *testing.T) {
	t.Parallel()
	p := page{
		Results: []result{
			{suite: suite{Package: "./bot", Name: "TestX", Shows: "It holds."}, Passed: true, Took: time.Minute, Figures: []string{"a | b in /home/somebody/x"}},
			{suite: suite{Package: "./fsm", Name: "FuzzX", Fuzz: true}, Took: time.Minute},
		},
		Fuzz: time.Minute, Commit: "abc", Machine: []string{"cores: 2, some"},
	}
	got := p.String()
	for _, want := range []string{"1 of 2 passed", "| `bot` TestX | It holds. | a \\| b in ... | 1m0s | passed |", "| `fsm` FuzzX |  |  | 1m0s | FAILED |", "| cores | 2, some |"} {
		if !strings.Contains(got, want) {
			t.Errorf("page lacks %q:\n%s", want, got)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A run that was cut short goes on at the same commit: what has passed isn't run again, what has failed is.
func TestKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bin", "proof.jsonl")
	open := func(commit string, fuzz time.Duration) *kept {
		t.Helper()
		k, err := openKept(path, commit, fuzz)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := open("abc", time.Minute)
	passed := result{suite: suite{Package: "./bot", Name: "TestX", Shows: "It holds."}, Passed: true, Took: time.Minute, Figures: []string{"5 kills"}}
	for _, r := range []result{passed, {suite: suite{Package: "./bot", Name: "TestY"}}} {
		if err := k.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := open("abc", time.Minute).have, map[string]result{"./bot TestX": passed}; !reflect.DeepEqual(got, want) {
		t.Errorf("kept %+v, want %+v", got, want)
	}
	for what, other := range map[string]*kept{
		"another commit": open("abd", time.Minute), "shorter fuzzing": open("abc", time.Second), "changes": open("abc, with changes that aren't committed", time.Minute),
	} {
		if len(other.have) != 0 {
			t.Errorf("%s: %d results are taken over, want none", what, len(other.have))
		}
	}
	dirty := open("abc, with changes that aren't committed", time.Minute)
	before, _ := os.ReadFile(path)
	if err := dirty.add(passed); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a result of changes that aren't committed is kept")
	}
}
