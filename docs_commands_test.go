package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// generated says of a page who writes it.
const generated = "<!-- Written by a test from the program: go test -run TestPages -update . -->\n\n"

// TestPages compares the pages that are made of the program with those that are there.
func TestPages(t *testing.T) {
	t.Parallel()
	for path, page := range map[string]func(*testing.T) string{
		"docs/commands.md": commandsPage, "docs/language.md": languagePage, "docs/configuration.md": configurationPage,
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got := generated + page(t)
			if *updateDocs {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s isn't what the program says; go test -run TestPages -update . writes it (-want +got):\n%s", path, diff)
			}
		})
	}
}

// commandsPage has a section for each command, in the order of the help.
func commandsPage(*testing.T) string {
	var page bytes.Buffer
	page.WriteString("# Commands\n\nWhat `settle help COMMAND` says, on one page.\n")
	eachCommand(newRootCommand(strings.NewReader(""), io.Discard, io.Discard), func(c *cobra.Command) {
		if c.Name() == "help" || c.HasParent() && c.Parent().Name() == "completion" { // as long as the others together, and cobra's own
			return
		}
		fmt.Fprintf(&page, "\n## %s\n\n%s.\n", c.CommandPath(), c.Short)
		if c.Long != "" {
			fmt.Fprintf(&page, "\n%s", fenced(c.Long))
		}
		c.InitDefaultHelpFlag()
		c.InheritedFlags() // cobra puts together what the parents bring
		fmt.Fprintf(&page, "\n%s", fenced(c.UseLine()+"\n\n"+undented(c.Example)+"\n\n"+c.Flags().FlagUsages()))
	})
	return page.String()
}

func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		eachCommand(sub, do)
	}
}

func fenced(text string) string { return "```text\n" + strings.TrimSpace(text) + "\n```\n" }

func undented(example string) string {
	return strings.TrimPrefix(strings.ReplaceAll(example, "\n  ", "\n"), "  ")
}

// cell is a text as it may stand in a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

var (
	inlineCode = regexp.MustCompile("`([^`\n]+)`")
	typedHere  = regexp.MustCompile(`(?:^|[|&] )\s*(?:go run \.|(?:\./|\.\./)?settle)((?: +[^|>;&#` + "`" + `]+)?)`)
)

// TestDocumentsNameWhatExists: every command that a document or a help text names is one, with the flags that it has.
func TestDocumentsNameWhatExists(t *testing.T) {
	t.Parallel()
	root := newRootCommand(strings.NewReader(""), io.Discard, io.Discard)
	named := 0
	check := func(where, code string) {
		m := typedHere.FindStringSubmatch(code)
		if m == nil {
			return
		}
		named++
		if err := exists(root, strings.Fields(m[1])); err != nil {
			t.Errorf("%s: %q: %v", where, code, err)
		}
	}
	for path := range marked {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			where := fmt.Sprintf("%s:%d", path, i+1)
			for _, m := range inlineCode.FindAllStringSubmatch(line, -1) {
				check(where, m[1])
			}
		}
		blocks, err := blocksOf(string(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, b := range blocks {
			if b.lang != "sh" || b.action != "not run" {
				continue
			}
			for i, line := range b.lines {
				check(fmt.Sprintf("%s:%d", path, b.at+i+1), line)
			}
		}
	}
	eachCommand(root, func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			check(c.CommandPath()+"'s example", line)
		}
	})
	if named < 60 {
		t.Errorf("%d commands are named, want 60 at least: they aren't found any more", named)
	}
}

// exists says what of a command line isn't there.
func exists(root *cobra.Command, words []string) error {
	c, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if len(rest) > 0 && c.HasSubCommands() && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("%s has no command %q", c.CommandPath(), rest[0])
	}
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	c.InheritedFlags()
	for _, word := range words {
		name, long := strings.CutPrefix(word, "--")
		if name, _, _ = strings.Cut(name, "="); long && name != "" && c.Flags().Lookup(name) == nil {
			return fmt.Errorf("%s has no flag --%s", c.CommandPath(), name)
		}
	}
	return nil
}
