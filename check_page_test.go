package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rivo/uniseg"
)

// A finding is shown with its line and a caret below the very character, whatever the line holds.
func TestPage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 150) + "X" + strings.Repeat("b", 150)
	for _, tc := range []struct {
		name, line string
		finding    finding
		want       string
	}{
		{"plain", "start: hallo", finding{Line: 1, Column: 8, Message: "there is no state", Hint: `did you mean "hello"?`},
			"w.yaml:1:8: there is no state\n    1 | start: hallo\n      |        ^\n      = did you mean \"hello\"?\n"},
		{"a tab", "a:\t\tX", finding{Line: 1, Column: 5, Message: "m"}, "w.yaml:1:5: m\n    1 | a:      X\n      |         ^\n"},
		{"wide characters", "標題: X", finding{Line: 1, Column: 5, Message: "m"}, "w.yaml:1:5: m\n    1 | 標題: X\n      |       ^\n"},
		{"an accent of its own", "e\u0301: X", finding{Line: 1, Column: 5, Message: "m"}, "w.yaml:1:5: m\n    1 | e\u0301: X\n      |    ^\n"},
		{"commands for the terminal", "a\x1b[2J\u202e: X", finding{Line: 1, Column: 9, Message: "m \x1b[31m"}, "w.yaml:1:9: m \uFFFD[31m\n    1 | a\uFFFD[2J\uFFFD: X\n      |         ^\n"},
		{"a line of Windows", "a: X\r", finding{Line: 1, Column: 4, Message: "m"}, "w.yaml:1:4: m\n    1 | a: X\n      |    ^\n"},
		{"after the end", "a:", finding{Line: 1, Column: 3, Message: "m"}, "w.yaml:1:3: m\n    1 | a:\n      |   ^\n"},
		{"a long line", long, finding{Line: 1, Column: 151, Message: "m"},
			"w.yaml:1:151: m\n    1 | …" + strings.Repeat("a", 75) + "X" + strings.Repeat("b", 23) + "…\n      | " + strings.Repeat(" ", 76) + "^\n"},
		{"the beginning of a long line", long, finding{Line: 1, Column: 2, Message: "m"}, "w.yaml:1:2: m\n    1 | " + strings.Repeat("a", 100) + "…\n      |  ^\n"},
		{"no such line", "a:", finding{Line: 7, Column: 1, Message: "m", Hint: "h"}, "w.yaml:7:1: m\n   = h\n"},
		{"no such column", "a:", finding{Line: 1, Column: 70, Message: "m"}, "w.yaml:1:70: m\n"},
		{"a whole file", "a:", finding{Message: "m"}, "w.yaml: m\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			tc.finding.File, tc.finding.path = "w.yaml", "w.yaml"
			p := newPage(&out, fstest.MapFS{"w.yaml": {Data: []byte(tc.line)}})
			p.finding(tc.finding)
			if got := out.String(); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// The colours are a terminal's alone, and change no character.
func TestPageColours(t *testing.T) {
	t.Parallel()
	var plain, coloured bytes.Buffer
	findings := []finding{{File: "w.yaml", path: "w.yaml", Line: 1, Column: 1, Message: "m", Hint: "h"}, {File: "w.yaml", path: "w.yaml", Line: 1, Column: 2, Severity: warning, Message: "n"}}
	source := fstest.MapFS{"w.yaml": {Data: []byte("ab")}}
	newPage(&plain, source).findings(findings)
	p := newPage(&coloured, source)
	p.colours = true
	p.findings(findings)
	if strings.Contains(plain.String(), "\x1b") {
		t.Errorf("what is no terminal got colours: %q", plain.String())
	}
	for _, colour := range []string{bold, red, yellow, cyan, dim} {
		if !strings.Contains(coloured.String(), colour) {
			t.Errorf("a terminal's page lacks colour %q: %q", colour, coloured.String())
		}
	}
	bare := coloured.String()
	for _, colour := range []string{bold, red, yellow, cyan, dim, plainly} {
		bare = strings.ReplaceAll(bare, colour, "")
	}
	if bare != plain.String() {
		t.Errorf("without its colours the page is %q, want %q", bare, plain.String())
	}
}

// Whatever a line holds, what is shown of it fits and the caret stands within it.
func FuzzExcerpt(f *testing.F) {
	for _, line := range []string{"", "a", "\t\t", "標題", strings.Repeat("標", 200), strings.Repeat("a\t", 100), "\x00\xff", "e\u0301\u0301", "👩‍👩‍👧"} {
		f.Add(line, 1)
		f.Add(line, len([]rune(line))+1)
	}
	f.Fuzz(func(t *testing.T, line string, column int) {
		if column < 1 || column > len([]rune(line))+1 {
			return
		}
		shown, before := excerpt(line, column)
		if w := uniseg.StringWidth(shown); w > widest+tabStop || before > w || before < 0 {
			t.Errorf("excerpt(%q, %d) = %q, %d columns, caret after %d: want at most %d, and the caret within", line, column, shown, w, before, widest+tabStop)
		}
	})
}

// check prints paths that open from where it runs, and errors apart from warnings.
func TestCheckDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := copyLobby(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "workflows", "draft.yml"), []byte("a: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := check(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := finding{File: filepath.Join(dir, "workflows", "draft.yml"), Severity: failure, Code: "ignored", Message: "is ignored: only files that end in .yaml are read",
		Hint: "call it draft.yaml", path: "workflows/draft.yml"}
	if len(r.Findings) != 1 || r.Findings[0] != want {
		t.Errorf("check found %+v, want %+v", r.Findings, want)
	}
	if len(r.Workflows) != 1 {
		t.Errorf("check read %d workflows, want the one that has the right name", len(r.Workflows))
	}
}
