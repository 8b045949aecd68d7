package graph

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// Options are how a picture is drawn.
type Options struct {
	Live       string // the state, outcome or exception where a case is: it is marked. Empty, or unknown: none is
	Title      string // the workflow's own where it is empty
	Standalone bool   // a file of its own: with its style inside, and its title above
}

// dashes tell the kinds of arrows apart where colours can't.
var dashes = map[ArrowKind]string{ByRule: "7 3", ByTime: "1 4"}

// SVG is g as a picture, from top to bottom.
func SVG(g Graph, o Options) string {
	if o.Title == "" {
		o.Title = g.Title
	}
	if o.Title == "" {
		o.Title = g.Name
	}
	p := layOut(g)
	d := &document{}
	legend := legendOf(p, max(p.width, 720))
	top, width := 0, max(p.width, legend.width)
	if o.Standalone {
		top = 40
	}
	height := top + p.height + legend.height
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="settle-graph" role="img" aria-labelledby="graph-title graph-about" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif">`+"\n",
		width, height, width, height)
	d.printf(`<title id="graph-title">%s</title>`+"\n", escape(o.Title))
	d.printf(`<desc id="graph-about">%s</desc>`+"\n", escape(p.about(o.Live)))
	if o.Standalone {
		d.printf("<style>%s</style>\n", escape(Stylesheet))
		d.text(margin, 34, "g-title", "start", 18, true, fit(o.Title, 18, width-2*margin))
	}
	d.printf(`<g transform="translate(%d %d)">`+"\n", (width-p.width)/2, top)
	for _, l := range slices.Concat(p.links, p.loops) {
		d.link(l)
	}
	for _, b := range p.boxes {
		d.box(b, o.Live != "" && b.Name == o.Live)
	}
	d.printf("</g>\n")
	d.legend(legend, top+p.height)
	d.printf("</svg>\n")
	return d.String()
}

// document is an SVG being written.
type document struct{ strings.Builder }

func (d *document) printf(format string, args ...any) {
	fmt.Fprintf(d, format, args...)
}

// escape makes a text safe in XML, as content or as an attribute.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func (d *document) text(x, y int, class, anchor string, size int, bold bool, s string) {
	weight := ""
	if bold {
		weight = ` font-weight="600"`
	}
	d.printf(`<text class="%s" x="%d" y="%d" text-anchor="%s" font-size="%d"%s fill="currentColor">%s</text>`+"\n", class, x, y, anchor, size, weight, escape(s))
}

// shape draws a kind's outline.
func (d *document) shape(k Kind, x, y, w, h int) {
	shape, inner := outline(k, x, y, w, h)
	dash := ""
	if k == Anywhere {
		dash = ` stroke-dasharray="5 3"`
	}
	d.printf(`<path class="g-shape" d="%s" fill="none" stroke="currentColor"%s/>`+"\n", shape, dash)
	if inner != "" {
		d.printf(`<path class="g-inner" d="%s" fill="none" stroke="currentColor"/>`+"\n", inner)
	}
}

func (d *document) box(b *box, live bool) {
	class := "g-node g-" + string(b.Kind)
	if b.Needs != "" {
		class += " g-" + b.Needs
	}
	if live {
		class += " g-live"
	}
	x, y := b.cell.x-b.width/2, b.cell.y-b.height/2
	d.printf(`<g id="%s" class="%s"><title>%s</title>`+"\n", escape(id(b.Node)), escape(class), escape(b.tooltip()))
	d.shape(b.Kind, x, y, b.width, b.height)
	if b.Kind != Start {
		line := y + (b.height-lineHeight*len(b.lines))/2 + 5
		d.text(b.cell.x, line, "g-name", "middle", nameSize, true, b.shown())
		for _, l := range b.lines {
			line += lineHeight
			d.text(b.cell.x, line, "g-line", "middle", smallSize, false, l)
		}
	}
	if live {
		d.printf(`<path class="g-ring" d="%s" fill="none" stroke="currentColor" stroke-width="3"/>`+"\n", rounded(x-6, y-6, b.width+12, b.height+12, 14))
		d.printf(`<g class="g-here"><rect x="%d" y="%d" width="36" height="16" rx="8" fill="#fff" stroke="currentColor"/>`+"\n", x-18, b.cell.y-8)
		d.text(x, b.cell.y+4, "g-name", "middle", smallSize, true, "here")
		d.printf("</g>\n")
	}
	d.printf("</g>\n")
}

// id is a node's in the document: node-STATE.
func id(n Node) string {
	switch n.Kind {
	case Start, Anywhere:
		return "graph-" + string(n.Kind)
	}
	return "node-" + strings.Join(strings.Fields(n.Name), "_")
}

// tooltip is all that is known about a node.
func (n Node) tooltip() string {
	lines := []string{n.title()}
	if about := n.about(); about != "" {
		lines[0] += " (" + string(n.Kind) + ", needs " + n.Needs + ")"
	}
	lines = append(lines, n.Lines...)
	if n.Text != "" {
		lines = append(lines, "“"+n.Text+"”")
	}
	for _, o := range n.Options {
		lines = append(lines, "- "+o)
	}
	return strings.Join(lines, "\n")
}

func (d *document) link(l *link) {
	d.printf(`<g class="g-arrow g-%s"><title>%s</title>`+"\n", escape(string(l.kind)), escape(l.from.title()+" → "+l.to.title()+"\n"+strings.Join(l.tooltip, "\n")))
	d.line(l.kind, l.path.d())
	d.printf(`<path class="g-head" d="%s" fill="currentColor" stroke="currentColor"/>`+"\n", head(l.path.tip()))
	x, y, anchor := l.labelAt()
	for i, line := range l.label {
		d.text(x, y+lineHeight*i+11, "g-label", anchor, smallSize, false, line)
	}
	d.printf("</g>\n")
}

func (d *document) line(k ArrowKind, path string) {
	dash := ""
	if dashes[k] != "" {
		dash = ` stroke-dasharray="` + dashes[k] + `" stroke-linecap="round"`
	}
	d.printf(`<path d="%s" fill="none" stroke="currentColor" stroke-width="1.5"%s/>`+"\n", path, dash)
}

// labelAt is where a link's label begins: its middle or its left, and the top of its first line.
func (l *link) labelAt() (x, y int, anchor string) {
	_, height := labelSize(l.label)
	if l.from == l.to {
		b := l.from
		return b.cell.x + b.width/2 + loopWidth + 6, b.cell.y - height/2, "start"
	}
	for _, c := range l.cells {
		if c.label != nil {
			x, y = c.x, c.y-height/2
		}
	}
	return x, y, "middle"
}

// about says in a sentence what is seen.
func (p *picture) about(live string) string {
	count := map[string]int{}
	here := ""
	for _, b := range p.boxes {
		switch b.Kind {
		case Start, Anywhere:
		case Outcome, Exception:
			count[string(b.Kind)]++
		default:
			count["state"]++
		}
		if live != "" && b.Name == live {
			here = " The case is at " + live + "."
		}
	}
	start := ""
	for _, l := range p.links {
		if l.from.Kind == Start {
			start = " It starts at " + l.to.Name + "."
		}
	}
	return fmt.Sprintf("A workflow from top to bottom: states %d, outcomes %d, exceptions %d.%s%s", count["state"], count["outcome"], count["exception"], start, here)
}
