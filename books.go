package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// book does to what a system's lookups find what its change has done: as the ledger keeps its accounts, so does the bank that
// only pretends. An input that is called what a lookup finds is its new value; the changes below mean more than they say. The
// caller holds p.mu.
func (p *pretend) book(system, currency string, c integrations.Change) {
	for operation, known := range p.facts {
		if !strings.HasPrefix(operation, system+".") {
			continue
		}
		b := books{known, currency}
		for name, v := range c.In {
			b.set(name, v)
		}
		switch c.Operation {
		case "record-payment":
			if b.add("balance", "-"+c.In["amount"]) <= 0 {
				b.set("days_past_due", "0")
			}
			b.add("received", c.In["amount"])
		case "record-promise":
			b.add("received", "-"+b.known["received"]) // what came before it doesn't count towards it
		case "flag-dispute":
			b.set("in_dispute", "true")
		case "flag-hardship":
			b.set("in_hardship", "true")
		}
	}
}

// books are what one lookup finds. What it doesn't find, no change makes known.
type books struct {
	known    integrations.Values
	currency string
}

func (b books) set(name, value string) {
	if _, ok := b.known[name]; ok {
		b.known[name] = value
	}
}

// add adds an amount to one that is known, and gives the sum in minor units; 1 where there is no sum.
func (b books) add(name, amount string) int64 {
	was, err := integrations.ParseMoney(b.known[name], b.currency)
	more, bad := integrations.ParseMoney(amount, b.currency)
	sum, wrong := integrations.FormatMoney(was+more, b.currency)
	if err != nil || bad != nil || wrong != nil {
		return 1
	}
	b.known[name] = sum
	return was + more
}

// filled completes an /event line by what its event tells and the line doesn't: what the same system was last asked under
// that name, else a sample. used says which values these are; it is empty where the line says all, or can't be done.
func (t *thread) filled(line string) (complete, used string) {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "/event" {
		return line, ""
	}
	declared := maps.Clone(t.workflow.Events[words[1]])
	for _, pair := range words[2:] {
		name, _, _ := strings.Cut(pair, "=")
		delete(declared, name)
	}
	system, _, _ := strings.Cut(words[1], ".")
	var added []string
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		v := t.bank.lastAsked(system, name)
		if v == "" {
			v = sample(name, &fsm.FactDef{Type: declared[name], Of: []string{"ok"}})
		}
		added = append(added, name+"="+v)
	}
	if len(added) == 0 {
		return line, ""
	}
	all := strings.Join(added, " ")
	return line + " " + all, fmt.Sprintf("%s tells %s; give others as in %s %s", words[1], strings.Join(added, ", "), strings.Join(words[:2], " "), all)
}

// lastAsked is what a system was last asked to change, under an input's name.
func (p *pretend) lastAsked(system, input string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range slices.Backward(p.attempts) {
		if v, ok := a.change.In[input]; ok && strings.HasPrefix(a.operation, system+".") {
			return v
		}
	}
	return ""
}
