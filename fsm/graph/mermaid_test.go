package graph_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/settle-chat/settle/fsm/graph"
)

// hostile are texts that end a label, open a tag or mean something to Mermaid.
var hostile = []string{
	"\"", "a\"b", "\"]", "\"]:::x", "|", "a|b", "`md`", "<script>alert(1)</script>", "</title>", "&amp;", "#quot;", "#35;", ";", "end", "graph", "subgraph",
	"%%{init: {}}%%", "-->", "\n", "a\nb", "\r\nend", "\x00", "\u2028", "\\", "\\\"", "😀", "\xff", "]]>", "class x y", "{{", "}}", "((", "style a:#b;", "  ",
}

func text(t *rapid.T, what string) string {
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.String(), rapid.StringMatching(`[a-z-]{1,20}`)).Draw(t, what)
}

// lineForms are all the lines that a flowchart of ours may have: a label is between quotes and has none inside.
var lineForms = regexp.MustCompile(`^(` + strings.Join([]string{
	`%% [^"<>]*`,
	`flowchart TD`,
	` +n_\w*[\[({/\\>]+"[^"\n]*"[\])}/\\]+(:::\w+)?`,
	` +subgraph q_\w*\["queue [^"<>]*"\]`,
	` +end`,
	` +n_\w* (-->|==>|-\.->)(\|"[^"<>|]*"\|)? n_\w*`,
	` +classDef \w+ fill:#\w+,stroke:#\w+,color:#\w+`,
}, "|") + `)$`)

var breaks = strings.NewReplacer("<b>", "", "</b>", "", "<br/>", "")

func TestMermaidHoldsAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, 12)
		seen := map[string]bool{}
		for _, line := range strings.Split(strings.TrimSuffix(graph.Mermaid(g), "\n"), "\n") {
			if !lineForms.MatchString(line) {
				t.Fatalf("a line of another form: %q", line)
			}
			if strings.ContainsAny(breaks.Replace(line), "<`") {
				t.Fatalf("markup in %q", line)
			}
			if id, rest, ok := strings.Cut(strings.TrimSpace(line), "\""); ok && !strings.Contains(id, " ") && strings.HasPrefix(id, "n_") && rest != "" {
				id = strings.TrimRight(id, `[({/\>`)
				if seen[id] {
					t.Fatalf("two nodes have the identifier %s", id)
				}
				seen[id] = true
			}
		}
		names := map[string]bool{}
		for _, n := range g.Nodes {
			names[n.Name] = true
		}
		if len(seen) != len(names) {
			t.Fatalf("%d nodes, want %d", len(seen), len(names))
		}
	})
}

func TestMermaidWritesLabelsInOneLine(t *testing.T) {
	t.Parallel()
	got := graph.Mermaid(graph.Graph{Nodes: []graph.Node{{Name: " two\n\tli\x00nes\u2028", Kind: graph.Say, Needs: "anyone", Lines: []string{`50% "off" <now>`}}}})
	want := `("<b>two lines</b><br/>say · anyone<br/>50#37; #34;off#34; #60;now#62;"):::anyone`
	if !strings.Contains(got, want) {
		t.Errorf("Mermaid gives %s, want a node with %s", got, want)
	}
}

func TestMermaidFramesQueues(t *testing.T) {
	t.Parallel()
	drawn := graph.Mermaid(graph.Of(shipped(t)["overdue-account"]))
	for _, queue := range []string{"back-office", "care", "data-quality", "disputes", "hardship"} {
		if got := strings.Count(drawn, `["queue `+queue+`"]`); got != 1 {
			t.Errorf("queue %s has %d frames, want 1", queue, got)
		}
	}
	if got, want := strings.Count(drawn, "  end\n"), 5; got != want {
		t.Errorf("%d frames end, want %d", got, want)
	}
}
