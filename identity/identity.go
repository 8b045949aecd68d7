// Package identity turns what is known of a customer, and what a customer types, into normal forms that can be compared
// as keyed hashes. It never compares and never keeps anything: the comparing is fsm.Step's, in the commit that counts the
// try, and the keyed hashes are the store's.
//
// Known facts are a right-party check, never an authenticator (SECURITY.md, section 1.2).
package identity

import "sort"

// Check reads one class of known fact: what proves it, in a normal form that is the same however it is written.
type Check interface {
	// Class names what the fact proves: birth, place. Facts of one class never count as two.
	Class() string

	// Normal is the normal form of the bank's own value. An error never holds the value.
	Normal(value string) (string, error)

	// Read finds an answer of this class in what a customer typed, and returns its normal form and what is left of the
	// text. found is false where there is none, or more than one.
	Read(text, language string) (normal, rest string, found bool)
}

// Read reads the answers to all checks out of one text. The classes are tried in the order in which they leave the least
// to chance: a date is cut out before what is left is read as a postcode. complete says that each class was found and
// nothing is left over.
func Read(checks []Check, text, language string) (normals map[string]string, complete bool) {
	ordered := append([]Check(nil), checks...)
	sort.SliceStable(ordered, func(i, j int) bool { return ordered[i].Class() < ordered[j].Class() })
	normals = make(map[string]string, len(checks))
	for _, c := range ordered {
		normal, rest, found := c.Read(text, language)
		if !found {
			continue
		}
		normals[c.Class()] = normal
		text = rest
	}
	return normals, len(normals) == len(checks)
}
