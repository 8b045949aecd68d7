package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var updateDocs = flag.Bool("update", false, "write the documents' outputs and the generated pages")

// session runs one command of a document as if all were typed in one shell: directory and variables are kept.
const session = `here=$(dirname "$0")
if [ -f "$here/session" ]; then . "$here/session"; fi
exec 2>&1
. "$1"
code=$?
{ export -p; printf "cd '%s'\n" "$PWD"; } >"$here/session"
exit $code
`

// marked are the documents, each with how many of its blocks aren't run. Each of those says why.
var marked = map[string]int{
	"README.md": 1, "CONTRIBUTING.md": 2, "ARCHITECTURE.md": 0, "CHANGELOG.md": 0,
	"docs/tutorial.md": 1, "docs/first-run.md": 5, "docs/message.md": 0, "docs/failure.md": 0, "docs/campaign.md": 1, "docs/bench.md": 1, "docs/operations.md": 2, "docs/deploy.md": 3,
}

// TestDocuments does what the documents tell their reader to do, in order, each in a directory that has what a checkout has,
// and compares what is printed with what they show. -update writes what is printed.
func TestDocuments(t *testing.T) {
	for path, n := range marked {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := blocksOf(string(text))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			d := document{path: path, lines: strings.Split(string(text), "\n"), blocks: blocks, printed: map[int][]string{}}
			if got := d.notRun(); got != n {
				t.Errorf("%s: %d blocks are marked as not run, want %d: run what can be run, and count here what can't", path, got, n)
			}
			d.run(t)
			t.Cleanup(func() { // the script has run by then: it is a parallel test of its own
				if err := d.update(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// document is one document that is run.
type document struct {
	path    string
	lines   []string
	blocks  []block
	typed   []command
	printed map[int][]string // by the position of the command in typed
}

func (d *document) notRun() int {
	n := 0
	for _, b := range d.blocks {
		if b.action == "not run" {
			n++
		}
	}
	return n
}

// run turns the document into a script and runs it.
func (d *document) run(t *testing.T) {
	script := filepath.Join(t.TempDir(), strings.NewReplacer("/", "-", ".md", "").Replace(d.path)+".txtar")
	if err := os.WriteFile(script, []byte(d.script()), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{script},
		Setup: checkout,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"put": d.put, "shows": d.shows, "beside": d.beside},
	})
}

// script is the document as a script. A go run or go build of this program is the program that the test was built into.
func (d *document) script() string {
	var script, files strings.Builder
	fmt.Fprintf(&files, "-- .doc/run --\n%s", session)
	for i, b := range d.blocks {
		switch {
		case b.action == "not run":
		case b.action == "until":
			n := d.types(&files, b.commands()[0])
			fmt.Fprintf(&script, "\n# %s:%d\nbeside %d %d\n", d.path, b.at, i, n)
		case b.action != "":
			fmt.Fprintf(&script, "put %d\n", i)
		default:
			for _, c := range b.commands() {
				n := d.types(&files, c)
				fmt.Fprintf(&script, "\n# %s:%d\nexec sh $WORK/.doc/run $WORK/.doc/%d.sh\n", d.path, c.at+1, n)
				if c.prints {
					fmt.Fprintf(&script, "shows %d\n", n)
				}
			}
		}
	}
	return script.String() + files.String()
}

// types adds a command to those that are typed, and gives its position.
func (d *document) types(files *strings.Builder, c command) int {
	n := len(d.typed)
	d.typed = append(d.typed, c)
	fmt.Fprintf(files, "-- .doc/%d.sh --\n%s\n", n, strings.ReplaceAll(c.text, "go run . ", "settle "))
	return n
}
