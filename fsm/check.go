package fsm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/policy"
)

// Check finds what loads but can't be meant: states that nobody reaches or leaves, promises taken without a confirmation,
// loops without a bound, challenges that nobody can meet. It follows every arrow and takes every guard as open: what it
// says holds on some path that the arrows allow, and it prints the shortest one.
func Check(w *Workflow) Problems {
	c := &checker{w: w, graph: graphOf(w)}
	c.reached = c.graph.from(w.roots(), func(arrow) bool { return true })
	c.unreachable()
	c.noWayOut()
	c.circles()
	c.unconfirmed()
	c.challenges()
	c.emptyHanded()
	c.unattended()
	c.unknownYet()
	return c.problems.sorted()
}

type checker struct {
	w        *Workflow
	graph    graph
	reached  map[string]arrow // every name that can be entered, with the arrow that first led there
	problems Problems
}

func (c *checker) problem(at Position, code, format string, args ...any) {
	c.problems.add(at, code, format, args...)
}

// own reports whether something stands in the workflow's own file: a fragment may bring more than one workflow needs.
func (c *checker) own(at Position) bool {
	return strings.HasPrefix(at.File, "workflows/") || strings.HasSuffix(at.File, "/"+c.w.Name+".yaml") || at.File == c.w.Name+".yaml"
}

func (c *checker) unreachable() {
	for _, s := range statesInOrder(c.w) {
		if !has(c.reached, s.Name) && c.own(s.At) {
			c.problem(s.At, "unreachable", "state %s is never reached: no arrow leads there", s.Name)
		}
	}
	for _, e := range c.w.ends() {
		if !has(c.reached, e.name) && c.own(e.at) {
			c.problem(e.at, "unreachable", "%s is never reached: no arrow leads there", e.what)
		}
	}
}

// noWayOut finds states from which no end is reached, silence and AGENT aside.
func (c *checker) noWayOut() {
	for _, s := range statesInOrder(c.w) {
		if !has(c.reached, s.Name) {
			continue
		}
		seen := c.graph.from([]arrow{{to: s.Name}}, func(a arrow) bool { return !a.silence && !a.engine })
		if !slices.ContainsFunc(keys(seen), c.w.isEnd) {
			c.problem(s.At, "no-way-out", "state %s has no way out: no outcome or exception can be reached from it", s.Name)
		}
	}
}

func (w *Workflow) isEnd(name string) bool { return w.States[name] == nil }

// circles finds loops that run without the customer, and loops through a do that nothing bounds.
func (c *checker) circles() {
	for _, s := range statesInOrder(c.w) {
		switch {
		case s.Kind == DecideState:
			back := c.graph.from(c.graph.after(s.Name), func(a arrow) bool { return c.w.kind(a.from) == DecideState })
			if path := back.path(s.Name); path != nil {
				c.problem(s.At, "circle", "state %s decides in a circle: %s", s.Name, route(s.Name, path))
			}
		case s.Kind == DoState && s.Times == nil:
			loop := func(a arrow) bool { return !a.engine && (c.w.States[a.from] == nil || c.w.States[a.from].Times == nil) }
			back := c.graph.from(c.graph.after(s.Name), loop)
			if path := back.path(s.Name); path != nil {
				c.problem(s.At, "unbounded", "state %s can be done again and again: %s. Bound it with times: {most: N, then: NAME}", s.Name, route(s.Name, path))
			}
		}
	}
}

func (w *Workflow) kind(name string) StateKind {
	if s := w.States[name]; s != nil {
		return s.Kind
	}
	return ""
}

// commits reports whether an operation binds the customer without a provider's page that shows payee and amount.
func (w *Workflow) commits(call *Call) bool {
	if call == nil || w.Operations[call.Operation] == nil {
		return false
	}
	risk := w.Operations[call.Operation].Risk
	return risk >= policy.Commitment && risk != policy.PayIn
}

// unconfirmed finds ways to a commitment on which nothing is read back.
func (c *checker) unconfirmed() {
	free := c.graph.from(c.w.roots(), func(a arrow) bool { return !a.confirmed })
	report := func(name string, call *Call) {
		if path := free.path(name); c.w.commits(call) && path != nil {
			c.problem(call.At, "unconfirmed", "%s commits the customer (risk %s), and is reached without a confirm: %s", call.Operation,
				c.w.Operations[call.Operation].Risk, route("", path))
		}
	}
	for _, s := range statesInOrder(c.w) {
		report(s.Name, s.Do)
		for _, call := range s.Also {
			report(s.Name, call)
		}
	}
	for _, e := range c.w.ends() {
		report(e.name, e.Write)
		for _, call := range e.Also {
			report(e.name, call)
		}
	}
}

