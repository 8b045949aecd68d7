package fsm

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// variable is a name that an expression or a text may read. Its kind is empty where the name only holds others (paid).
type variable struct {
	at    Position
	kind  Type
	clash Position // where the same name was given another type
	other Type
}

// offerToCompile is an offer whose expressions wait for the facts.
type offerToCompile struct {
	offer *Offer
	with  []entry
	when  []node
}

// provide makes a name readable that no author chose.
func (l *loader) provide(name string, t Type, at Position) {
	if v, ok := l.vars[name]; ok && v.kind != t {
		v.clash, v.other = at, t
		l.vars[name] = v
		return
	}
	l.vars[name] = variable{at: at, kind: t}
}

// provideBare is provide for an operation's inputs and outputs. A fact of the same name comes first.
func (l *loader) provideBare(name string, t Type, at Position) {
	if has(l.w.Facts, name) || has(l.w.Limits, name) || has(l.w.Offers, name) {
		return
	}
	l.provide(name, t, at)
}

// expression leaves one expression to be compiled when all names are known.
func (l *loader) expression(f fields, key string, want Type, into **Expr) {
	if n := f.all[key]; n.Node != nil {
		l.later = append(l.later, func() { l.compileInto(n, want, l.scope, func(x *Expr) { *into = x }) })
	}
}

// conditions leaves a when to be compiled: a list, of which each line is judged by itself.
func (l *loader) conditions(f fields, key string, into func([]*Expr)) {
	lines := l.list(f, key)
	if len(lines) == 0 {
		return
	}
	l.later = append(l.later, func() {
		var all []*Expr
		for _, n := range lines {
			l.compileInto(n, Boolean, l.scope, func(x *Expr) { all = append(all, x) })
		}
		into(all)
	})
}

// expressions makes the scope, compiles the offers, whose values the others may read, and then all that waits.
func (l *loader) expressions() {
	w := l.w
	w.Vars = map[string]Type{"today": Date, "now": Moment, "case.ref": Text, "case.id": Text, "customer.language": Text}
	w.computed = &computed{limits: w.Limits, facts: map[string]*FactDef{}}
	s := &scope{names: map[string]Type{}, facts: w.Facts, computed: w.computed, hidden: map[string]string{}, broken: l.broken}
	for name, def := range w.Facts {
		if def.Secret {
			s.hidden[name] = name + " is secret: only the identity check can use it"
			continue
		}
		w.Vars[name] = def.Type
	}
	for name, v := range w.Limits {
		w.Vars[name] = v.Type()
	}
	for name, v := range l.vars {
		switch {
		case v.kind == "":
		case v.clash.Line > 0:
			s.hidden[name] = name + " has two types: " + string(v.kind) + " at " + v.at.String() + ", " + string(v.other) + " at " + v.clash.String()
		default:
			w.Vars[name] = v.kind
		}
	}
	maps.Copy(s.names, w.Vars)
	for _, o := range l.offers {
		l.compileOffer(o, s)
	}
	l.scope = s
	if err := s.prepare(); err != nil {
		l.problem(Position{File: l.bundle.Workflow.Name}, "expression", "%v", err)
		return
	}
	for _, compile := range l.later {
		compile()
	}
	l.circles()
}

// compileOffer compiles an offer's expressions one by one, for each may read the values before it: alone here (months),
// under the offer's name everywhere else (plan.months).
func (l *loader) compileOffer(o *offerToCompile, outer *scope) {
	inner := &scope{names: maps.Clone(outer.names), facts: outer.facts, computed: outer.computed, hidden: outer.hidden, broken: maps.Clone(outer.broken)}
	if l.broken[o.offer.Name] { // what it would have isn't known
		return
	}
	see := func(key string, t Type) {
		if _, ok := l.vars[key]; ok && l.vars[key].kind == "" {
			l.problem(o.offer.At, "duplicate", "offer %s can't have a value %q: that name is already defined at %s", o.offer.Name, key, l.vars[key].at)
		}
		l.bare[key] = l.bare[key] || !has(outer.names, key)
		inner.names[key], outer.names[o.offer.Name+"."+key] = t, t
		l.w.Vars[key], l.w.Vars[o.offer.Name+"."+key] = t, t
	}
	for _, key := range o.offer.Keys {
		if values := o.offer.Each[key]; slices.ContainsFunc(values, Value.IsZero) {
			inner.broken[key], l.broken[o.offer.Name+"."+key] = true, true
		} else if len(values) > 0 {
			see(key, values[0].Type())
			for _, v := range values {
				if v.Type() != values[0].Type() {
					l.problem(o.offer.At, "type", "offer %s: the values of %s are of different types", o.offer.Name, key)
				}
			}
		} else if op, ok := l.decl.Operations[o.offer.From]; ok && op.Out[key] != "" {
			see(key, op.Out[key])
		}
	}
	for _, e := range o.with {
		if inner.prepare() != nil {
			return
		}
		l.compileInto(e.val, "", inner, func(x *Expr) {
			o.offer.With[e.key] = x
			see(e.key, x.Type)
		})
		if o.offer.With[e.key] == nil {
			inner.broken[e.key], l.broken[o.offer.Name+"."+e.key] = true, true
		}
	}
	if inner.prepare() != nil {
		return
	}
	for _, n := range o.when {
		l.compileInto(n, Boolean, inner, func(x *Expr) { o.offer.When = append(o.offer.When, x) })
	}
}

// compileInto compiles one expression and hands it on, or says at which of its characters what is wrong.
func (l *loader) compileInto(n node, want Type, s *scope, into func(*Expr)) {
	source := l.scalar(n)
	if strings.TrimSpace(source) == "" || s.env == nil {
		return
	}
	x, wrongs := s.compile(source, want)
	for _, w := range wrongs {
		l.problems = append(l.problems, Problem{At: inside(n, w.column), Code: "expression", Message: source + ": " + w.message, Hint: w.hint})
	}
	if x != nil {
		x.At = n.at()
		l.exprs = append(l.exprs, x)
		into(x)
	}
}

// inside is the place of an expression's nth character. Where quotes or folds hide it, the expression's own must do.
func inside(n node, column int) Position {
	at := n.at()
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || quoted && strings.ContainsAny(n.Value, `\"`+"'\n") && n.Style&yaml.DoubleQuotedStyle == 0 ||
		column > utf8.RuneCountInString(n.Value) {
		return at
	}
	if quoted {
		column++
	}
	at.Column += column
	return at
}

// circles refuses computed facts that rest on themselves, and tells every expression what it rests on in the end.
func (l *loader) circles() {
	l.w.computed.facts = map[string]*FactDef{}
	for name, def := range l.w.Facts {
		if def.Is != nil {
			l.w.computed.facts[name] = def
		}
	}
	for _, name := range keys(l.w.computed.facts) {
		if def := l.w.Facts[name]; l.restsOn(name, name, map[string]bool{}) {
			l.problem(def.Is.At, "circle", "fact %s is computed from itself", name)
			delete(l.w.computed.facts, name)
		}
	}
}

func (l *loader) restsOn(name, on string, seen map[string]bool) bool {
	def := l.w.Facts[name]
	if def == nil || def.Is == nil || seen[name] {
		return false
	}
	seen[name] = true
	for _, r := range def.Is.Reads {
		if r == on || l.restsOn(r, on, seen) {
			return true
		}
	}
	return false
}
