package graph

import (
	"cmp"
	"slices"
)

// layer makes the layers: the boxes of rank r in layer 2r, and for each link a cell in every layer between, one of them with
// its label, next to the node that it leaves.
func (p *picture) layer() {
	ranks := 0
	for _, b := range p.boxes {
		ranks = max(ranks, b.rank+1)
		b.cell = &cell{box: b, left: b.width / 2, right: b.width / 2, height: b.height, layer: 2 * b.rank}
		if b.loop != nil {
			w, _ := labelSize(b.loop.label)
			b.cell.right += loopWidth + w + 8
			b.cell.height = max(b.height, len(b.loop.label)*lineHeight)
		}
	}
	p.layers = make([][]*cell, max(0, 2*ranks-1))
	for _, l := range p.links {
		from, to := l.upper().cell, l.lower().cell
		labelled := from.layer + 1
		if l.up {
			labelled = to.layer - 1
		}
		l.cells = []*cell{from}
		for i := from.layer + 1; i < to.layer; i++ {
			c := &cell{link: l, layer: i}
			if i == labelled {
				w, h := labelSize(l.label)
				c.label, c.left, c.right, c.height = l.label, w/2+1, w/2+1, h
			}
			l.cells = append(l.cells, c)
		}
		l.cells = append(l.cells, to)
		for i, c := range l.cells[1:] {
			l.cells[i].down = append(l.cells[i].down, c)
			c.up = append(c.up, l.cells[i])
		}
	}
}

// order fills the layers and puts each in an order, so that few arrows cross: depth first at the beginning, then by the middle
// of the neighbours above and below in turn, keeping the best, then by swapping neighbours while that helps.
func (p *picture) order() {
	seen := map[*cell]bool{}
	var visit func(c *cell)
	visit = func(c *cell) {
		if seen[c] {
			return
		}
		seen[c] = true
		p.layers[c.layer] = append(p.layers[c.layer], c)
		for _, d := range c.down {
			visit(d)
		}
	}
	for _, b := range p.boxes {
		visit(b.cell)
	}
	p.number()
	best, least := p.copy(), p.crossings()
	for i := 0; i < p.sweeps(24) && least > 0; i++ {
		if i%2 == 0 {
			for _, layer := range p.layers {
				sortByMiddle(layer, func(c *cell) []*cell { return c.up })
			}
		} else {
			for _, layer := range slices.Backward(p.layers) {
				sortByMiddle(layer, func(c *cell) []*cell { return c.down })
			}
		}
		p.swap()
		if n := p.crossings(); n < least {
			best, least = p.copy(), n
		}
	}
	p.layers = best
	p.number()
}

// sweeps is how often all layers are gone through: less often where there are very many cells, so that no workflow, however
// large, takes long to draw.
func (p *picture) sweeps(most int) int {
	const effort = 60_000 // cells
	cells := 1
	for _, layer := range p.layers {
		cells += len(layer)
	}
	return min(most, max(2, effort/cells))
}

func (p *picture) copy() [][]*cell {
	all := make([][]*cell, len(p.layers))
	for i, layer := range p.layers {
		all[i] = slices.Clone(layer)
	}
	return all
}

func (p *picture) number() {
	for _, layer := range p.layers {
		number(layer)
	}
}

func number(layer []*cell) {
	for i, c := range layer {
		c.order = i
	}
}

// sortByMiddle sorts a layer by the middle of each cell's neighbours on one side. A cell without any stays about where it is.
func sortByMiddle(layer []*cell, side func(*cell) []*cell) {
	middle := map[*cell]int{}
	for _, c := range layer {
		sum, n := 0, 0
		for _, d := range side(c) {
			sum, n = sum+d.order, n+1
		}
		if middle[c] = c.order << 10; n > 0 {
			middle[c] = sum << 10 / n
		}
	}
	slices.SortStableFunc(layer, func(a, b *cell) int { return cmp.Compare(middle[a], middle[b]) })
	number(layer)
}

// swap swaps neighbours in a layer while fewer arrows cross for it.
func (p *picture) swap() {
	for range p.sweeps(8) {
		better := false
		for _, layer := range p.layers {
			for i := range max(0, len(layer)-1) {
				a, b := layer[i], layer[i+1]
				if between(a.up, b.up)+between(a.down, b.down) > between(b.up, a.up)+between(b.down, a.down) {
					layer[i], layer[i+1] = b, a
					a.order, b.order = b.order, a.order
					better = true
				}
			}
		}
		if !better {
			return
		}
	}
}

// between is how many arrows of two neighbours cross, given what they lead to on one side, the left one's first.
func between(left, right []*cell) int {
	n := 0
	for _, l := range left {
		for _, r := range right {
			if l.order > r.order {
				n++
			}
		}
	}
	return n
}

// crossings counts the crossings between all layers: for each arrow from left to right, the earlier ones that end right of it.
func (p *picture) crossings() int {
	n := 0
	for i := range max(0, len(p.layers)-1) {
		ended := make([]int, len(p.layers[i+1])+1) // a Fenwick tree over the lower layer
		total := 0
		for _, c := range p.layers[i] {
			for _, d := range c.down { // arrows from one cell don't cross
				n += total
				for k := d.order + 1; k > 0; k -= k & -k {
					n -= ended[k]
				}
			}
			for _, d := range c.down {
				total++
				for k := d.order + 1; k < len(ended); k += k & -k {
					ended[k]++
				}
			}
		}
	}
	return n
}
