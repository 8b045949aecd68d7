package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// pretend is every system of record of a rehearsal: it knows what it was told, does what it is asked and keeps its books of
// it, and fails when told to. An idempotency key that it has seen done is answered as the first time.
type pretend struct {
	mu       sync.Mutex
	facts    map[string]integrations.Values  // guarded by mu; by operation: what lookups find
	told     map[string]integrations.Values  // guarded by mu; by operation: what the next lookup finds, whatever is changed before
	attempts []attempt                       // guarded by mu; every change asked for, in order
	done     map[string]integrations.Receipt // guarded by mu; by key
	next     map[string][]error              // guarded by mu; by operation: what its next calls answer
}

// attempt is one call of a writeback.
type attempt struct {
	operation string
	change    integrations.Change
	err       error
}

func newPretend() *pretend {
	return &pretend{facts: make(map[string]integrations.Values), told: make(map[string]integrations.Values), done: make(map[string]integrations.Receipt), next: make(map[string][]error)}
}

// systems plays every system that the library's workflows name.
func (p *pretend) systems(library *fsm.Library) map[string]integrations.System {
	all := make(map[string]integrations.System)
	workflows := library.All()
	for _, workflow := range slices.Sorted(maps.Keys(workflows)) {
		w := workflows[workflow]
		for operation, decl := range w.Operations {
			system, _, _ := strings.Cut(operation, ".")
			s, ok := all[system].(*pretendSystem)
			if !ok {
				s = &pretendSystem{name: system, bank: p, out: make(map[string]map[string]fsm.Type)}
				all[system] = s
			}
			s.out[operation] = decl.Out
			if s.currency == "" { // a lobby has none
				s.currency = w.Currency
			}
		}
	}
	return all
}

// begins sets what a lookup finds as long as nothing is changed.
func (p *pretend) begins(operation, fact, value string) { p.put(p.facts, operation, fact, value) }

// knows sets what the next lookup finds. From then on changes change it.
func (p *pretend) knows(operation, fact, value string) { p.put(p.told, operation, fact, value) }

func (p *pretend) put(in map[string]integrations.Values, operation, fact, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in[operation] == nil {
		in[operation] = make(integrations.Values)
	}
	in[operation][fact] = value
}

// answers makes the next calls of an operation fail, so many of them.
func (p *pretend) answers(operation string, err error, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next[operation] = append(p.next[operation], slices.Repeat([]error{err}, times)...)
}

func (p *pretend) failure(operation string) error {
	all := p.next[operation]
	if len(all) == 0 {
		return nil
	}
	p.next[operation] = all[1:]
	return all[0]
}

// since are the changes asked for after the first n.
func (p *pretend) since(n int) []attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.attempts[n:])
}

type pretendSystem struct {
	name     string
	currency string
	bank     *pretend
	out      map[string]map[string]fsm.Type
}

func (s *pretendSystem) Find(_ context.Context, r integrations.Request) (integrations.Values, error) {
	s.bank.mu.Lock()
	defer s.bank.mu.Unlock()
	operation := s.name + "." + r.Operation
	if err := s.bank.failure(operation); err != nil {
		return nil, err
	}
	if s.bank.facts[operation] == nil {
		s.bank.facts[operation] = make(integrations.Values)
	}
	maps.Copy(s.bank.facts[operation], s.bank.told[operation])
	delete(s.bank.told, operation)
	return maps.Clone(s.bank.facts[operation]), nil
}

func (s *pretendSystem) Apply(_ context.Context, c integrations.Change) (integrations.Receipt, error) {
	s.bank.mu.Lock()
	defer s.bank.mu.Unlock()
	operation := s.name + "." + c.Operation
	if r, ok := s.bank.done[c.Key]; ok {
		return r, nil
	}
	err := s.bank.failure(operation)
	s.bank.attempts = append(s.bank.attempts, attempt{operation, c, err})
	if err != nil {
		return integrations.Receipt{}, err
	}
	out := make(integrations.Values)
	for name, t := range s.out[operation] {
		out[name] = sample(name, &fsm.FactDef{Type: t, Of: []string{"ok"}})
		if name == "link" {
			out[name] = "https://pay.example/" + c.In["reference"]
		}
	}
	r := integrations.Receipt{ID: fmt.Sprintf("R-%d", len(s.bank.attempts)), Out: out}
	s.bank.done[c.Key] = r
	s.bank.book(s.name, s.currency, c)
	return r, nil
}

// sample is a value for a fact that a rehearsal doesn't name.
func sample(name string, def *fsm.FactDef) string {
	switch def.Proves {
	case "birth":
		return "1990-03-14"
	case "place":
		return "2196"
	}
	switch def.Type {
	case fsm.Money:
		return "1250.00"
	case fsm.Integer:
		return "12"
	case fsm.Boolean:
		return "false"
	case fsm.Date:
		return "2026-11-01"
	case fsm.Chosen:
		return def.Of[0]
	case fsm.Several:
		return strings.Join(def.Of, ",")
	case fsm.Phone:
		return "+447700900001"
	case fsm.Email:
		return "thandi@example.org"
	case fsm.Postal:
		return "12 Long Street, Johannesburg, 2196"
	}
	if name == "reference" {
		return rehearsedRef
	}
	if strings.Contains(name, "last4") {
		return "4821"
	}
	if strings.Contains(name, "name") {
		return "Thandi"
	}
	return name
}
