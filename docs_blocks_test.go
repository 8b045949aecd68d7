package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What nobody would run is refused, wherever it hides in a document.
func TestBlocksOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, document, says string }{
		{"run", "```sh\n$ ls\na\n```", ""},
		{"a file", "<!-- file: a.yaml -->\n```yaml\na: b\n```", ""},
		{"marked", "<!-- not run: it asks a provider -->\n```sh\ncurl x\n```", ""},
		{"a diagram", "```mermaid\nflowchart\n```", ""},
		{"a comment that is none of ours", "<!-- Written by hand -->\n\ntext", ""},
		{"neither run nor marked", "```yaml\na: b\n```", "line 1: nothing is done with this block"},
		{"without a language", "```\n$ ls\n```", "line 1: nothing is done with this block"},
		{"indented", "text\n\n    $ ls\n", "line 3: \"    $ ls\" is a block without a fence"},
		{"not closed", "```sh\n$ ls\n", "line 1: the block isn't closed"},
		{"no text", "<!-- below: a.yaml -->\n```yaml\na: b\n```", "take a text"},
		{"a text too much", "<!-- file \"x\": a.yaml -->\n```yaml\na: b\n```", "take a text"},
		{"no reason", "<!-- not run: -->\n```text\na\n```", "nothing is done with this block"},
		{"too far away", "<!-- file: a.yaml -->\n\nOr so:\n\n```yaml\na: b\n```", "stands between"},
	} {
		_, err := blocksOf(tc.document)
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: blocksOf(%q) = %v, want %q", tc.name, tc.document, err, tc.says)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		want, got string
		matches   bool
	}{
		{"a b", "a b", true}, {"a", "a b", false}, {"a b", "a", false}, {"", "", true}, {"", "a", false},
		{"...", "", true}, {"...", "a b", true}, {"a ...", "a b c", true}, {"... c", "a b c", true}, {"... c", "a c d", false},
		{"a ... c ...", "a b c", true}, {"... b ... d", "a b c d", true}, {"... b ... b", "a b", false},
	} {
		if got := matches(strings.Fields(tc.want), strings.Fields(tc.got)); got != tc.matches {
			t.Errorf("matches(%q, %q) = %v, want %v", tc.want, tc.got, got, tc.matches)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

// TestDocumentsLinkToWhatExists: a link, and a picture, within the project leads to something.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	t.Parallel()
	all := []string{"docs/commands.md", "docs/language.md", "docs/configuration.md"}
	for path := range marked {
		all = append(all, path)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
}
