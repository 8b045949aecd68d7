package main

import (
	"os"
	"path/filepath"
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
