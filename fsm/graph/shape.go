package graph

import "fmt"

// outline is the shape of a kind of node as a path, and lines inside it. Every shape's top and bottom are straight but for inset
// pixels at its corners, where no arrow ends.
func outline(k Kind, x, y, w, h int) (shape, inner string) {
	right, bottom, middle := x+w, y+h, y+h/2
	switch k {
	case Start:
		return rounded(x, y, w, h, h/2), ""
	case Ask:
		cut := min(12, w/4)
		return fmt.Sprintf("M%d %dH%dL%d %dH%dZ", x+cut, y, right, right-cut, bottom, x), ""
	case Offer:
		return rounded(x, y, w, h, 4), fmt.Sprintf("M%d %dH%d", x, y+5, right)
	case Confirm:
		return rounded(x, y, w, h, 4), rounded(x+3, y+3, w-6, h-6, 3)
	case Sign:
		return fmt.Sprintf("M%d %dH%dL%d %dV%dH%dZ", x, y, right-12, right, y+12, bottom, x), fmt.Sprintf("M%d %dV%dH%d", right-12, y, y+12, right)
	case Do:
		return rounded(x, y, w, h, 0), fmt.Sprintf("M%d %dV%dM%d %dV%d", x+7, y, bottom, right-7, y, bottom)
	case Decide:
		cut := min(14, w/4)
		return fmt.Sprintf("M%d %dL%d %dH%dL%d %dL%d %dH%dZ", x, middle, x+cut, y, right-cut, right, middle, right-cut, bottom, x+cut), ""
	case Wait:
		r := min(inset, h/2)
		return fmt.Sprintf("M%d %dH%dA%d %d 0 0 1 %d %dA%d %d 0 0 1 %d %dH%dZ", x, y, right-r, r, h/2, right, middle, r, bottom-middle, right-r, bottom, x), ""
	case Outcome:
		return rounded(x, y, w, h, min(inset, h/2)), ""
	case Exception:
		cut := min(9, w/4)
		return fmt.Sprintf("M%d %dH%dL%d %dV%dL%d %dH%dL%d %dV%dZ", x+cut, y, right-cut, right, y+cut, bottom-cut, right-cut, bottom, x+cut, x, bottom-cut, y+cut), ""
	}
	return rounded(x, y, w, h, 10), ""
}

// rounded is a rectangle with round corners.
func rounded(x, y, w, h, r int) string {
	if r == 0 {
		return fmt.Sprintf("M%d %dh%dv%dh%dZ", x, y, w, h, -w)
	}
	return fmt.Sprintf("M%d %dh%da%d %d 0 0 1 %d %dv%da%d %d 0 0 1 %d %dh%da%d %d 0 0 1 %d %dv%da%d %d 0 0 1 %d %dZ",
		x+r, y, w-2*r, r, r, r, r, h-2*r, r, r, -r, r, -(w - 2*r), r, r, -r, -r, -(h - 2*r), r, r, r, -r)
}

// head is the triangle at an arrow's tip.
func head(tip point, fromBelow bool) string {
	const long, half = 8, 4
	if fromBelow {
		return fmt.Sprintf("M%d %dl%d %dh%dZ", tip.x, tip.y, -half, long, 2*half)
	}
	return fmt.Sprintf("M%d %dl%d %dh%dZ", tip.x, tip.y, -half, -long, 2*half)
}
