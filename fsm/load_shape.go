package fsm

import (
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// conform checks one file by itself against what may stand there. Its problems, and no others, are marked Structural:
// they are what an editor finds too, by FileSchema. Of a misspelt key or value it says so once, and goes on with what was
// surely meant, so that nothing else is said about what only follows from it. n is changed where that is so.
func conform(n node, s *shape) Problems {
	c := &conformer{told: map[*yaml.Node]bool{}}
	c.check(n, s, s.what)
	return c.problems
}

type conformer struct {
	problems Problems
	told     map[*yaml.Node]bool // keys of which it has been said that they aren't known
	dry      bool                // only look: nothing is changed
}

func (c *conformer) problem(at Position, code, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{At: at, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Structural: true})
}

func (c *conformer) check(n node, s *shape, what string) {
	switch s.sort {
	case listShape:
		c.list(n, s, what)
	case namesShape:
		if c.isMap(n, s, what) {
			c.names(n, s, what)
		}
	case mapShape:
		if c.isMap(n, s, what) {
			c.keys(n, s, what)
		}
	case casesShape:
		if c.isMap(n, s, what) {
			c.cases(n, s, what)
		}
	case formsShape:
		c.forms(n, s, what)
	default:
		c.value(n, s, what)
	}
}

func (c *conformer) isMap(n node, s *shape, what string) bool {
	if n.isMap() {
		return true
	}
	hint := s.expected()
	if example := s.sample(); example != "" {
		hint += ", as {" + example + "}"
	}
	c.problem(n.at(), "shape", "write "+hint, "%s must be a map", what)
	return false
}

// sample is one entry that a map may have.
func (s *shape) sample() string {
	for _, k := range s.keys {
		if k.example != "" {
			return k.example
		}
	}
	for _, of := range s.cases {
		if example := of.sample(); example != "" {
			return example
		}
	}
	return s.example
}

func (c *conformer) list(n node, s *shape, what string) {
	switch {
	case !n.isList():
		c.problem(n.at(), "shape", "write "+s.expected()+": [...]", "%s must be a list", what)
		return
	case len(n.Content) < s.least:
		c.problem(n.at(), "missing", "write "+s.expected(), "%s is empty", what)
	case s.most > 0 && len(n.Content) > s.most:
		c.problem(n.at(), "shape", "write "+s.expected(), "%s has %d entries, and %d at most fit", what, len(n.Content), s.most)
	}
	for _, item := range n.items() {
		label := s.of.what
		if label == "" {
			label = what
		}
		c.check(item, s.of, label)
	}
}

// names checks a map whose names the author chooses.
func (c *conformer) names(n node, s *shape, what string) {
	entries := n.entries()
	if len(entries) > s.most {
		c.problem(entries[s.most].at, "shape", "", "%s has %d names: %d at most", what, len(entries), s.most)
		entries = entries[:s.most]
	}
	if len(entries) < s.least {
		c.problem(n.at(), "missing", "write "+s.expected(), "%s is empty", what)
	}
	present := map[string]bool{}
	for _, e := range entries {
		present[e.key] = true
	}
	for i, e := range entries {
		k := s.key(e.key)
		if k == nil {
			k = c.meantKey(e, s, present, what)
			if k != nil && !c.dry {
				n.Content[2*i].Value = k.name
			}
		}
		if k != nil {
			present[k.name] = true
			c.check(e.val, k.is, k.name)
			continue
		}
		if r := s.rule; r != nil && !r.allows(e.key) {
			c.problem(e.at, "name", "a name has "+r.says, "%q can't be a name in %s", e.key, s.place(what))
		}
		c.check(e.val, s.of, strings.TrimLeft(s.of.what+" "+e.key, " "))
	}
	for _, k := range s.keys {
		if k.must && !present[k.name] {
			c.missing(n, k, what)
		}
	}
}

func (s *shape) place(what string) string {
	if s.where != "" {
		return s.where
	}
	return what
}

// meantKey is the key that a name was surely meant to be: it is nearly written so, and can't be a name of the author's.
func (c *conformer) meantKey(e entry, s *shape, present map[string]bool, what string) *key {
	for i, k := range s.keys {
		if !present[k.name] && surely(e.key, k.name) && !fitting(e.val, s.of) {
			c.problem(e.at, "unknown-key", fmt.Sprintf("did you mean %q?", k.name), "%s has no key %q", what, e.key)
			return &s.keys[i]
		}
	}
	return nil
}

// fitting reports whether n is as s says, without changing it.
func fitting(n node, s *shape) bool {
	c := &conformer{told: map[*yaml.Node]bool{}, dry: true}
	c.check(n, s, "")
	return len(c.problems) == 0
}

// keys checks a map of known keys.
func (c *conformer) keys(n node, s *shape, what string) {
	meant := c.misspelt(n, s.known(), what, "")
	present := map[string]bool{}
	for _, e := range n.entries() {
		if k := s.key(e.key); k != nil {
			present[e.key] = true
			label := k.name
			if s.what == "text" && k.is.what == "a text" {
				label = what
			}
			c.check(e.val, k.is, label)
		}
	}
	for _, k := range s.keys {
		if k.must && !present[k.name] && !slices.Contains(meant, k.name) {
			c.missing(n, k, what)
		}
	}
	if len(s.some) > 0 && !slices.ContainsFunc(s.some, func(name string) bool { return present[name] || slices.Contains(meant, name) }) {
		c.problem(n.at(), "missing", "", "%s needs %s", what, strings.Join(s.some, " or "))
	}
}

func (c *conformer) missing(n node, k key, what string) {
	c.problem(n.at(), "missing", fmt.Sprintf("%s, as in %s", k.is.expected(), k.example), "%s needs %s", what, k.name)
}
