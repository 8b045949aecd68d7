package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// page is docs/proof.md.
type page struct {
	Results []result
	Began   time.Time
	Fuzz    time.Duration
	Machine []string
	Commit  string
}

func (p page) String() string {
	var s strings.Builder
	failed, took := 0, time.Duration(0)
	for _, r := range p.Results {
		took += r.Took
		if !r.Passed {
			failed++
		}
	}
	fmt.Fprintf(&s, `# Proof

What takes minutes, run as a whole: every test with a long form, and every fuzzer for %s. Written by `+"`make proof`"+`; `+"`make test`"+`
has a short form of each. %d of %d passed.

| | |
|---|---|
| date | %s |
| commit | %s |
| command | `+"`make proof`"+` |
| suites took | %s |
`, p.Fuzz, len(p.Results)-failed, len(p.Results), p.Began.UTC().Format("2006-01-02 15:04 MST"), p.Commit, took.Round(time.Second))
	for _, m := range p.Machine {
		name, value, _ := strings.Cut(m, ": ")
		fmt.Fprintf(&s, "| %s | %s |\n", name, cell(value))
	}
	s.WriteString("\n## Suites\n\n| suite | what it shows | figures | time | result |\n|---|---|---|---|---|\n")
	p.rows(&s, false)
	s.WriteString("\n## Fuzzers\n\n| fuzzer | what it shows | figures | time | result |\n|---|---|---|---|---|\n")
	p.rows(&s, true)
	return s.String()
}

func (p page) rows(s *strings.Builder, fuzz bool) {
	for _, r := range p.Results {
		if r.Fuzz != fuzz {
			continue
		}
		fmt.Fprintf(s, "| `%s` %s | %s | %s | %s | %s |\n", strings.TrimPrefix(r.Package, "./"), r.Name, cell(r.Shows),
			cell(strings.Join(r.Figures, "<br>")), r.Took.Round(time.Second), r.verdict())
	}
}

// private are what a test may print and a page must not hold: paths of whoever ran it.
var private = regexp.MustCompile(`(?:/[\w.+-]+){2,}`)

// cell is a text in a table's cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(private.ReplaceAllString(text, "..."))
}

// machine says what it was run on. No name of a host or a user.
func machine(ctx context.Context) []string {
	all := []string{fmt.Sprintf("cores: %d, %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name"))}
	if kb, err := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 64); err == nil {
		all = append(all, fmt.Sprintf("memory: %.1f GiB", kb/(1<<20)))
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		all = append(all, "kernel: "+runtime.GOOS+" "+strings.TrimSpace(string(release)))
	}
	all = append(all, "Go: "+strings.TrimPrefix(runtime.Version(), "go"))
	if out, err := exec.CommandContext(ctx, "redis-server", "--version").Output(); err == nil {
		if version := regexp.MustCompile(`v=(\S+)`).FindSubmatch(out); version != nil {
			all = append(all, "Redis: "+string(version[1]))
		}
	}
	return all
}

// field is a value of a file of /proc, empty where there is none.
func field(path, name string) string {
	data, err := os.ReadFile(path) //nolint:gosec // one of two files of /proc
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// commit names what was run, and says where it wasn't committed.
func commit(ctx context.Context) string {
	head, err := exec.CommandContext(ctx, "git", "rev-parse", "HEAD").Output()
	if err != nil {
		return "not known"
	}
	name := strings.TrimSpace(string(head))
	changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output()
	if err != nil || len(changed) > 0 {
		name += ", with changes that aren't committed"
	}
	return name
}
