package fsm

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Key is one key of the language that workflows, fragments and messages are written in.
type Key struct {
	Where       string   // what it belongs to: "workflow", "state that asks"
	Name        string   // as it is written; NAME where the author chooses it
	Type        string   // what stands there, in words: "a time, as 30m, 4h, 21d or 2h30m"
	Description string   // what it is for
	Example     string   // as it may stand in a file
	Required    bool     //
	Values      []string // all that it can be, where they are few
}

// Language is every key of the language, from the table that the loader reads files by and that FileSchema is made of.
func Language() []Key {
	var all []Key
	seen := map[*shape]bool{}
	var walk func(s *shape)
	walk = func(s *shape) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		if s.sort == namesShape && s.where != "" {
			all = append(all, Key{Where: s.where, Name: "NAME", Type: s.of.expected(), Description: s.doc, Example: s.example})
		}
		for _, k := range s.keys {
			all = append(all, Key{Where: s.where, Name: k.name, Type: k.is.expected(), Description: k.doc, Example: k.example, Required: k.must, Values: k.is.values})
		}
		for _, k := range s.keys {
			walk(k.is)
		}
		walk(s.of)
		for _, c := range s.cases {
			walk(c)
		}
	}
	for _, s := range []*shape{workflowShape, fragmentShape, messagesShape} {
		walk(s)
	}
	return all
}

// sort is what may stand in a place.
type shapeSort string

const (
	textShape       shapeSort = "text"       // any one value
	nameShape       shapeSort = "name"       // one name, chosen by the author
	expressionShape shapeSort = "expression" // one line of the expression language
	durationShape   shapeSort = "duration"   // 30m, 4h, 21d
	countShape      shapeSort = "count"      // a whole number from 1 to most
	flagShape       shapeSort = "flag"       // true or false
	enumShape       shapeSort = "enum"       // one of values
	amountShape     shapeSort = "amount"     // a whole number, or an amount in quotes; not negative
	valueShape      shapeSort = "value"      // a whole number, or text
	listShape       shapeSort = "list"       // of items
	namesShape      shapeSort = "names"      // a map of names that the author chooses; keys are those with a meaning of their own
	mapShape        shapeSort = "map"        // a map of keys
	casesShape      shapeSort = "cases"      // one of several: the first key of a map says which
	formsShape      shapeSort = "forms"      // one of several: a value, or the map with which it has most keys in common
)

// shape is what may stand in one place of a file. The loader checks files by it, and FileSchema is made of it.
type shape struct {
	sort    shapeSort
	where   string // "state that asks": what its keys belong to
	what    string // "an option": how an error calls one that has no name; where it has one, "state"
	says    string // what is expected, in words, where its sort doesn't say it
	values  []string
	most    int
	least   int // items of a list, entries of a map
	of      *shape
	rule    *nameRule
	keys    []key
	some    []string // of these keys at least one
	cases   []*shape
	doc     string
	example string
}

// key is one key of a map.
type key struct {
	name    string
	is      *shape
	must    bool
	doc     string
	example string
}

// nameRule says what can be a name in one place.
type nameRule struct {
	pattern  *regexp.Regexp
	reserved []string
	says     string
}

func (s *shape) key(name string) *key {
	if i := slices.IndexFunc(s.keys, func(k key) bool { return k.name == name }); i >= 0 {
		return &s.keys[i]
	}
	return nil
}

// known are the names of all keys that may stand here, in any of the cases.
func (s *shape) known() []string {
	var all []string
	for _, k := range s.keys {
		all = append(all, k.name)
	}
	for _, c := range s.cases {
		for _, name := range c.known() {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// expected says in words what stands here.
func (s *shape) expected() string {
	switch {
	case s.says != "":
		return s.says
	case len(s.values) > 0:
		return "one of " + strings.Join(s.values, ", ")
	}
	switch s.sort {
	case nameShape:
		return "a name: " + s.rule.says
	case expressionShape:
		return "an expression"
	case durationShape:
		return "a time, as 30m, 4h, 21d or 2h30m"
	case countShape:
		return "a whole number from 1 to " + strconv.Itoa(s.most)
	case flagShape:
		return "true or false"
	case amountShape:
		return `a whole number, or an amount in quotes as "9.50", and not negative`
	case valueShape:
		return "a whole number, a text, or an amount in quotes"
	case listShape:
		return "a list"
	case namesShape, mapShape, casesShape:
		return "a map"
	}
	return "one value"
}
