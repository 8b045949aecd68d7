package graph

import (
	"fmt"
	"slices"
	"strings"
)

// mermaidShapes are the brackets around a node's text.
var mermaidShapes = map[Kind][2]string{
	Start: {"((", "))"}, Anywhere: {"(", ")"}, Say: {"(", ")"}, Ask: {"[/", "/]"}, Offer: {"[(", ")]"}, Confirm: {"[", "]"}, Sign: {"[\\", "/]"},
	Do: {"[[", "]]"}, Decide: {"{{", "}}"}, Wait: {">", "]"}, Outcome: {"([", "])"}, Exception: {"[/", "\\]"},
}

var mermaidArrows = map[ArrowKind]string{ByCustomer: "-->", ByRule: "==>", ByTime: "-.->"}

// Mermaid is g as the text of a Mermaid flowchart, which GitHub renders in a ```mermaid block. Nodes are coloured by the
// assurance that they need; exceptions stand in one frame per queue; thick arrows are taken by rules, dotted ones by time.
func Mermaid(g Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%% %s: made by settle graph\nflowchart TD\n", mermaidText(g.Name))
	ids := mermaidIDs(g)
	queue := ""
	for _, n := range g.Nodes {
		if n.Queue != queue && queue != "" {
			b.WriteString("  end\n")
		}
		if n.Queue != queue && n.Queue != "" {
			fmt.Fprintf(&b, "  subgraph %s[\"queue %s\"]\n", ids["\x00"+n.Queue], mermaidText(n.Queue))
		}
		queue = n.Queue
		indent := "  "
		if queue != "" {
			indent = "    "
		}
		shape, known := mermaidShapes[n.Kind]
		if !known {
			shape = mermaidShapes[Say]
		}
		class := ""
		if slices.Contains(levels, n.Needs) {
			class = ":::" + n.Needs
		}
		fmt.Fprintf(&b, "%s%s%s\"%s\"%s%s\n", indent, ids[n.Name], shape[0], mermaidNode(n), shape[1], class)
	}
	if queue != "" {
		b.WriteString("  end\n")
	}
	for _, a := range g.Arrows {
		line, known := mermaidArrows[a.Kind]
		if !known {
			line = "-->"
		}
		if label := mermaidText(a.label()); label != "" {
			line += "|\"" + label + "\"|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", ids[a.From], line, ids[a.To])
	}
	for i, level := range levels {
		c := colours[i]
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:%s\n", level, c.fill, c.line, ink)
	}
	return b.String()
}

// label is all of an arrow's label in one line.
func (a Arrow) label() string {
	if a.Says == "" || strings.EqualFold(a.Says, a.Label) {
		return a.Label
	}
	return a.Label + ": " + a.Says
}

// mermaidNode is a node's text: its name, what it is, what it does.
func mermaidNode(n Node) string {
	lines := []string{"<b>" + mermaidText(n.title()) + "</b>"}
	if about := n.about(); about != "" {
		lines = append(lines, mermaidText(about))
	}
	for _, l := range n.Lines {
		if n.Queue != "" && l == "queue "+n.Queue {
			continue // its frame says so
		}
		lines = append(lines, mermaidText(l))
	}
	return strings.Join(lines, "<br/>")
}

// mermaidIDs gives every name that g uses an identifier of its own: the name itself as far as it can be one, so that a
// changed workflow changes few lines. The prefix keeps it from being a word of Mermaid's, such as end.
func mermaidIDs(g Graph) map[string]string {
	ids, taken := map[string]string{}, map[string]bool{}
	add := func(prefix, key, name string) {
		if ids[key] != "" {
			return
		}
		id := prefix + strings.Map(func(r rune) rune {
			if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
				return r
			}
			return '_'
		}, name)
		for taken[id] {
			id += "_"
		}
		ids[key], taken[id] = id, true
	}
	for _, n := range g.Nodes {
		add("n_", n.Name, n.title())
		if n.Queue != "" {
			add("q_", "\x00"+n.Queue, n.Queue)
		}
	}
	for _, a := range g.Arrows {
		add("n_", a.From, a.From)
		add("n_", a.To, a.To)
	}
	return ids
}

// mermaidText makes a text safe inside a quoted label, where Mermaid reads #NN; as a character: a quote would end the label,
// an angle bracket begin a tag, a backtick turn Markdown on, a percent sign begin a directive.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case strings.ContainsRune("\"#<>&`%\\;|", r):
			fmt.Fprintf(&b, "#%d;", r)
		case r < ' ' || r == 0x7f:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
