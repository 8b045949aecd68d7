package graph

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// rect is a rectangle, by its corners.
type rect struct{ left, top, right, bottom float64 }

func (r rect) overlaps(s rect) bool {
	return r.left < s.right && s.left < r.right && r.top < s.bottom && s.top < r.bottom
}

func (r rect) holds(x, y float64) bool {
	return x > r.left && x < r.right && y > r.top && y < r.bottom
}

func (b *box) rect() rect {
	x, y := b.cell.x-b.width/2, b.cell.y-b.height/2
	return rect{float64(x), float64(y), float64(x + b.width), float64(y + b.height)}
}

func (l *link) labelRect() rect {
	x, y, anchor := l.labelAt()
	w, h := labelSize(l.label)
	if anchor == "middle" {
		return rect{float64(x) - float64(w)/2, float64(y), float64(x) + float64(w)/2, float64(y + h)}
	}
	return rect{float64(x), float64(y), float64(x + w), float64(y + h)}
}

// at is the curve's point at t, from 0 to 1.
func (c curve) at(t float64) (x, y float64) {
	s := 1 - t
	for i, w := range []float64{s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t} {
		x, y = x+w*float64(c[i].x), y+w*float64(c[i].y)
	}
	return x, y
}

// randomGraph is a graph of up to 40 nodes and any shape.
func randomGraph(t *rapid.T) Graph {
	g := Graph{Nodes: []Node{{Name: StartNode, Kind: Start}}}
	for i := range rapid.IntRange(0, 39).Draw(t, "nodes") {
		g.Nodes = append(g.Nodes, Node{
			Name: fmt.Sprintf("%s%d", rapid.StringMatching(`[a-z]{1,30}`).Draw(t, "name"), i), Needs: rapid.SampledFrom(levels).Draw(t, "needs"),
			Kind:  rapid.SampledFrom(kinds).Draw(t, "kind"),
			Lines: rapid.SliceOfN(rapid.StringMatching(`[a-z. ]{1,40}`), 0, 4).Draw(t, "lines"),
		})
	}
	node := rapid.IntRange(0, len(g.Nodes)-1)
	for range rapid.IntRange(0, 2*len(g.Nodes)).Draw(t, "arrows") {
		g.Arrows = append(g.Arrows, Arrow{
			From: g.Nodes[node.Draw(t, "from")].Name, To: g.Nodes[node.Draw(t, "to")].Name, Kind: rapid.SampledFrom(arrowKinds).Draw(t, "arrow"),
			Label: rapid.StringMatching(`([a-z]{1,12} ?){0,4}`).Draw(t, "label"), Says: rapid.StringMatching(`([A-Z]{1,12} ?){0,4}`).Draw(t, "says"),
		})
	}
	return g
}

func TestNothingCoversAnythingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t)
		p := layOut(g)
		page := rect{0, 0, float64(p.width), float64(p.height)}
		within := func(what string, r rect) {
			if r.left < page.left || r.top < page.top || r.right > page.right || r.bottom > page.bottom {
				t.Fatalf("%s at %v is outside the page %v", what, r, page)
			}
		}
		if len(p.boxes) != len(g.Nodes) {
			t.Fatalf("%d boxes, want %d", len(p.boxes), len(g.Nodes))
		}
		for i, a := range p.boxes {
			within(a.Name, a.rect())
			for _, b := range p.boxes[:i] {
				if a.rect().overlaps(b.rect()) {
					t.Fatalf("%s at %v covers %s at %v", a.Name, a.rect(), b.Name, b.rect())
				}
			}
		}
		links := append(append([]*link(nil), p.links...), p.loops...)
		for i, l := range links {
			name := "label of " + l.from.Name + " to " + l.to.Name
			within(name, l.labelRect())
			for _, b := range p.boxes {
				if l.labelRect().overlaps(b.rect()) {
					t.Fatalf("%s at %v covers %s at %v", name, l.labelRect(), b.Name, b.rect())
				}
			}
			for _, m := range links[:i] {
				if l.labelRect().overlaps(m.labelRect()) {
					t.Fatalf("%s at %v covers the label of %s to %s at %v", name, l.labelRect(), m.from.Name, m.to.Name, m.labelRect())
				}
			}
			checkPath(t, p, l, within)
		}
	})
}

