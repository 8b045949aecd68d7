package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// point is a place in the picture.
type point struct{ x, y int }

// curve is one cubic Bézier curve.
type curve [4]point

// path is an arrow's line: strokes of curves that join, from the node that it leaves to the one it leads to. A label stands
// where one stroke ends and the next begins.
type path [][]curve

// d is the path as SVG writes it.
func (p path) d() string {
	var b strings.Builder
	for _, stroke := range p {
		for i, c := range stroke {
			if i == 0 {
				fmt.Fprintf(&b, "M%d %d", c[0].x, c[0].y)
			}
			if c[0].x == c[3].x && c[1].x == c[0].x && c[2].x == c[0].x {
				fmt.Fprintf(&b, "V%d", c[3].y)
				continue
			}
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", c[1].x, c[1].y, c[2].x, c[2].y, c[3].x, c[3].y)
		}
	}
	return b.String()
}

// tip is where the path ends, and whether it comes there from below.
func (p path) tip() (point, bool) {
	last := p[len(p)-1]
	c := last[len(last)-1]
	return c[3], c[2].y > c[3].y
}

// reversed is the same path, the other way round.
func (p path) reversed() path {
	var all path
	for _, stroke := range slices.Backward(p) {
		var back []curve
		for _, c := range slices.Backward(stroke) {
			back = append(back, curve{c[3], c[2], c[1], c[0]})
		}
		all = append(all, back)
	}
	return all
}

// route draws every link's path: straight down through the layers, where only its own cells are, and in a curve between them.
func (p *picture) route() {
	for _, b := range p.boxes {
		var below, above []*link
		for _, l := range p.links {
			if l.upper() == b {
				below = append(below, l)
			}
			if l.lower() == b {
				above = append(above, l)
			}
		}
		for l, x := range ports(b, below, func(l *link) *cell { return l.cells[1] }) {
			l.leaves = x
		}
		for l, x := range ports(b, above, func(l *link) *cell { return l.cells[len(l.cells)-2] }) {
			l.enters = x
		}
	}
	bands := p.bands()
	for _, l := range p.links {
		l.path = l.drawn(bands)
	}
	for _, l := range p.loops {
		l.path = l.looped()
	}
}

// ports places the ends of links along one side of a box, in the order of what they lead to and as near below or above it as
// the side is wide. No two links to one side lead to the same cell: a cell of theirs lies between.
func ports(b *box, links []*link, next func(*link) *cell) map[*link]int {
	slices.SortFunc(links, func(a, b *link) int { return cmp.Compare(next(a).order, next(b).order) })
	n := len(links)
	low, high := b.cell.x-b.width/2+inset, b.cell.x+b.width/2-inset
	if b.loop != nil {
		high -= beside
	}
	if high < low {
		low, high = b.cell.x, b.cell.x
	}
	gap := beside
	if n > 1 {
		gap = min(gap, (high-low)/(n-1))
	}
	want, weight, gaps := make([]int, n), make([]int, n), make([]int, n)
	for i, l := range links {
		want[i], weight[i], gaps[i] = next(l).x, 1, gap
	}
	at := map[*link]int{}
	for i, x := range spread(want, weight, gaps, low, high) {
		at[links[i]] = x
	}
	return at
}

// bands are the top and the bottom of each layer.
func (p *picture) bands() [][2]int {
	all := make([][2]int, len(p.layers))
	for i, layer := range p.layers {
		height := 0
		for _, c := range layer {
			height = max(height, c.height)
			all[i] = [2]int{c.y - height/2, c.y - height/2 + height}
		}
	}
	return all
}

// drawn is a link's path between two nodes.
func (l *link) drawn(bands [][2]int) path {
	top, bottom := l.upper(), l.lower()
	at := point{l.leaves, top.cell.y - top.height/2 + top.height}
	strokes, stroke := path{}, []curve{}
	to := func(x, y int) {
		if next := (point{x, y}); next != at {
			middle := (at.y + y) / 2
			stroke = append(stroke, curve{at, {at.x, middle}, {x, middle}, next})
			at = next
		}
	}
	to(at.x, bands[top.cell.layer][1])
	for _, c := range l.cells[1 : len(l.cells)-1] {
		band := bands[c.layer]
		to(c.x, band[0])
		if c.label != nil {
			to(c.x, c.y-c.height/2)
			strokes, stroke = append(strokes, stroke), nil
			at = point{c.x, c.y - c.height/2 + c.height}
		}
		to(c.x, band[1])
	}
	to(l.enters, bands[bottom.cell.layer][0])
	to(l.enters, bottom.cell.y-bottom.height/2)
	strokes = append(strokes, stroke)
	if l.up {
		return strokes.reversed()
	}
	return strokes
}

// looped is the path of a link that leads back to its own node: around its right side.
func (l *link) looped() path {
	const depth = 16
	b := l.from
	x := b.cell.x + max(0, b.width/2-inset)
	right := b.cell.x + b.width/2 + loopWidth
	top := b.cell.y - b.height/2
	bottom := top + b.height
	return path{{
		{{x, bottom}, {x, bottom + depth}, {right, bottom + depth}, {right, bottom}},
		{{right, bottom}, {right, bottom}, {right, top}, {right, top}},
		{{right, top}, {right, top - depth}, {x, top - depth}, {x, top}},
	}}
}
