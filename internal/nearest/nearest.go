// Package nearest finds the name that somebody probably meant, for errors that help.
package nearest

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Name is the known name that takes the fewest changes from a wrong one, in any case; empty where none is near: more than
// half of the letters differ, or of three or fewer more than all but one. Of several the first in order is taken.
func Name(wrong string, known []string) string {
	letters := len([]rune(wrong))
	best, least := "", 1+max(min(2, letters-1), letters/2)
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := levenshtein.ComputeDistance(strings.ToLower(wrong), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}
