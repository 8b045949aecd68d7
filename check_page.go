package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// findingPage prints findings as a person reads them: each with its line, and a caret under the column.
type findingPage struct {
	out     io.Writer
	colours bool
	source  fs.FS               // where the files are; nil where nothing can be shown
	lines   map[string][]string // of the files that have been read
}

func newPage(out io.Writer, source fs.FS) *findingPage {
	screen, ok := out.(*os.File)
	return &findingPage{out: out, source: source, lines: map[string][]string{},
		colours: ok && isTerminal(screen) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// The colours of a page, beside those of a thread.
const bold, red, yellow = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m"

func (p *findingPage) paint(colour, s string) string {
	if !p.colours || s == "" {
		return s
	}
	return colour + s + plainly
}

// findings prints all findings, file by file.
func (p *findingPage) findings(all []finding) {
	byFile := map[string][]finding{}
	for _, f := range all {
		byFile[f.File] = append(byFile[f.File], f)
	}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		fmt.Fprintf(p.out, "%s\n", p.paint(dim, printable(file)+": "+count(len(byFile[file]), "finding")))
		for _, f := range byFile[file] {
			p.finding(f)
		}
		fmt.Fprintln(p.out)
	}
}

func (p *findingPage) finding(f finding) {
	colour := red
	if f.Severity == warning {
		colour = yellow
	}
	fmt.Fprintf(p.out, "%s %s\n", p.paint(bold, printable(f.where())+":"), p.paint(colour, printable(f.Message)))
	margin := "  "
	if line, ok := p.line(f); ok {
		shown, before := excerpt(line, f.Column)
		number := fmt.Sprintf("%5d", f.Line)
		margin = strings.Repeat(" ", len(number))
		fmt.Fprintf(p.out, "%s %s\n", p.paint(dim, number+" |"), shown)
		fmt.Fprintf(p.out, "%s %s%s\n", p.paint(dim, margin+" |"), strings.Repeat(" ", before), p.paint(colour, "^"))
	}
	if f.Hint != "" {
		fmt.Fprintf(p.out, "%s = %s\n", margin, p.paint(cyan, printable(f.Hint)))
	}
}

// where is file:line:column, as editors and terminals follow it.
func (f finding) where() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// line is the line of a finding, where it can be read and has the column.
func (p *findingPage) line(f finding) (string, bool) {
	lines, ok := p.lines[f.path]
	if !ok && p.source != nil {
		data, err := fs.ReadFile(p.source, f.path)
		if err == nil && len(data) <= maxShown {
			lines = strings.Split(string(data), "\n")
		}
		p.lines[f.path] = lines
	}
	if f.Line < 1 || f.Line > len(lines) {
		return "", false
	}
	line := strings.TrimRight(lines[f.Line-1], "\r")
	return line, f.Column >= 1 && f.Column <= len([]rune(line))+1
}

// What a page shows: files no larger than those that are loaded, and so much of a line that a terminal doesn't break it.
const (
	maxShown = 256 << 10
	tabStop  = 4
	widest   = 100
)

// excerpt is a line as it can be shown, and how many columns of the terminal come before the rune that column counts: tabs
// are made spaces, characters may be two columns wide, and a long line is cut around the place.
func excerpt(line string, column int) (shown string, before int) {
	runes := []rune(line)
	head := expand(string(runes[:column-1]), 0)
	tail := expand(string(runes[column-1:]), uniseg.StringWidth(head))
	before = uniseg.StringWidth(head)
	if cut := before - widest*3/4; cut > 0 && before+uniseg.StringWidth(tail) > widest {
		head = "…" + tailOf(head, before-cut)
		before = uniseg.StringWidth(head)
	}
	if whole := headOf(tail, widest-before); whole != tail {
		tail = whole + "…"
	}
	return head + tail, before
}

// expand makes tabs spaces up to the next stop, and what would move the terminal's cursor a mark.
func expand(s string, at int) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' {
			n := tabStop - (at+uniseg.StringWidth(b.String()))%tabStop
			b.WriteString(strings.Repeat(" ", n))
			continue
		}
		b.WriteString(printable(string(r)))
	}
	return b.String()
}

// headOf is as much from the beginning of s as fits into so many columns.
func headOf(s string, columns int) string {
	end, used := 0, 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used += g.Width(); used > columns {
			return s[:end]
		}
		_, end = g.Positions()
	}
	return s
}

// tailOf is as much from the end of s as fits into so many columns.
func tailOf(s string, columns int) string {
	over := uniseg.StringWidth(s) - columns
	if over <= 0 {
		return s
	}
	kept := headOf(s, over)
	return s[len(kept):]
}

// printable keeps what a file holds from commanding the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