// challenges finds needs that no customer can meet.
func (c *checker) challenges() {
	classes := map[string]bool{}
	for _, def := range c.w.Facts {
		if def.Proves != "" {
			classes[def.Proves] = true
		}
	}
	// One fact and a code typed in the thread that carried it: an e-mail's code confirms an address, and no more.
	codes, said := c.w.codes, false
	report := func(at Position, what string, needs policy.Assurance) {
		switch {
		case needs >= policy.Approval:
			c.problem(at, "impossible", "%s needs %s, and no check in this release can give it", what, needs)
		case needs == policy.Person && len(classes) == 0 && !said:
			said = true // it holds for all of them alike
			c.problem(at, "impossible", "%s needs person, and no secret fact proves who replies: declare two, of different classes (proves: birth, proves: place)", what)
		case needs == policy.Person && len(classes) == 1 && !codes && !said:
			said = true
			c.problem(at, "impossible", "%s needs person: one class of secret facts proves it only with a code, and no channel carries one. Declare a second class (proves:)", what)
		}
	}
	for _, s := range statesInOrder(c.w) {
		report(s.At, "state "+s.Name, s.Needs)
		for _, o := range s.Options {
			if o.Needs > c.w.NeedsAt(o.To) {
				report(o.At, "option "+o.ID, o.Needs)
			}
		}
	}
	for _, e := range c.w.ends() {
		report(e.at, e.what, e.Needs)
		if e.Undo != nil {
			report(e.Undo.Write.At, "undo of "+e.what, c.w.doing(e.Undo.Write))
		}
	}
}

// emptyHanded finds questions that may have nothing to choose from, and handoffs that say nothing.
func (c *checker) emptyHanded() {
	for _, s := range statesInOrder(c.w) {
		switch {
		case s.Kind == SayState && s.Otherwise == "" && !slices.ContainsFunc(s.Options, func(o *Option) bool { return c.always(o) }):
			c.problem(s.At, "nothing-left", "state %s may have no option left: add otherwise, or an option without when", s.Name)
		case s.Kind == OfferState && s.Otherwise == "":
			for _, a := range c.graph.arrows {
				if a.to == s.Name && !a.option && !a.engine {
					c.problem(s.At, "nothing-left", "state %s may have nothing to offer when it is entered from %s: add otherwise", s.Name, orStart(a.from))
					break
				}
			}
		}
	}
	for _, name := range keys(c.w.Outcomes) {
		if o := c.w.Outcomes[name]; o.Queue != "" && o.Say == "" {
			c.problem(o.At, "silent", "outcome %s gives the case to queue %s, and tells the customer nothing: write text %s-said", name, o.Queue, name)
		}
	}
}

// always reports whether an option is there whatever the facts are.
func (c *checker) always(o *Option) bool {
	to := c.w.States[o.To]
	return len(o.When) == 0 && (to == nil || to.Offer == nil || to.Otherwise != "")
}

func orStart(name string) string {
	if name == "" {
		return "anywhere"
	}
	return "state " + name
}

// unattended finds ends that need to know who replies, and are entered when nobody does.
func (c *checker) unattended() {
	var starts []arrow
	for _, a := range c.graph.arrows {
		if a.unattended && !a.engine {
			starts = append(starts, a)
		}
	}
	seen := c.graph.from(starts, func(a arrow) bool { return !a.engine && (a.unattended || !c.w.waits(a.from)) })
	for _, name := range keys(seen) {
		at, needs := c.w.place(name)
		if (c.w.isEnd(name) || c.w.kind(name) == DoState) && needs >= policy.Person {
			path := seen.path(name)
			c.problem(at, "unattended", "%s needs %s, and is entered when nobody replies: %s", name, needs, route(path[0].from, path))
		}
	}
}

func (w *Workflow) waits(name string) bool { return w.States[name] != nil && w.States[name].Waits() }

// place is where a name is defined, and what it needs.
func (w *Workflow) place(name string) (Position, policy.Assurance) {
	switch {
	case w.States[name] != nil:
		return w.States[name].At, w.States[name].Needs
	case w.Outcomes[name] != nil:
		return w.Outcomes[name].At, w.Outcomes[name].Needs
	case w.Exceptions[name] != nil:
		return w.Exceptions[name].At, w.Exceptions[name].Needs
	}
	return Position{}, policy.Anyone
}

// route prints a path: hello -> menu -> pay.
func route(from string, path []arrow) string {
	var b strings.Builder
	b.WriteString(from)
	for _, a := range path {
		if b.Len() > 0 {
			b.WriteString(" -> ")
		} else if a.why != "" && a.from == "" {
			fmt.Fprintf(&b, "(%s) -> ", a.why)
		}
		b.WriteString(a.to)
	}
	return b.String()
}
