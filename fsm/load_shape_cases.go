package fsm

import (
	"slices"
	"strings"
)

// cases checks a map of which the first key of one case must be there, and of no other.
func (c *conformer) cases(n node, s *shape, what string) {
	var all []string
	for _, of := range s.cases {
		all = append(all, of.keys[0].name)
	}
	hint, before := "it needs one of "+strings.Join(all, ", "), len(c.problems)
	chosen := s.chosen(n)
	if len(chosen) != 1 {
		c.misspelt(n, s.known(), what, hint)
		chosen = s.chosen(n)
	}
	switch len(chosen) {
	case 0:
		if len(c.problems) == before { // else the key that should say it has been named
			c.problem(n.at(), "kind", hint, "%s does nothing", what)
		}
	case 1:
		c.keys(n, chosen[0], what)
	default:
		var names []string
		for _, of := range chosen {
			names = append(names, of.keys[0].name)
		}
		c.problem(n.at(), "kind", "leave one of them", "%s does %d things at once (%s)", what, len(names), strings.Join(names, ", "))
	}
}

func (s *shape) chosen(n node) []*shape {
	var all []*shape
	for _, of := range s.cases {
		if slices.ContainsFunc(n.entries(), func(e entry) bool { return e.key == of.keys[0].name }) {
			all = append(all, of)
		}
	}
	return all
}

// forms checks a value, or a map against the form with which it has most keys in common.
func (c *conformer) forms(n node, s *shape, what string) {
	var best *shape
	most := -1
	for _, of := range s.cases {
		isMap := of.sort == mapShape || of.sort == namesShape
		switch {
		case isMap && n.isMap():
			common := 0
			for _, e := range n.entries() {
				if of.key(e.key) != nil {
					common++
				}
			}
			if common > most {
				best, most = of, common
			}
		case !isMap && n.isScalar():
			c.check(n, of, what)
			return
		}
	}
	if best == nil {
		c.problem(n.at(), "shape", "write "+s.expected(), "%s must be %s", what, s.expected())
		return
	}
	if most == 0 && best.sort == mapShape {
		c.misspelt(n, s.known(), what, "")
		switch {
		case s.common(n):
			c.forms(n, s, what)
		case len(n.Content) == 0:
			c.problem(n.at(), "shape", "write "+s.expected(), "%s is empty", what)
		}
		return
	}
	c.mixed(n, s, best, what)
	c.check(n, best, what)
}

// common reports whether a map has a key of any of the forms.
func (s *shape) common(n node) bool {
	known := s.known()
	return slices.ContainsFunc(n.entries(), func(e entry) bool { return slices.Contains(known, e.key) })
}

// mixed reports keys that belong to another form than the one that was chosen.
func (c *conformer) mixed(n node, s, best *shape, what string) {
	if best.sort != mapShape {
		return
	}
	known := s.known()
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if best.key(k.Value) == nil && slices.Contains(known, k.Value) && !c.told[k] {
			c.told[k] = true
			c.problem(node{k, n.file}.at(), "shape", "put one within the other, or keep to "+strings.Join(best.known(), ", "), "%s mixes %q with forms of another kind", what, k.Value)
		}
	}
}
