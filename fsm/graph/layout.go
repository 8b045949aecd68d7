package graph

import "strings"

// Sizes in pixels.
const (
	nameSize   = 13  // of a node's name
	smallSize  = 11  // of all other text
	lineHeight = 15  // of small text
	mostText   = 170 // wider text is cut; all of it is in the tooltip
	mostLabel  = 136
	padding    = 18   // beside a node's text: no shape's slanted sides are wider
	inset      = 24   // no arrow touches a node nearer to its corners
	apart      = 26   // between neighbours in a layer
	beside     = 14   // between arrows that pass
	widest     = 1440 // of the picture, as far as its layers let it
	margin     = 24
	loopWidth  = 20
)

// picture is a graph being laid out, in Sugiyama's way: ranks, layers with a cell wherever an arrow passes, an order with few
// crossings, coordinates, and at last the arrows' paths. Nodes stand in even layers and labels in odd ones, so that
// an arrow bends only between layers, where nothing else is.
type picture struct {
	boxes         []*box
	links         []*link // between two nodes
	loops         []*link // of one node
	layers        [][]*cell
	width, height int // from 0, 0
}

// box is a node with its size.
type box struct {
	Node
	lines         []string // below the name, cut to fit
	width, height int
	rank          int
	cell          *cell
	loop          *link
}

// link is one drawn arrow: all arrows from one node to another.
type link struct {
	from, to *box
	kind     ArrowKind
	tooltip  []string
	label    []string // its lines, cut to fit
	up       bool     // it closes a circle: it is laid out the other way round
	cells    []*cell  // from the upper box's to the lower box's
	leaves   int      // where it meets the upper box's lower side,
	enters   int      // and the lower box's upper side
	path     path
}

func (l *link) upper() *box {
	if l.up {
		return l.to
	}
	return l.from
}

func (l *link) lower() *box {
	if l.up {
		return l.from
	}
	return l.to
}

// cell is one place in a layer: a node, a label, or where an arrow passes.
type cell struct {
	box         *box     // else nil
	link        *link    // of a label or a passing arrow
	label       []string // of a label
	left, right int      // how far it reaches to each side of x
	height      int
	layer       int
	order       int // in its layer
	x, y        int // its middle
	up, down    []*cell
}

// layOut lays a graph out. Arrows from or to names that aren't nodes are left out.
func layOut(g Graph) *picture {
	p := &picture{}
	byName := map[string]*box{}
	for _, n := range g.Nodes {
		if byName[n.Name] == nil {
			byName[n.Name] = newBox(n)
			p.boxes = append(p.boxes, byName[n.Name])
		}
	}
	p.link(g.Arrows, byName)
	p.rank()
	p.layer()
	p.order()
	p.place()
	p.route()
	return p
}

func newBox(n Node) *box {
	b := &box{Node: n}
	if n.Kind == Start {
		b.width, b.height = 18, 18
		return b
	}
	wide := textWidth(b.shown(), nameSize)
	for _, l := range append([]string{n.about()}, n.Lines...) {
		if l = fit(l, smallSize, mostText); l != "" {
			b.lines = append(b.lines, l)
			wide = max(wide, textWidth(l, smallSize))
		}
	}
	b.width = max(96, wide+2*padding+1) &^ 1
	b.height = 30 + lineHeight*len(b.lines)
	return b
}

// shown is the box's name as far as it fits.
func (b *box) shown() string { return fit(b.title(), nameSize, mostText) }

// link joins all arrows from one node to another into one.
func (p *picture) link(arrows []Arrow, byName map[string]*box) {
	type ends struct{ from, to *box }
	known := map[ends]*link{}
	for _, a := range arrows {
		e := ends{byName[a.From], byName[a.To]}
		if e.from == nil || e.to == nil {
			continue
		}
		l := known[e]
		if l == nil {
			l = &link{from: e.from, to: e.to, kind: a.Kind}
			known[e] = l
			if e.from == e.to {
				e.from.loop = l
				p.loops = append(p.loops, l)
			} else {
				p.links = append(p.links, l)
			}
		}
		l.tooltip = append(l.tooltip, option(a.Label, a.Says, a.When))
		l.label = append(l.label, wrap(a.Label, smallSize, mostLabel, 2)...)
		if a.Says != "" && !strings.EqualFold(a.Says, a.Label) {
			l.label = append(l.label, wrap("“"+a.Says+"”", smallSize, mostLabel, 2)...)
		}
	}
}

// labelSize is the size of a label's lines.
func labelSize(lines []string) (width, height int) {
	for _, l := range lines {
		width = max(width, textWidth(l, smallSize))
	}
	return width, len(lines) * lineHeight
}
