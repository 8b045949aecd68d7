package graph_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/settle-chat/settle/fsm/graph"
)

// drawGraph draws a graph of any shape: circles, arrows to itself, several between the same nodes, parts that hang together
// with nothing, names and texts that are markup.
func drawGraph(t *rapid.T, most int) graph.Graph {
	kinds := []graph.Kind{
		graph.Say, graph.Ask, graph.Offer, graph.Confirm, graph.Sign, graph.Do, graph.Decide, graph.Wait, graph.Outcome, graph.Exception, graph.Anywhere,
	}
	g := graph.Graph{Name: text(t, "name"), Title: text(t, "title"), Nodes: []graph.Node{{Name: graph.StartNode, Kind: graph.Start}}}
	for i := range rapid.IntRange(0, most-1).Draw(t, "nodes") {
		n := graph.Node{
			Name: text(t, "node"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Text: text(t, "text"),
			Needs: rapid.SampledFrom([]string{"anyone", "device", "person", "approval", "passkey"}).Draw(t, "needs"),
			Lines: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return text(t, "line") }), 0, 3).Draw(t, "lines"),
		}
		if slices.ContainsFunc(g.Nodes, func(o graph.Node) bool { return o.Name == n.Name }) {
			n.Name += fmt.Sprint(i)
		}
		if n.Kind == graph.Exception {
			n.Queue = text(t, "queue")
		}
		g.Nodes = append(g.Nodes, n)
	}
	node := rapid.IntRange(0, len(g.Nodes)-1)
	arrows := []graph.ArrowKind{graph.ByCustomer, graph.ByRule, graph.ByTime}
	for range rapid.IntRange(0, 2*len(g.Nodes)).Draw(t, "arrows") {
		g.Arrows = append(g.Arrows, graph.Arrow{
			From: g.Nodes[node.Draw(t, "from")].Name, To: g.Nodes[node.Draw(t, "to")].Name, Kind: rapid.SampledFrom(arrows).Draw(t, "arrow"),
			Label: text(t, "label"), Says: text(t, "says"),
		})
	}
	return g
}

// element is one element of a picture, as a browser's parser would find it.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// parse reads a picture strictly.
func parse(svg string) ([]element, error) {
	var all []element
	var open []int
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := element{name: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			open = append(open, len(all))
			all = append(all, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				all[open[len(open)-1]].text += string(tok)
			}
		}
	}
}

func viewBox(t *testing.T, svg string, width, height *int) {
	t.Helper()
	all, err := parse(svg)
	if err != nil || len(all) == 0 {
		t.Fatalf("parse: %d elements, %v", len(all), err)
	}
	if _, err := fmt.Sscanf(all[0].attrs["viewBox"], "0 0 %d %d", width, height); err != nil {
		t.Fatalf("viewBox %q: %v", all[0].attrs["viewBox"], err)
	}
}

// allowed are the elements of a picture: nothing that runs, loads or links.
var allowed = []string{"svg", "title", "desc", "style", "g", "path", "text", "rect"}

func TestSVGHoldsAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t, 12)
		o := graph.Options{Live: text(t, "live"), Title: text(t, "title"), Standalone: rapid.Bool().Draw(t, "standalone")}
		svg := graph.SVG(g, o)
		all, err := parse(svg)
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		nodes := 0
		for _, e := range all {
			if !slices.Contains(allowed, e.name) {
				t.Fatalf("element %s", e.name)
			}
			if e.name == "style" && !o.Standalone || e.attrs["style"] != "" {
				t.Fatalf("a style in a picture that isn't standalone: %v", e)
			}
			for name := range e.attrs {
				if strings.HasPrefix(name, "on") || name == "href" {
					t.Fatalf("attribute %s of %s", name, e.name)
				}
			}
			if strings.HasPrefix(e.attrs["class"], "g-node") {
				nodes++
			}
		}
		if nodes != len(g.Nodes) {
			t.Fatalf("%d nodes are drawn, want %d", nodes, len(g.Nodes))
		}
		if again := graph.SVG(g, o); again != svg {
			t.Fatal("the same graph gives other bytes")
		}
	})
}

func TestSVGForScreenReaders(t *testing.T) {
	t.Parallel()
	all, err := parse(graph.SVG(graph.Of(shipped(t)["overdue-account"]), graph.Options{Live: "menu"}))
	if err != nil {
		t.Fatal(err)
	}
	if got := all[0].attrs["role"]; got != "img" {
		t.Errorf("role %q, want img", got)
	}
	if want := "graph-title graph-about"; all[0].attrs["aria-labelledby"] != want || all[1].attrs["id"] != "graph-title" || all[2].attrs["id"] != "graph-about" {
		t.Errorf("it is labelled by %q, and opens with %v, %v, want %s", all[0].attrs["aria-labelledby"], all[1], all[2], want)
	}
	if want := "Overdue account - pay, pay part, plan, promise, dispute, hardship"; all[1].text != want {
		t.Errorf("title %q, want %q", all[1].text, want)
	}
	want := "A workflow from top to bottom: states 21, outcomes 7, exceptions 10. It starts at hello. The case is at menu."
	if all[2].text != want {
		t.Errorf("desc %q, want %q", all[2].text, want)
	}
}

func TestSVGMarksLiveState(t *testing.T) {
	t.Parallel()
	g := graph.Of(shipped(t)["overdue-account"])
	marks := func(live string) (live1 []string, rings int) {
		all, err := parse(graph.SVG(g, graph.Options{Live: live}))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if strings.HasSuffix(e.attrs["class"], " g-live") {
				live1 = append(live1, e.attrs["id"])
			}
			if e.attrs["class"] == "g-ring" || e.text == "here" {
				rings++
			}
		}
		return live1, rings
	}
	if got, n := marks("confirm-plan"); !slices.Equal(got, []string{"node-confirm-plan"}) || n != 2 {
		t.Errorf("marked are %v with %d marks, want node-confirm-plan with a ring and a tag", got, n)
	}
	for _, none := range []string{"", "nowhere"} {
		if got, n := marks(none); len(got) != 0 || n != 0 {
			t.Errorf("live %q marks %v with %d marks, want none", none, got, n)
		}
	}
}

func TestSVGTooltips(t *testing.T) {
	t.Parallel()
	svg := graph.SVG(graph.Of(shipped(t)["overdue-account"]), graph.Options{})
	all, err := parse(svg)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(e element) bool { return e.attrs["id"] == "node-menu" })
	if i < 0 {
		t.Fatal("no element has the id node-menu")
	}
	want := `menu (say, needs person)
“Account ...{account_last4}: {balance} was due {due_date}. What would you like to do?”
- pay: Pay {balance} now
- pay-part: Pay part (when balance >= 100)
- plan: Pay in instalments
- promise: Pay on a date (when days_past_due <= promise_days)
- dispute: I disagree
- hardship: I can't pay
- already: I have paid
- other: Something else`
	if got := all[i+1]; got.name != "title" || got.text != want {
		t.Errorf("menu's tooltip is %s %q, want %q", got.name, got.text, want)
	}
}
