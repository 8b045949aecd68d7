package graph_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/fsm/graph"
)

var update = flag.Bool("update", false, "write what is drawn into testdata")

// shipped are the workflows that are compiled in.
func shipped(t *testing.T) map[string]*fsm.Workflow {
	t.Helper()
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	library, err := fsm.LoadTree(content.FS, d)
	if err != nil {
		t.Fatal(err)
	}
	return library.All()
}

func TestShippedWorkflowsLookAsReviewed(t *testing.T) {
	t.Parallel()
	all := shipped(t)
	if len(all) < 3 {
		t.Fatalf("%d workflows are shipped, want at least 3", len(all))
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		g := graph.Of(all[name])
		for file, drawn := range map[string]string{
			name + ".mmd": graph.Mermaid(g),
			name + ".svg": graph.SVG(g, graph.Options{Standalone: true}),
		} {
			file = filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), drawn); diff != "" {
				t.Errorf("%s differs; go test ./fsm/graph -update, look at it, and keep it if it is right (-want +got):\n%s", file, diff)
			}
		}
	}
}

// Maps have no order: what is drawn must.
func TestSameWorkflowSameBytes(t *testing.T) {
	t.Parallel()
	first := shipped(t)
	for range 5 {
		for name, w := range shipped(t) {
			a, b := graph.Of(first[name]), graph.Of(w)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Fatalf("Of(%s) differs from one time to the next:\n%s", name, diff)
			}
			if got, want := graph.SVG(b, graph.Options{Live: "menu"}), graph.SVG(a, graph.Options{Live: "menu"}); got != want {
				t.Errorf("SVG(%s) differs from one time to the next:\n%s", name, cmp.Diff(want, got))
			}
			if got, want := graph.Mermaid(b), graph.Mermaid(a); got != want {
				t.Errorf("Mermaid(%s) differs from one time to the next:\n%s", name, cmp.Diff(want, got))
			}
		}
	}
}

// A page-wide picture of the largest workflow: what doesn't fit is read by nobody.
func TestLargestFitsPage(t *testing.T) {
	t.Parallel()
	var width, height int
	svg := graph.SVG(graph.Of(shipped(t)["overdue-account"]), graph.Options{})
	viewBox(t, svg, &width, &height)
	if width > 1440 {
		t.Errorf("overdue-account is %d px wide, want 1440 at most", width)
	}
}