// checkPath follows a path from border to border.
func checkPath(t *rapid.T, p *picture, l *link, within func(string, rect)) {
	name := "arrow from " + l.from.Name + " to " + l.to.Name
	onBorder := func(b *box, at point) {
		r := b.rect()
		x, y := float64(at.x), float64(at.y)
		if corner := math.Min(inset, (r.right-r.left)/2); x < r.left+corner || x > r.right-corner || y != r.top && y != r.bottom {
			t.Fatalf("%s has an end at %v, which isn't on the border of %s at %v", name, at, b.Name, r)
		}
	}
	onBorder(l.from, l.path[0][0][0])
	tip, fromBelow := l.path.tip()
	onBorder(l.to, tip)
	if r := l.to.rect(); fromBelow != (float64(tip.y) == r.bottom) {
		t.Fatalf("%s ends at %v coming from below: %v, at the border of %v", name, tip, fromBelow, r)
	}
	for i, stroke := range l.path {
		for j, c := range stroke {
			if j > 0 && stroke[j-1][3] != c[0] {
				t.Fatalf("%s is torn at %v and %v", name, stroke[j-1][3], c[0])
			}
			if j == 0 && i > 0 {
				from, r := l.path[i-1][len(l.path[i-1])-1][3], l.labelRect()
				if from.x != c[0].x || math.Min(float64(from.y), float64(c[0].y)) != r.top || math.Max(float64(from.y), float64(c[0].y)) != r.bottom {
					t.Fatalf("%s is torn at %v and %v, where its label at %v doesn't stand", name, from, c[0], r)
				}
			}
			const parts = 12
			for k := range parts + 1 {
				x, y := c.at(float64(k) / parts)
				within(name, rect{x, y, x, y})
				for _, b := range p.boxes {
					if b.rect().holds(x, y) {
						t.Fatalf("%s runs through %s at %v,%v", name, b.Name, x, y)
					}
				}
				for _, m := range p.links {
					if m.labelRect().holds(x, y) {
						t.Fatalf("%s runs through the label of %s to %s at %v,%v", name, m.from.Name, m.to.Name, x, y)
					}
				}
			}
		}
	}
}

// More ends than fit beside each other stand below each other.
func TestManyEndsFitPage(t *testing.T) {
	t.Parallel()
	g := Graph{Nodes: []Node{{Name: "menu", Kind: Say, Needs: "anyone"}}}
	for i := range 12 {
		name := fmt.Sprintf("a-rather-long-name-%d", i)
		g.Nodes = append(g.Nodes, Node{Name: name, Kind: Outcome, Needs: "anyone"})
		g.Arrows = append(g.Arrows, Arrow{From: "menu", To: name, Kind: ByCustomer, Label: "choose"})
	}
	if got := layOut(g).width; got > widest {
		t.Errorf("a menu with 12 outcomes is %d px wide, want %d at most", got, widest)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                string
		want, weight, apart []int
		low, high           int
		get                 []int
	}{
		{"free", []int{0, 50, 100}, []int{1, 1, 1}, []int{0, 10, 10}, -1000, 1000, []int{0, 50, 100}},
		{"too near", []int{0, 0}, []int{1, 1}, []int{0, 10}, -1000, 1000, []int{-5, 5}},
		{"the heavier stays", []int{0, 0}, []int{9, 1}, []int{0, 10}, -1000, 1000, []int{-1, 9}},
		{"crossed", []int{30, 0}, []int{1, 1}, []int{0, 10}, -1000, 1000, []int{10, 20}},
		{"the page's left", []int{-50, 0}, []int{1, 1}, []int{0, 10}, 5, 1000, []int{5, 15}},
		{"the page's right", []int{0, 500}, []int{1, 1}, []int{0, 10}, 0, 100, []int{0, 100}},
	} {
		got := spread(tc.want, tc.weight, tc.apart, tc.low, tc.high)
		if fmt.Sprint(got) != fmt.Sprint(tc.get) {
			t.Errorf("%s: spread(%v) = %v, want %v", tc.name, tc.want, got, tc.get)
		}
	}
}

// What browsers draw is never wider than what was measured: these are widths of DejaVu Sans Bold at 100 px.
func TestTextWidthIsEnough(t *testing.T) {
	t.Parallel()
	for s, drawn := range map[string]int{"writeback-failed": 917, "“Æ·…→Ж中”": 686, "WWW": 333, "": 0} {
		if got := textWidth(s, 100); got < drawn {
			t.Errorf("textWidth(%q) = %d, want at least %d", s, got, drawn)
		}
	}
}

func TestFitSaysThatItCut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{{"short", "short"}, {"a text that is far too long", "a text that i…"}, {"two\nlines", "two lines"}} {
		if got := fit(tc.text, 10, 85); got != tc.want {
			t.Errorf("fit(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestEveryKindAndLevelIsExplained(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		if kindWords[k] == "" || mermaidShapes[k] == [2]string{} {
			t.Errorf("kind %s is explained as %q and has the shape %q, want both", k, kindWords[k], mermaidShapes[k])
		}
	}
	for _, l := range levels {
		if levelWords[l] == "" {
			t.Errorf("assurance %s isn't explained", l)
		}
	}
	if len(colours) != len(levels) {
		t.Errorf("%d colours, want %d", len(colours), len(levels))
	}
}
