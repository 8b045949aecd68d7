package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/bench"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// benchKeys are the figures that scripts may rest on.
var benchKeys = map[string][]string{
	"webhook": {
		"bare_busy", "bare_cpu_us", "bare_p50_ms", "bare_p99_ms", "bare_per_s", "bare_pipelined_per_s", "bare_pooled_per_s", "bare_redis_cpu_us",
		"bare_to_redis", "bench", "check", "commit_bytes", "connections", "fsync", "messages", "p50_ms", "p99_ms", "ratio",
		"redis_benchmark_per_s", "replying_p50_ms", "replying_p99_ms", "replying_per_s", "seconds", "webhook_cpu_us", "webhook_per_s",
		"webhook_redis_cpu_us",
	},
	"reply": {
		"bench", "maximum_per_s", "messages", "rate_per_s", "reached_per_s", "reply_p50_ms", "reply_p99_ms", "unreplied",
		"webhook_p50_ms", "webhook_p99_ms",
	},
	"memory": {"bench", "by_kind", "bytes", "bytes_with_history", "conversations", "document_bytes"},
	"growth": {"bench", "levels", "ratio"},
}

// benchProcess runs bench as a process of its own, whose temporary directory is dir.
func benchProcess(t *testing.T, dir string, args ...string) (code int, out, errOut string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	c := exec.CommandContext(t.Context(), self, append([]string{"bench"}, args...)...)
	c.Args[0], c.Stdout, c.Stderr = "settle", &o, &e // under this name the test's own binary is the program: see TestMain
	c.Env = append(os.Environ(), "TMPDIR="+dir, "PATH="+onlyRedis(t))
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

// onlyRedis is a PATH with redis-server alone: a tenth of a second is too short to be compared with redis-benchmark.
func onlyRedis(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		storetest.Redis(t) // says what is missing
	}
	dir := t.TempDir()
	if err := os.Symlink(path, filepath.Join(dir, "redis-server")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each measurement in its shortest form: every figure is there under its name, and nothing stays behind.
func TestBenchPrintsFigures(t *testing.T) {
	t.Parallel()
	for name, keys := range benchKeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "b") // short: a socket's path has room for some 100 bytes only
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			code, out, errOut := benchProcess(t, dir, name, "--json", "--for", "100ms", "--conversations", "200", "--connections", "4")
			if code != exitFine {
				t.Fatalf("bench %s exits with %d:\n%s", name, code, errOut)
			}
			var got map[string]any
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("bench %s --json prints\n%s\nno object: %v", name, out, err)
			}
			if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(got))); diff != "" {
				t.Errorf("figures (-want +got):\n%s", diff)
			}
			for key, v := range got {
				if n, ok := v.(float64); ok && n <= 0 && key != "unreplied" && key != "redis_benchmark_per_s" && key != "bare_to_redis" && !strings.HasSuffix(key, "redis_cpu_us") {
					t.Errorf("%s is %v, want more than nothing", key, n)
				}
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if lines := processesWith(t, dir); lines != "" {
				t.Errorf("left running: %s", lines)
			}
		})
	}
}

// processesWith are the command lines that name a directory.
func processesWith(t *testing.T, dir string) (lines string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if line, err := os.ReadFile(f); err == nil && bytes.Contains(line, []byte(dir)) { // it may end meanwhile
			lines += strings.ReplaceAll(string(line), "\x00", " ") + "\n"
		}
	}
	return lines
}

func TestBenchRefuses(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	server.Open(t, store.Options{Keyset: storetest.Keyset(t)})
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"an unknown measurement":  {[]string{"nonsense"}, "nonsense"},
		"two":                     {[]string{"webhook", "reply"}, "at most 1"},
		"no time":                 {[]string{"webhook", "--for", "0s"}, "--for"},
		"no connection":           {[]string{"webhook", "--connections", "0"}, "--connections"},
		"hardly any conversation": {[]string{"webhook", "--conversations", "3"}, "--conversations"},
		"a Redis in use":          {[]string{"memory", "--redis", server.URL()}, "isn't empty"},
		"no Redis":                {[]string{"memory", "--redis", "redis://127.0.0.1:1"}, "open Redis"},
		"a profile nowhere":       {[]string{"webhook", "--profile", filepath.Join(t.TempDir(), "none", "p")}, "write a profile"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errOut := settle(t, append([]string{"bench"}, tc.args...)...)
			if code != exitUsage || !strings.Contains(errOut, tc.says) || out != "" {
				t.Errorf("bench %v = %d, %q, %q, want %d, nothing and %q", tc.args, code, out, errOut, exitUsage, tc.says)
			}
		})
	}
}

func TestBenchWithoutARedis(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if code, _, errOut := settle(t, "bench", "memory"); code != exitUsage || !strings.Contains(errOut, "apt-get install redis-server") {
		t.Errorf("bench without a Redis = %d, %q, want %d and what to install", code, errOut, exitUsage)
	}
}

// aims are figures that are as they should be, or not.
type aims bool

func (a aims) Rows() []bench.Row { return []bench.Row{{What: "speed", Figure: "3 /s", Of: .5}} }
func (a aims) Aims() []bench.Aim { return []bench.Aim{{What: "faster", Met: bool(a)}} }

func TestBenchAims(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		met, strict bool
		want        error
		says        string
	}{
		{true, false, nil, ""}, {true, true, nil, ""},
		{false, false, nil, "Missed: faster\n"}, {false, true, errAim, "Missed: faster\n"},
	} {
		var out, errOut bytes.Buffer
		o := benchOptions{strict: tc.strict, progress: &errOut}
		err := o.report(&out, "x", aims(tc.met))
		if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) || errOut.String() != tc.says {
			t.Errorf("aim met %v, strict %v: %v, says %q, want %v, %q", tc.met, tc.strict, err, errOut.String(), tc.want, tc.says)
		}
		if got := out.String(); !strings.Contains(got, "speed") || !strings.Contains(got, "3 /s") || !strings.Contains(got, "##########\n") {
			t.Errorf("the table is\n%s\nwant the figure and a bar of half its length", got)
		}
	}
}

// The events of a transcript are those of its journal, each with what it was stepped from.
func TestBenchStepsTranscripts(t *testing.T) {
	t.Parallel()
	load := rehearsals("")
	library, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	events, err := happenedIn(t.Context(), load, library.Named("lobby"))
	if err != nil {
		t.Fatal(err)
	}
	if len(events) < 10 {
		t.Fatalf("%d events in the lobby's transcript, want all that happens", len(events))
	}
	o := bench.Options{For: 20 * time.Millisecond, Progress: &bytes.Buffer{}}
	s, err := bench.MeasureStep(t.Context(), o, []bench.Workflow{{Name: "lobby", Events: events}})
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Workflows[0]; c.Ns <= 0 || c.Allocs <= 0 || c.Bytes <= 0 || c.Events != len(events) || s.Ns != c.Ns {
		t.Errorf("cost of a step = %+v, want all of it", s)
	}
	if _, err := bench.MeasureStep(t.Context(), o, []bench.Workflow{{Name: "none"}}); !errors.Is(err, bench.ErrVoid) {
		t.Errorf("a workflow in which nothing happens: %v, want %v", err, bench.ErrVoid)
	}
}
