package fsm

import (
	"slices"

	"github.com/settle-chat/settle/policy"
)

// derive works out what nobody writes: the assurance that each state and end needs, and the facts that must be fresh there.
func (l *loader) derive() {
	w := l.w
	for _, x := range l.exprs {
		x.Uses = w.rests(x.Reads)
	}
	for _, s := range statesInOrder(w) {
		needs := w.showing(s.texts())
		if s.Do != nil {
			needs = max(needs, w.doing(s.Do))
		}
		for _, c := range s.Also {
			needs = max(needs, w.doing(c))
		}
		if s.raisedAt.Line > 0 && s.Raised < needs {
			l.problem(s.raisedAt, "lowered", "state %s needs %s, from what it shows and does: needs: %s can only raise it", s.Name, needs, s.Raised)
		}
		s.Needs = max(needs, s.Raised)
		s.Uses = w.stateUses(s)
	}
	for _, name := range keys(w.Outcomes) {
		o := w.Outcomes[name]
		o.Needs, o.Uses = w.ending(&o.End), w.endUses(&o.End)
	}
	for _, name := range keys(w.Exceptions) {
		x := w.Exceptions[name]
		x.Needs, x.Uses = w.ending(&x.End), w.endUses(&x.End)
	}
	for _, s := range statesInOrder(w) {
		for _, o := range s.Options {
			if to := w.NeedsAt(o.To); o.Needs != policy.Anyone && o.Needs < to {
				l.problem(o.At, "lowered", "option %s leads to %s, which needs %s: needs: %s can only raise it", o.ID, o.To, to, o.Needs)
			}
		}
	}
}

// showing is what texts need: one private text, in any language, makes it person.
func (w *Workflow) showing(texts []string) policy.Assurance {
	for _, t := range w.Texts {
		for _, name := range texts {
			if def := t.Get(name); def != nil && !def.Public {
				return policy.Person
			}
		}
	}
	return policy.Anyone
}

// doing is what an operation's risk demands, floors included.
func (w *Workflow) doing(c *Call) policy.Assurance {
	op := w.Operations[c.Operation]
	if op == nil {
		return policy.Passkey
	}
	return w.Floors.Needs(op.Risk)
}

func (w *Workflow) ending(e *End) policy.Assurance {
	needs := policy.Anyone
	if e.Say != "" {
		needs = w.showing([]string{e.Say})
	}
	if e.Write != nil {
		needs = max(needs, w.doing(e.Write))
	}
	for _, c := range e.Also {
		needs = max(needs, w.doing(c))
	}
	return needs
}

// rests are the facts that names rest on in the end, through computed ones.
func (w *Workflow) rests(names []string) []string {
	found, seen := []string{}, map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		def := w.Facts[name]
		if def == nil || seen[name] {
			return
		}
		seen[name] = true
		if def.Is == nil {
			found = append(found, name)
			return
		}
		for _, r := range def.Is.Reads {
			follow(r)
		}
	}
	for _, n := range names {
		follow(n)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// uses collects facts for one place.
type uses struct {
	w   *Workflow
	all []string
}

// exprs adds what expressions read. What they ask for with has() may be missing, unless it can be looked up.
func (u *uses) exprs(all ...*Expr) {
	for _, x := range all {
		if x == nil {
			continue
		}
		for _, name := range x.Reads {
			if slices.Contains(x.Tested, name) && !u.w.lookedUp(name) {
				continue
			}
			u.all = append(u.all, u.w.rests([]string{name})...)
		}
	}
}

func (w *Workflow) lookedUp(name string) bool {
	def := w.Facts[name]
	return def != nil && def.Is == nil && def.From != "trigger" && def.From != "customer"
}

func (u *uses) call(c *Call) {
	if c != nil {
		for _, in := range keys(c.With) {
			u.exprs(c.With[in])
		}
	}
}

// texts adds what texts show, in every language: {promised_on.max} shows what the bound rests on.
func (u *uses) texts(names ...string) {
	for _, tag := range keys(u.w.Texts) {
		for _, name := range names {
			t := u.w.Texts[tag].Get(name)
			if t == nil {
				continue
			}
			for _, p := range t.Uses {
				u.all = append(u.all, u.w.rests([]string{p})...)
				if fact, bound := boundOf(p); u.w.Facts[fact] != nil {
					if def := u.w.Facts[fact]; bound == "min" {
						u.exprs(def.Min)
					} else {
						u.exprs(def.Max)
					}
				}
			}
		}
	}
}

func (u *uses) offer(o *Offer) {
	if o.From != "" {
		u.all = append(u.all, listOf+o.Name)
	}
	u.exprs(o.When...)
	for _, key := range keys(o.With) {
		u.exprs(o.With[key])
	}
}

func (u *uses) sorted() []string {
	slices.Sort(u.all)
	return slices.Compact(u.all)
}

func (w *Workflow) stateUses(s *State) []string {
	u := &uses{w: w}
	u.texts(s.texts()...)
	for _, o := range s.Options {
		u.exprs(o.When...)
		if to := w.States[o.To]; to != nil && to.Offer != nil {
			u.offer(to.Offer) // an option is hidden when what it leads to is empty
		}
	}
	for _, b := range s.Decide {
		u.exprs(b.When...)
	}
	if s.Ask != nil {
		u.exprs(s.Ask.Min, s.Ask.Max)
	}
	if s.Offer != nil {
		u.offer(s.Offer)
	}
	u.call(s.Do)
	for _, c := range s.Also {
		u.call(c)
	}
	return u.sorted()
}

func (w *Workflow) endUses(e *End) []string {
	u := &uses{w: w}
	u.call(e.Write)
	for _, c := range e.Also {
		u.call(c)
	}
	if e.Say != "" {
		u.texts(e.Say)
	}
	return u.sorted()
}

// boundOf reads FACT.min and FACT.max.
func boundOf(placeholder string) (fact, bound string) {
	for _, b := range []string{"min", "max"} {
		if n := len(placeholder) - len(b) - 1; n > 0 && placeholder[n:] == "."+b {
			return placeholder[:n], b
		}
	}
	return "", ""
}
