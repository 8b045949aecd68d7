package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A document's fenced blocks are what its reader does, so a test does the same. A block is one of:
//
//	```sh                  commands, each after "$ " with what it prints below it; ... stands for any lines
//	```sh                  without "$ ": one script, of which only the exit code counts
//	<!-- until "TEXT": WHEN -->           the script below runs beside the rest, which waits until it has printed TEXT
//	<!-- file: NAME -->                   the block below is that file
//	<!-- append: NAME -->                 it is added at the end of the file
//	<!-- below "TEXT": NAME -->           it is added below the file's only line with TEXT
//	<!-- instead of "TEXT": NAME -->      it takes the place of that line
//	<!-- not run: WHY -->                 nothing is done with it
//
// A diagram (```mermaid) is none of them. Every other block is an error: what nobody runs goes stale.
type block struct {
	at     int // the line of its first line of content, from 0
	lang   string
	lines  []string
	action string // "", file, append, below, instead of, until, not run
	text   string // TEXT
	name   string // NAME, or WHY
}

var directive = regexp.MustCompile(`^<!-- (file|append|below|instead of|until|not run)(?: "([^"]+)")?: (.+) -->$`)

// blocksOf reads a document's blocks, in order, without its diagrams.
func blocksOf(document string) ([]block, error) {
	var all []block
	var open *block
	lines, before := strings.Split(document, "\n"), ""
	for i, line := range lines {
		fence := strings.HasPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{at: i + 1, lang: strings.TrimPrefix(line, "```")}
			if m := directive.FindStringSubmatch(before); m != nil {
				open.action, open.text, open.name = m[1], m[2], m[3]
				if takes := slices.Contains([]string{"below", "instead of", "until"}, open.action); takes != (open.text != "") {
					return nil, fmt.Errorf("line %d: %s: below, instead of and until take a text, the others none", i, before)
				}
			}
			before = ""
		case fence:
			if err := open.complete(); err != nil {
				return nil, err
			}
			if open.lang != "mermaid" {
				all = append(all, *open)
			}
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
		case strings.HasPrefix(line, "    "):
			return nil, fmt.Errorf("line %d: %q is a block without a fence: it can't be told what it is", i+1, line)
		case directive.MatchString(before) && line != "":
			return nil, fmt.Errorf("line %d: %q stands between %s and its block", i+1, line, before)
		case line != "":
			before = line
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block isn't closed", open.at)
	}
	return all, nil
}

// complete says whether it is known what to do with a block.
func (b *block) complete() error {
	if b.action == "" && b.lang != "sh" && b.lang != "mermaid" {
		return fmt.Errorf("line %d: nothing is done with this block: run it (```sh), make it a file, or say why not: <!-- not run: WHY -->", b.at)
	}
	return nil
}

// command is something typed in a shell, with what it must print.
type command struct {
	at       int // its line, from 0
	text     string
	prints   bool // the document shows what it prints
	from, to int  // the lines that show it: from is the first, to the one after the last
}

// commands are those of a block.
func (b *block) commands() []command {
	var all []command
	for i, line := range b.lines {
		if text, ok := strings.CutPrefix(line, "$ "); ok {
			if n := len(all); n > 0 {
				all[n-1].to = b.at + i
			}
			all = append(all, command{at: b.at + i, text: text, prints: true, from: b.at + i + 1})
		}
	}
	if n := len(all); n > 0 {
		all[n-1].to = b.at + len(b.lines)
		return all
	}
	return []command{{at: b.at, text: "set -e\n" + strings.Join(b.lines, "\n")}}
}

// matches says whether a command printed what the document shows. A line ... stands for any lines.
func matches(want, got []string) bool {
	for i, line := range want {
		if line == "..." {
			for n := 0; n <= len(got)-i; n++ {
				if matches(want[i+1:], got[i+n:]) {
					return true
				}
			}
			return false
		}
		if i >= len(got) || line != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

// printed are the lines of an output as a document shows them: no spaces at their ends, nothing empty at its end.
func printed(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
