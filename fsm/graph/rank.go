package graph

import "slices"

// rank gives every box its rank: one more than the highest that leads to it. Arrows that close a circle, as a search in the
// nodes' order from the first finds them, count the other way round.
func (p *picture) rank() {
	out := map[*box][]*link{}
	for _, l := range p.links {
		out[l.from] = append(out[l.from], l)
	}
	const onPath, done = 1, 2
	seen := map[*box]int{}
	var finished []*box
	var visit func(b *box)
	visit = func(b *box) {
		seen[b] = onPath
		for _, l := range out[b] {
			switch seen[l.to] {
			case onPath:
				l.up = true
			case 0:
				visit(l.to)
			}
		}
		seen[b] = done
		finished = append(finished, b)
	}
	for _, b := range p.boxes {
		if seen[b] == 0 {
			visit(b)
		}
	}
	slices.Reverse(finished)
	for _, b := range finished {
		for _, l := range out[b] {
			if !l.up {
				l.to.rank = max(l.to.rank, b.rank+1)
			}
		}
	}
	p.lower()
	p.widen()
	p.narrow()
}

// widen makes boxes wide enough for the arrows at one of their sides to stand apart.
func (p *picture) widen() {
	for _, b := range p.boxes {
		above, below := 0, 0
		for _, l := range p.links {
			if l.lower() == b {
				above++
			}
			if l.upper() == b {
				below++
			}
		}
		if n := max(above, below); b.Kind != Start && n > 1 {
			b.width = max(b.width, 2*inset+(n-1)*beside)
		}
	}
}

// lower puts what nothing leads to right above what it leads to, but for the first box: the start.
func (p *picture) lower() {
	for i, b := range p.boxes {
		least, root := -1, i > 0
		for _, l := range p.links {
			root = root && l.lower() != b
			if l.upper() == b && (least < 0 || l.lower().rank < least) {
				least = l.lower().rank
			}
		}
		if root && least > 0 {
			b.rank = least - 1
		}
	}
}

// narrow moves ends downwards while their rank is wider than the page: those with the fewest arrows first.
func (p *picture) narrow() {
	arrows, leads := map[*box]int{}, map[*box]bool{}
	for _, l := range p.links {
		arrows[l.lower()]++
		leads[l.upper()] = true
	}
	for rank := 0; rank <= len(p.boxes); rank++ {
		for p.wide(rank) > widest-2*margin {
			var moved *box
			for _, b := range p.boxes {
				if b.rank == rank && !leads[b] && (moved == nil || arrows[b] <= arrows[moved]) {
					moved = b
				}
			}
			if moved == nil {
				break
			}
			moved.rank++
		}
	}
}

// wide is about how wide a rank will be.
func (p *picture) wide(rank int) int {
	w := 0
	for _, b := range p.boxes {
		if b.rank == rank {
			w += b.width + apart
		}
	}
	for _, l := range p.links {
		if l.upper().rank < rank && l.lower().rank > rank {
			w += beside
		}
	}
	return w
}
