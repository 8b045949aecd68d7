package fsm

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"
)

// mutate changes one thing in a file, sometimes two, as a slip of the hand would.
func mutate(t *testing.T, source []byte, seed uint64) (text []byte, what string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same files every time
	root, ps := parseYAML(SourceFile{"source", source})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	var did []string
	for range 1 + r.IntN(2) {
		did = append(did, mutateNode(r, root))
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	if err := errors.Join(e.Encode(root), e.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), strings.Join(did, ", ")
}

func mutateNode(r *rand.Rand, root *yaml.Node) string {
	var maps, lists []*yaml.Node
	var names []string
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		switch {
		case n.Kind == yaml.MappingNode && len(n.Content) > 0:
			maps = append(maps, n)
			for i := 0; i < len(n.Content); i += 2 {
				names = append(names, n.Content[i].Value)
			}
		case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
			lists = append(lists, n)
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(root)
	m := maps[r.IntN(len(maps))]
	at := 2 * r.IntN(len(m.Content)/2)
	key, value := m.Content[at], m.Content[at+1]
	where := fmt.Sprintf("line %d %s", key.Line, key.Value)
	switch r.IntN(7) {
	case 0:
		m.Content[at] = plainNode(slip(r, key.Value))
		return where + ": key misspelt"
	case 1:
		m.Content[at] = plainNode(names[r.IntN(len(names))])
		return where + ": another key"
	case 2:
		m.Content[at+1] = otherValue(r, value)
		return where + ": value of another kind"
	case 3:
		m.Content = slices.Delete(slices.Clone(m.Content), at, at+2)
		return where + ": key left out"
	case 4:
		m.Content = append(slices.Clone(m.Content), plainNode([]string{"extra", "note", names[r.IntN(len(names))]}[r.IntN(3)]), otherValue(r, value))
		return where + ": one key more"
	case 5:
		if value.Kind == yaml.ScalarNode {
			m.Content[at+1] = plainNode([]string{slip(r, value.Value), "-5", "5000", "2.5", "3w", "", " "}[r.IntN(7)])
			return where + ": wrong value"
		}
		fallthrough
	default:
		if len(lists) == 0 {
			m.Content[at+1] = otherValue(r, value)
			return where + ": value of another kind"
		}
		l := lists[r.IntN(len(lists))]
		switch r.IntN(3) {
		case 0:
			l.Content = nil
		case 1:
			l.Content = append(slices.Clone(l.Content), otherValue(r, l.Content[0]))
		default:
			for len(l.Content) < 11 {
				l.Content = append(l.Content, l.Content[0])
			}
		}
		return fmt.Sprintf("line %d: another list", l.Line)
	}
}

// slip is a word with two letters swapped, or one lost or doubled.
func slip(r *rand.Rand, word string) string {
	b := []rune(word)
	if len(b) < 2 {
		return word + "x"
	}
	i := r.IntN(len(b) - 1)
	switch r.IntN(3) {
	case 0:
		b[i], b[i+1] = b[i+1], b[i]
	case 1:
		b = slices.Delete(b, i, i+1)
	default:
		b = slices.Insert(b, i, b[i])
	}
	return string(b)
}

// plainNode is a value as its author would write it, without quotes.
func plainNode(value string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err == nil && len(doc.Content) == 1 && doc.Content[0].Kind == yaml.ScalarNode {
		n := doc.Content[0]
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: n.Tag, Value: n.Value}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: yaml.DoubleQuotedStyle}
}

func otherValue(r *rand.Rand, value *yaml.Node) *yaml.Node {
	all := otherValues(value)
	return all[r.IntN(len(all))]
}

// otherValues are values of every kind.
func otherValues(value *yaml.Node) []*yaml.Node {
	return []*yaml.Node{
		{Kind: yaml.ScalarNode, Tag: "!!str", Value: "3", Style: yaml.DoubleQuotedStyle}, {Kind: yaml.ScalarNode, Tag: "!!str", Value: "true", Style: yaml.DoubleQuotedStyle},
		plainNode("word"), plainNode("7"), plainNode("true"), plainNode("1.5"), plainNode("null"), plainNode(`""`), plainNode("2026-12-25"), plainNode("12h"),
		{Kind: yaml.SequenceNode, Tag: "!!seq"}, {Kind: yaml.MappingNode, Tag: "!!map"},
		{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{value}},
		{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{plainNode("to"), value}},
	}
}
