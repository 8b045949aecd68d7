package fsm

import (
	"slices"

	"github.com/agnivade/levenshtein"

	"github.com/settle-chat/settle/internal/nearest"
)

// misspelt reports keys that aren't known, and gives those that were surely meant their right names. It returns every known
// name that may have been meant: none of them is then said to be missing. otherwise is the hint where none is near.
func (c *conformer) misspelt(n node, known []string, what, otherwise string) (meant []string) {
	var absent []string
	for _, name := range known {
		if !slices.ContainsFunc(n.entries(), func(e entry) bool { return e.key == name }) {
			absent = append(absent, name)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if slices.Contains(known, k.Value) {
			continue
		}
		best := nearest.Name(k.Value, absent)
		if !c.told[k] {
			c.told[k] = true
			hint := didYouMean(k.Value, known).clause()
			switch {
			case best != "":
				hint = didYouMean(k.Value, absent).clause()
			case otherwise != "":
				hint = otherwise
			}
			c.problem(node{k, n.file}.at(), "unknown-key", hint, "%s has no key %q", what, k.Value)
		}
		if best == "" {
			continue
		}
		meant = append(meant, best)
		if surely(k.Value, best) && !c.dry {
			k.Value = best
			absent = slices.DeleteFunc(absent, func(name string) bool { return name == best })
		}
	}
	return meant
}

// surely reports whether a wrong name is a slip of the fingers: two letters swapped, or one in four wrong.
func surely(wrong, right string) bool {
	a, b := []byte(wrong), []byte(right)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b) || levenshtein.ComputeDistance(wrong, right) <= max(1, len(right)/4)
}
