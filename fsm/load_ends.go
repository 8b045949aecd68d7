package fsm

import (
	"slices"
	"strings"
	"time"

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
	f := l.fields(e.val, "outcome "+e.key, "write", "with", "also", "flag", "queue", "say", "opens", "undo", "resolved")
	o := &Outcome{Name: e.key, At: e.at, Resolved: l.flag(f, "resolved", true), End: l.end(f, "outcome "+e.key)}
	if f.has("opens") {
		o.Opens = l.opens(f.all["opens"])
	}
	if f.has("undo") {
		if o.Write == nil {
			l.problem(f.all["undo"].at(), "conflict", "outcome %s writes nothing: there is nothing to undo", e.key)
		}
		u := l.fields(f.all["undo"], "undo", "write", "with", "within", "to")
		o.Undo = &UndoDef{Write: l.call(u, "write", "with", "undo"), Within: l.duration(u, "within"), To: l.to(u, "to", "undo")}
		l.needed(u, "undo", "write", "within")
	}
	return o
}

func (l *loader) needed(f fields, what string, all ...string) {
	for _, key := range all {
		if !f.has(key) {
			l.problem(f.at, "missing", "%s needs %s", what, key)
		}
	}
}

func (l *loader) exception(e entry, shared bool) *Exception {
	f := l.fields(e.val, "exception "+e.key, "write", "with", "also", "flag", "queue", "say", "back", "after")
	x := &Exception{Name: e.key, At: e.at, Back: l.text(f, "back"), After: l.count(f, "after", 20), End: l.end(f, "exception "+e.key)}
	if !f.has("queue") {
		l.problem(e.at, "no-queue", "exception %s needs its queue: who gets the blocked case", e.key)
	}
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
	end := End{Write: l.call(f, "write", "with", what), Also: l.also(f), Flag: l.text(f, "flag"), Queue: l.text(f, "queue"), Say: l.text(f, "say")}
	if end.Write == nil && f.has("with") && !f.has("write") {
		l.problem(f.all["with"].at(), "unknown-key", "with belongs to write, and %s writes nothing", what)
	}
	if end.Queue != "" && !has(l.decl.Queues, end.Queue) {
		l.problem(f.all["queue"].at(), "unknown-name", "queue %q isn't declared in settle.yaml%s", end.Queue, didYouMean(end.Queue, keys(l.decl.Queues)))
	}
	if known := flagNames(); end.Flag != "" && !slices.Contains(known, end.Flag) {
		l.problem(f.all["flag"].at(), "unknown-name", "there is no flag %q%s", end.Flag, didYouMean(end.Flag, known))
	}
	return end
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
func (l *loader) call(f fields, key, with, what string) *Call {
	if !f.has(key) {
		return nil
	}
	return l.operation(f.all[key], f.all[with], what, key == "do")
}

// also reads what other systems are told without waiting: names of operations, or {write:, with:}.
func (l *loader) also(f fields) []*Call {
	var all []*Call
	for _, n := range l.list(f, "also") {
		if n.isScalar() {
			all = append(all, l.operation(n, node{}, "also", false))
			continue
		}
		a := l.fields(n, "also", "write", "with")
		l.needed(a, "also", "write")
		if c := l.call(a, "write", "with", "also"); c != nil {
			all = append(all, c)
		}
	}
	return all
}

// providedInput is the input that every operation is given where it declares it: the bank's reference of the matter.
const providedInput = "ref"

// operation reads a call. Only a state may wait for a lookup: everything else changes a system.
func (l *loader) operation(n, with node, what string, mayLookUp bool) *Call {
	c := &Call{Operation: l.scalar(n, what), At: n.at(), With: map[string]*Expr{}}
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
	if with.Node != nil && !with.isMap() {
		l.problem(with.at(), "shape", "with must be a map: {INPUT: expression}")
	} else if with.Node != nil {
		for _, e := range with.entries() {
			given[e.key] = true
			t, ok := op.In[e.key]
			if !ok {
				l.problem(e.at, "unknown-name", "%s has no input %q%s", c.Operation, e.key, didYouMean(e.key, keys(op.In)))
				continue
			}
			l.later = append(l.later, func() { l.compileInto(e.val, t, l.scope, func(x *Expr) { c.With[e.key] = x }) })
		}
	}
	for _, in := range keys(op.In) {
		if !given[in] {
			l.problem(n.at(), "missing", "%s needs its input %s (%s): with: {%s: ...}", c.Operation, in, op.In[in], in)
		}
	}
	return c
}

func (l *loader) opens(n node) *Opens {
	f := l.fields(n, "opens", "workflow", "at", "facts")
	l.needed(f, "opens", "workflow", "at")
	o := &Opens{Workflow: l.text(f, "workflow"), Facts: map[string]*Expr{}}
	l.expression(f, "at", Moment, &o.When)
	for _, e := range l.entries(part{fields: f}, "facts") {
		l.later = append(l.later, func() { l.compileInto(e.val, "", l.scope, func(x *Expr) { o.Facts[e.key] = x }) })
	}
	return o
}

func (l *loader) whenever(n node) {
	f := l.fields(n, "whenever", "when", "event", "as", "to")
	e := Whenever{At: n.at(), Event: l.text(f, "event"), As: l.text(f, "as"), To: l.to(f, "to", "whenever")}
	switch {
	case f.has("as") && !f.has("event"):
		l.problem(f.all["as"].at(), "conflict", "as names an event's facts: there is no event here")
	case !f.has("event") && !f.has("when"):
		l.problem(f.at, "missing", "whenever needs event: or when:")
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
	if _, ok := l.vars[name]; ok && l.eventNames[name] || l.variable(name, at, "an event's facts") {
		l.eventNames[name] = true
		for _, event := range events {
			for _, fact := range keys(l.decl.Events[event]) {
				l.provide(name+"."+fact, l.decl.Events[event][fact], at)
			}
		}
	}
}

// paths reads how a case begins and how long it may last: what only the workflow has, and what it takes from a fragment
// unless it has its own.
func (l *loader) paths(parts []part) {
	w, f := l.w, parts[0].fields
	if w.Name != LobbyName {
		l.trigger(f)
		l.reach(f)
	} else if f.has("trigger") || f.has("reach") {
		l.problem(f.at, "conflict", "lobby is for whoever writes: it has no trigger and no reach")
	}
	if w.Start = l.to(f, "start", "a workflow"); w.Start != "" {
		l.targets[len(l.targets)-1].only = "state"
	}
	var silence, expires fields
	for _, p := range parts {
		for key, found := range map[string]*fields{"silence": &silence, "expires": &expires} {
			switch {
			case !p.has(key):
			case !found.has(key):
				*found = p.fields
			case p.what == "fragment" && found.all[key].file != parts[0].all["workflow"].file:
				l.problem(p.all[key].at(), "duplicate", "%s is already defined at %s", key, found.all[key].at())
			}
		}
	}
	if w.Silence = l.silence(silence); w.Silence == nil {
		l.problem(f.at, "missing", "a workflow needs silence: {after:, then:}, for when the customer doesn't answer; or a fragment that has it")
	}
	if w.Expires = l.duration(expires, "expires"); w.Expires == 0 && !expires.has("expires") {
		l.problem(f.at, "missing", "a workflow needs expires: how long a case may last; or a fragment that has it")
	}
}

func (l *loader) silence(f fields) *Silence {
	if !f.has("silence") {
		return nil
	}
	s := l.fields(f.all["silence"], "silence", "after", "remind", "times", "then")
	l.needed(s, "silence", "after")
	out := &Silence{After: l.duration(s, "after"), Remind: l.text(s, "remind"), Times: l.count(s, "times", 10), Then: l.to(s, "then", "silence")}
	switch {
	case out.Remind != "" && out.Times == 0:
		out.Times = 1
	case out.Remind == "" && s.has("times"):
		l.problem(s.all["times"].at(), "unknown-key", "silence has times only with remind")
	}
	return out
}

func (l *loader) trigger(f fields) {
	if !f.has("trigger") {
		l.problem(f.at, "missing", "a workflow needs its trigger: {event: NAME}")
		return
	}
	t := l.fields(f.all["trigger"], "trigger", "event", "when", "once-per")
	l.needed(t, "trigger", "event")
	l.w.Trigger = Trigger{Event: l.text(t, "event"), OncePer: l.oneOf(t, "once-per", "account", "contact")}
	l.conditions(t, "when", func(all []*Expr) { l.w.Trigger.When = all })
}

func (l *loader) reach(f fields) {
	if !f.has("reach") {
		l.problem(f.at, "missing", "a workflow needs reach: [{CHANNEL: TEXT}], how the customer is first reached")
	}
	channels := append(slices.Clone(l.decl.Channels), "same")
	var before time.Duration
	for i, n := range l.list(f, "reach") {
		r := l.fields(n, "reach", append(slices.Clone(channels), "after")...)
		step := Reach{At: n.at()}
		for _, c := range channels {
			if r.has(c) {
				if step.Channel != "" {
					l.problem(r.all[c].at(), "conflict", "one step of reach has one channel")
				}
				step.Channel, step.Text = c, l.text(r, c)
			}
		}
		step.After = l.duration(r, "after")
		switch {
		case step.Channel == "" && n.isMap():
			l.problem(n.at(), "missing", "a step of reach needs its channel: one of %s", strings.Join(channels, ", "))
		case i > 0 && step.After <= before && (step.After > 0 || !r.has("after")):
			l.problem(n.at(), "conflict", "a step of reach comes later than the one before it: after is counted from the case's beginning")
		}
		before = max(before, step.After)
		l.w.Reach = append(l.w.Reach, step)
	}
}
