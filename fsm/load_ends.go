package fsm

import (
	"github.com/settle-chat/settle/internal/nearest"
	"github.com/settle-chat/settle/policy"
)

// ends reads a part's outcomes and exceptions, and what leads to them from everywhere.
func (l *loader) ends(p part) {
	w := l.w
	if w.Outcomes == nil {
		w.Outcomes, w.Exceptions = map[string]*Outcome{}, map[string]*Exception{}
	}
	for _, e := range l.entries(p, "outcomes") {
		if l.take(e.key, e.at) {
			w.Outcomes[e.key] = l.outcome(e)
		}
	}
	for _, e := range l.entries(p, "exceptions") {
		if l.take(e.key, e.at) {
			w.Exceptions[e.key] = l.exception(e, p.what == "fragment")
		}
	}
	for _, n := range l.list(p.fields, "whenever") {
		l.whenever(n)
	}
}

func (l *loader) outcome(e entry) *Outcome {
	f := l.fields(e.val)
	return &Outcome{Name: e.key, At: e.at, Resolved: l.flag(f, "resolved", true), End: l.end(f, "outcome "+e.key)}
}

func (l *loader) exception(e entry, shared bool) *Exception {
	f := l.fields(e.val)
	x := &Exception{Name: e.key, At: e.at, Back: l.text(f, "back"), After: l.count(f, "after"), End: l.end(f, "exception "+e.key)}
	switch {
	case x.Back == "" || x.Back == "never":
	case shared:
		// A fragment's way back, menu, is right for most; a workflow without that state goes back to where it was.
		l.later = append(l.later, func() {
			if l.w.States[x.Back] == nil {
				x.Back = ""
			}
		})
	default:
		l.targets = append(l.targets, target{x.Back, f.all["back"].at(), "state"})
	}
	return x
}

// end reads what outcomes and exceptions have in common.
func (l *loader) end(f fields, what string) End {
	end := End{Write: l.call(f, "write", "with"), Also: l.also(f), Flag: l.text(f, "flag"), Queue: l.text(f, "queue"), Say: l.text(f, "say")}
	if end.Write == nil && f.has("with") && !f.has("write") {
		l.problem(f.all["with"].at(), "unknown-key", "with belongs to write, and %s writes nothing", what)
	}
	if end.Queue != "" && !has(l.decl.Queues, end.Queue) {
		l.problem(f.all["queue"].at(), "unknown-name", "queue %q isn't declared in settle.yaml%s", end.Queue, didYouMean(end.Queue, keys(l.decl.Queues)))
	}
	if f.has("opens") {
		end.Opens = l.opens(f.all["opens"])
	}
	if f.has("undo") {
		if end.Write == nil {
			l.problem(f.all["undo"].at(), "conflict", "%s writes nothing: there is nothing to undo", what)
		}
		u := l.fields(f.all["undo"])
		end.Undo = &UndoDef{Write: l.call(u, "write", "with"), Within: l.duration(u, "within"), To: l.to(u, "to")}
	}
	return end
}

// namedEnd is an outcome or an exception as one of all that happens at an end.
type namedEnd struct {
	*End
	name, what string // what: outcome paid, exception hardship
	at         Position
}

// ends are all outcomes and then all exceptions, each in order of their names.
func (w *Workflow) ends() []namedEnd {
	all := make([]namedEnd, 0, len(w.Outcomes)+len(w.Exceptions))
	for _, name := range keys(w.Outcomes) {
		o := w.Outcomes[name]
		all = append(all, namedEnd{&o.End, name, "outcome " + name, o.At})
	}
	for _, name := range keys(w.Exceptions) {
		x := w.Exceptions[name]
		all = append(all, namedEnd{&x.End, name, "exception " + name, x.At})
	}
	return all
}

func has[V any](m map[string]V, key string) bool { _, ok := m[key]; return ok }

func flagNames() []string {
	var names []string
	for _, f := range []policy.Flag{policy.FlagDispute, policy.FlagCease, policy.FlagAttorney, policy.FlagBankruptcy, policy.FlagDeceased,
		policy.FlagBreathingSpace, policy.FlagHardship, policy.FlagWrongPerson} {
		names = append(names, string(f))
	}
	return names
}

