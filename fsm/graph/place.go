package graph

import "slices"

// place gives every cell its coordinates. A layer is placed as near to the middles of its neighbours as its own cells' widths
// let it; arrows that pass through several layers pull hardest, so that they run straight. It counts in parts of a pixel
// and in whole numbers: the same on every machine.
func (p *picture) place() {
	page := fine * (widest - 2*margin)
	for _, layer := range p.layers {
		page = max(page, packed(layer))
	}
	sweeps := p.sweeps(60)
	for i := range sweeps {
		if i%2 == 0 {
			for _, layer := range p.layers {
				pull(layer, page, i < sweeps/3, false)
			}
		} else {
			for _, layer := range slices.Backward(p.layers) {
				pull(layer, page, false, i < sweeps/3)
			}
		}
	}
	for range p.sweeps(4) {
		for _, l := range p.links {
			p.straighten(l, page)
		}
	}
	p.whole()
}

// fine is how many parts a pixel has while cells are placed.
const fine = 16

// distance is the least distance between the middles of neighbours.
func distance(a, b *cell) int {
	gap := beside
	switch {
	case a.box != nil && b.box != nil:
		gap = apart
	case a.box != nil || b.box != nil:
		gap = (apart + beside) / 2
	}
	return fine * (a.right + gap + b.left)
}

// packed puts a layer's cells side by side, and says how wide they are.
func packed(layer []*cell) int {
	w := 0
	for i, c := range layer {
		if i == 0 {
			c.x = fine * c.left
		} else {
			c.x = layer[i-1].x + distance(layer[i-1], c)
		}
		w = c.x + fine*c.right
	}
	return w
}

// pull places one layer on the page by its neighbours above, below, or both.
func pull(layer []*cell, page int, onlyUp, onlyDown bool) {
	if len(layer) == 0 {
		return
	}
	want, weight, apart := make([]int, len(layer)), make([]int, len(layer)), make([]int, len(layer))
	for i, c := range layer {
		var near []*cell
		if !onlyDown {
			near = append(near, c.up...)
		}
		if !onlyUp {
			near = append(near, c.down...)
		}
		sum := 0
		for _, d := range near {
			w := 1
			switch {
			case c.box == nil && d.box == nil:
				w = 8
			case len(near) == 1 || c.box != nil && len(c.up) <= 1 && len(c.down) <= 1:
				w = 3
			}
			sum, weight[i] = sum+w*d.x, weight[i]+w
		}
		if want[i] = c.x; weight[i] > 0 {
			want[i] = sum / weight[i]
		}
		weight[i] = max(1, weight[i])
		if i > 0 {
			apart[i] = distance(layer[i-1], c)
		}
	}
	for i, x := range spread(want, weight, apart, fine*layer[0].left, page-fine*layer[len(layer)-1].right) {
		layer[i].x = x
	}
}

// spread is the places from low to high that are nearest to those wanted, by the sum of the weighted squares, of which each is
// at least apart[i] from the one before: isotonic regression, by pooling neighbours that want to pass each other.
func spread(want, weight, apart []int, low, high int) []int {
	type pool struct{ sum, weight, n int }
	var pools []pool
	offset := 0
	for i := range want {
		if i > 0 {
			offset += apart[i]
		}
		pools = append(pools, pool{(want[i] - offset) * weight[i], weight[i], 1})
		for n := len(pools); n > 1 && pools[n-1].sum*pools[n-2].weight < pools[n-2].sum*pools[n-1].weight; n = len(pools) {
			last := pools[n-1]
			pools = pools[:n-1]
			pools[n-2].sum, pools[n-2].weight, pools[n-2].n = pools[n-2].sum+last.sum, pools[n-2].weight+last.weight, pools[n-2].n+last.n
		}
	}
	all := make([]int, 0, len(want))
	high -= offset // now of the first
	offset = 0
	for _, q := range pools {
		for range q.n {
			if len(all) > 0 {
				offset += apart[len(all)]
			}
			all = append(all, min(max(floor(q.sum, q.weight), low), high)+offset)
		}
	}
	return all
}

// floor divides towards minus infinity, so that order is kept.
func floor(a, b int) int {
	if a < 0 && a%b != 0 {
		return a/b - 1
	}
	return a / b
}

// straighten puts the cells through which a link passes below each other, as far as their neighbours let them.
func (p *picture) straighten(l *link, page int) {
	passing := l.cells[1 : len(l.cells)-1]
	for len(passing) > 1 {
		low, high, sum, n := 0, page, 0, 0
		for _, c := range passing {
			layer, least, most := p.layers[c.layer], fine*c.left, page-fine*c.right
			if c.order > 0 {
				least = layer[c.order-1].x + distance(layer[c.order-1], c)
			}
			if c.order < len(layer)-1 {
				most = layer[c.order+1].x - distance(c, layer[c.order+1])
			}
			if max(low, least) > min(high, most) {
				break
			}
			low, high, sum, n = max(low, least), min(high, most), sum+c.x, n+1
		}
		if n == 0 {
			return // beyond the page: left as it is
		}
		x := min(max(floor(sum, n), low), high)
		for _, c := range passing[:n] {
			c.x = x
		}
		passing = passing[n:]
	}
}

// whole rounds to pixels, puts the leftmost at the margin, and stacks the layers. Between two layers there is the more room
// the further arrows run sideways there.
func (p *picture) whole() {
	const far = 1 << 40
	left := far
	for _, layer := range p.layers {
		for _, c := range layer {
			c.x = floor(c.x+fine/2, fine)
			left = min(left, c.x-c.left)
		}
	}
	for _, layer := range p.layers {
		for _, c := range layer {
			c.x += margin - left
			p.width = max(p.width, c.x+c.right+margin)
		}
	}
	y := margin
	for i, layer := range p.layers {
		height, sideways := 0, 0
		for _, c := range layer {
			height = max(height, c.height)
			for _, d := range c.down {
				sideways = max(sideways, c.x-d.x, d.x-c.x)
			}
		}
		for _, c := range layer {
			c.y = y + height/2
		}
		y += height
		if i < len(p.layers)-1 {
			y += min(18+sideways/14, 50)
		}
	}
	p.height = y + margin
}
