package config

import (
	"fmt"
	"reflect"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// Section is a plug-in's own part of the file: config knows where it stands and not what is in it.
type Section struct {
	Kind string // the plug-in, as plugins.go names it

	file string
	node *yaml.Node // the whole map; kind's value where there is one, for its place
	kind *yaml.Node
	ours []string // keys that are the engine's, not the plug-in's
}

// Decode puts the section into a plug-in's own Config, as strictly as the rest of the file: Problems, all of them at once.
func (s Section) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode a section of kind %q: into %T: want a pointer to a struct", s.Kind, into)
	}
	if s.node == nil { // made by hand: nothing is set
		return nil
	}
	d := &decoder{file: s.file}
	d.structure("", s.node, v.Elem(), s.ours)
	return d.problems.Err()
}

// At puts the section's place before what its plug-in has found wrong with it.
func (s Section) At(err error) error {
	if err == nil || s.node == nil {
		return err
	}
	return fmt.Errorf("%s:%d:%d: %w", s.file, s.node.Line, s.node.Column, err)
}

// UnknownKind is the error for a kind that isn't compiled in.
func (s Section) UnknownKind(known []string) error {
	line, column := 0, 0
	if s.kind != nil {
		line, column = s.kind.Line, s.kind.Column
	}
	return Problems{problem(s.file, line, column, fmt.Sprintf("kind %s is not compiled in: %s", quote(s.Kind), didYouMean(s.Kind, known)))}
}

func (s *Section) keep(d *decoder, n *yaml.Node, ours ...string) {
	s.file, s.node, s.ours = d.file, n, append(ours, "kind")
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "kind" {
			s.kind = n.Content[i+1]
			d.decode("", s.kind, reflect.ValueOf(&s.Kind).Elem())
		}
	}
	if n.Kind == yaml.MappingNode && s.Kind == "" {
		d.problem(n, "kind is missing: which plug-in is this?")
	}
}

// pick decodes the engine's keys of n into into and leaves the others alone.
func (d *decoder) pick(path string, n *yaml.Node, into any) {
	v := reflect.ValueOf(into).Elem()
	if n.Kind != yaml.MappingNode {
		d.problem(n, "want a map, key: value, have a %s", kindName(n))
		return
	}
	ours := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	for i := 0; i+1 < len(n.Content); i += 2 {
		for f := range v.NumField() {
			if v.Type().Field(f).Tag.Get("yaml") == n.Content[i].Value {
				ours.Content = append(ours.Content, n.Content[i], n.Content[i+1])
			}
		}
	}
	d.structure(path, ours, v, nil)
}

// Channel is one way to reach a customer.
type Channel struct {
	Section
	Rate Rate // most messages that leave, over all processes; none: only the provider's own limit
}

func (c *Channel) take(d *decoder, path string, n *yaml.Node) {
	var ours struct {
		Rate Rate `yaml:"rate"` // the most messages that leave, over all processes; none: only the provider's own limit
	}
	d.pick(path, n, &ours)
	c.Rate = ours.Rate
	c.keep(d, n, "rate")
}

// System is one system of record.
type System struct {
	Section
	Objective  Objective
	Operations map[string]Operation
	Events     map[string]map[string]fsm.Type // its news, each with its facts
}

// Objective is what is expected of a system's writebacks: so many of them acknowledged within a time.
type Objective struct {
	Share  Percent       `yaml:"share"`  // how many of them; 99.9% where left out
	Within time.Duration `yaml:"within"` // in which time; 1h where left out
}

func (s *System) take(d *decoder, path string, n *yaml.Node) {
	ours := struct {
		Objective  Objective                      `yaml:"objective"`  // what is expected of its writebacks: so many of them acknowledged within a time
		Operations map[string]Operation           `yaml:"operations"` // the calls on it; what isn't here is its kind's own
		Events     map[string]map[string]fsm.Type `yaml:"events"`     // its news, each with its facts: {paid: {amount: money}}
	}{Objective: Objective{Share: 99_900, Within: time.Hour}}
	d.pick(path, n, &ours)
	s.Objective, s.Operations, s.Events = ours.Objective, ours.Operations, ours.Events
	s.keep(d, n, "objective", "operations", "events")
}

// Operation is one call on a system of record. Options are the adapter's own keys.
type Operation struct {
	Kind    string
	Risk    policy.Risk
	In, Out map[string]fsm.Type
	Options map[string]any
}

func (o *Operation) take(d *decoder, path string, n *yaml.Node) {
	var ours struct {
		Kind string              `yaml:"kind"` // lookup or writeback
		Risk *policy.Risk        `yaml:"risk"` // what it does to the customer: from it follows how sure it must be who replies
		In   map[string]fsm.Type `yaml:"in"`   // what it takes; ref, the bank's own reference, is given by itself
		Out  map[string]fsm.Type `yaml:"out"`  // what it gives
	}
	d.pick(path, n, &ours)
	o.Kind, o.In, o.Out = ours.Kind, ours.In, ours.Out
	if n.Kind != yaml.MappingNode {
		return
	}
	if ours.Risk == nil {
		d.problem(n, "risk is missing: info, service, commitment, pay-in, money, authority or identity")
	} else {
		o.Risk = *ours.Risk
	}
	o.Options = map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i].Value; key {
		case "kind", "risk", "in", "out":
		default:
			o.Options[key] = d.plainly(n.Content[i+1])
		}
	}
}