// call reads one operation with its inputs, against the operation's declaration.
func (l *loader) call(f fields, key, with string) *Call {
	if !f.has(key) {
		return nil
	}
	return l.operation(f.all[key], f.all[with], key == "do")
}

// also reads what other systems are told without waiting: names of operations, or {write:, with:}.
func (l *loader) also(f fields) []*Call {
	var all []*Call
	for _, n := range l.list(f, "also") {
		if n.isScalar() {
			all = append(all, l.operation(n, node{}, false))
			continue
		}
		if c := l.call(l.fields(n), "write", "with"); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// providedInput is the input that every operation is given where it declares it: the bank's reference of the matter.
const providedInput = "ref"

// operation reads a call. Only a state may wait for a lookup: everything else changes a system.
func (l *loader) operation(n, with node, mayLookUp bool) *Call {
	c := &Call{Operation: l.scalar(n), At: n.at(), With: map[string]*Expr{}}
	op, ok := l.decl.Operations[c.Operation]
	switch {
	case c.Operation == "":
		return c
	case !ok:
		l.problem(n.at(), "unknown-name", "operation %q isn't declared in settle.yaml%s", c.Operation, didYouMean(c.Operation, l.operations("writeback")))
		return c
	case op.Kind != "writeback" && !mayLookUp:
		l.problem(n.at(), "conflict", "%s is a %s: here a writeback is needed", c.Operation, op.Kind)
		return c
	}
	given := map[string]bool{providedInput: true}
	for _, e := range with.mapped() {
		given[e.key] = true
		t, ok := op.In[e.key]
		if !ok {
			l.problem(e.at, "unknown-name", "%s has no input %q%s", c.Operation, e.key, didYouMean(e.key, keys(op.In)))
			given[nearest.Name(e.key, keys(op.In))] = true // which is missing, but under another name
			continue
		}
		l.later = append(l.later, func() { l.compileInto(e.val, t, l.scope, func(x *Expr) { c.With[e.key] = x }) })
	}
	for _, in := range keys(op.In) {
		if !given[in] {
			l.problem(n.at(), "missing", "%s needs its input %s (%s): with: {%s: ...}", c.Operation, in, op.In[in], in)
		}
	}
	return c
}

func (l *loader) opens(n node) *Opens {
	f := l.fields(n)
	o := &Opens{Workflow: l.text(f, "workflow"), Facts: map[string]*Expr{}}
	l.expression(f, "at", Moment, &o.When)
	for _, e := range l.entries(part{fields: f}, "facts") {
		l.later = append(l.later, func() { l.compileInto(e.val, "", l.scope, func(x *Expr) { o.Facts[e.key] = x }) })
	}
	return o
}

func (l *loader) whenever(n node) {
	f := l.fields(n)
	e := Whenever{At: n.at(), Event: l.text(f, "event"), As: l.text(f, "as"), To: l.to(f, "to")}
	if f.has("as") && !f.has("event") {
		l.problem(f.all["as"].at(), "conflict", "as names an event's facts: there is no event here")
	}
	if f.has("event") {
		l.event(f.all["event"], e.Event)
	}
	l.named(f, "as", []string{e.Event})
	i := len(l.w.Whenever)
	l.w.Whenever = append(l.w.Whenever, e)
	l.conditions(f, "when", func(all []*Expr) { l.w.Whenever[i].When = all })
}

// event checks that an event is declared.
func (l *loader) event(n node, name string) {
	if name != "" && !has(l.decl.Events, name) {
		l.problem(n.at(), "unknown-name", "event %q isn't declared in settle.yaml%s", name, didYouMean(name, keys(l.decl.Events)))
	}
}

// named makes an event's facts readable under a name: paid.amount.
func (l *loader) named(f fields, key string, events []string) {
	name := l.text(f, key)
	if name == "" {
		return
	}
	at := f.all[key].at()
	if _, ok := l.vars[name]; ok && l.eventNames[name] || l.variable(name, at) {
		l.eventNames[name] = true
		l.broken[name] = l.broken[name] || len(events) == 0
		for _, event := range events {
			l.broken[name] = l.broken[name] || !has(l.decl.Events, event) // it has been said that it isn't declared
			for _, fact := range keys(l.decl.Events[event]) {
				l.provide(name+"."+fact, l.decl.Events[event][fact], at)
			}
		}
	}
}
