package fsm

import "slices"

// PinVariants makes every text of w that has variants say only this one, or its first where it hasn't that one; it tells
// whether any has it. A rehearsal pins, so that it reads the same every time. Call it before w is used.
func (w *Workflow) PinVariants(variant string) bool {
	found := false
	for _, texts := range w.Texts {
		for _, t := range texts.byName {
			switch {
			case len(t.Variants) == 0:
			case slices.Contains(t.Variants, variant):
				t.Variants, found = []string{variant}, true
			default:
				t.Variants = t.Variants[:1]
			}
		}
	}
	return found
}
