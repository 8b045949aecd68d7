package fsm

import (
	"slices"

	"github.com/settle-chat/settle/policy"
)

// arrow is one way from a name to another.
type arrow struct {
	from, to   string   // from is empty at the start, and where it holds in every state
	why        string   //
	gives      []string // names that are known from here on
	confirmed  bool     // the customer has said yes to what was read back
	option     bool     // chosen, and hidden where it leads to nothing
	unattended bool     // taken without the customer
	silence    bool
	engine     bool // taken by the engine, from anywhere
}

// graph is all arrows of a workflow.
type graph struct {
	arrows []arrow
	by     map[string][]int // from -> arrows
}

// tree is what a search has reached, each with the arrow that first led there: the shortest path.
type tree map[string]arrow

// from searches breadth first, from the ends of the starts that pass, along the arrows that pass.
func (g graph) from(starts []arrow, pass func(arrow) bool) tree {
	seen := tree{}
	var queue []string
	enter := func(a arrow) {
		if _, ok := seen[a.to]; !ok && pass(a) {
			seen[a.to] = a
			queue = append(queue, a.to)
		}
	}
	for _, a := range starts {
		enter(a)
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, i := range g.by[name] {
			enter(g.arrows[i])
		}
	}
	return seen
}

// path is how a name was reached, or nil.
func (t tree) path(name string) []arrow {
	var path []arrow
	for {
		a, ok := t[name]
		if !ok || len(path) > len(t) {
			return path
		}
		path = append([]arrow{a}, path...)
		if name = a.from; name == "" || slices.ContainsFunc(path, func(b arrow) bool { return b.to == name }) {
			return path
		}
	}
}

// after are the arrows that leave a state, but for the engine's.
func (g graph) after(name string) []arrow {
	var all []arrow
	for _, i := range g.by[name] {
		if !g.arrows[i].engine {
			all = append(all, g.arrows[i])
		}
	}
	return all
}

// roots are the ways in: the start, what holds in every state, and where the engine leads.
func (w *Workflow) roots() []arrow {
	all := []arrow{{to: w.Start, why: "start"}}
	for _, e := range w.Whenever {
		a := arrow{to: e.To, why: "whenever", unattended: true}
		if e.As != "" {
			a.why, a.gives = e.Event, under(e.As, w.Events[e.Event])
		}
		all = append(all, a)
	}
	for _, r := range engineNames {
		if r.name != "cannot-verify" || w.challenges() {
			all = append(all, arrow{to: r.name, why: "the engine", engine: true, unattended: true})
		}
	}
	return all
}

// challenges reports whether a customer may ever be asked who they are.
func (w *Workflow) challenges() bool {
	for name := range w.States {
		if w.NeedsAt(name) > policy.Anyone {
			return true
		}
	}
	return slices.ContainsFunc(w.ends(), func(e namedEnd) bool {
		own := w.Exceptions[e.name] == nil || !slices.Contains(engineExceptions, e.name) // the engine's are entered by anyone
		return own && e.Needs > policy.Anyone || e.Undo != nil && w.needsOf(e.Undo.Write) > policy.Anyone
	})
}

func under(as string, facts map[string]Type) []string {
	var all []string
	for _, f := range keys(facts) {
		all = append(all, as+"."+f)
	}
	return all
}

func graphOf(w *Workflow) graph {
	g := graph{by: map[string][]int{}}
	add := func(a arrow) {
		if a.to == "" || a.to == "never" {
			return
		}
		g.by[a.from] = append(g.by[a.from], len(g.arrows))
		g.arrows = append(g.arrows, a)
	}
	for _, a := range w.roots() {
		add(a)
	}
	for _, s := range statesInOrder(w) {
		for _, a := range w.arrows(s) {
			add(a)
		}
	}
	for _, e := range w.ends() {
		if e.Undo != nil {
			add(arrow{from: e.name, to: e.Undo.To, why: "undo", engine: true})
		}
	}
	for _, name := range keys(w.Exceptions) {
		add(arrow{from: name, to: w.Exceptions[name].Back, why: "back", engine: true})
	}
	return g
}

// arrows are the ways out of one state.
func (w *Workflow) arrows(s *State) []arrow {
	var all []arrow
	to := func(a arrow) {
		a.from = s.Name
		all = append(all, a)
	}
	for _, o := range s.Options {
		to(arrow{to: o.To, why: o.ID, option: true})
	}
	to(arrow{to: s.Otherwise, why: "otherwise"})
	switch s.Kind {
	case AskState:
		to(arrow{to: s.To, gives: []string{s.Ask.Name}})
	case OfferState:
		a := arrow{to: s.To}
		for _, key := range s.Offer.Keys {
			a.gives = append(a.gives, s.Offer.Name+"."+key)
		}
		to(a)
	case ConfirmState, SignState:
		a := arrow{to: s.To, why: "yes", confirmed: true}
		if s.As != "" {
			a.gives = append(under(s.As, map[string]Type{"text": Text, "hash": Text, "at": Moment}), s.As)
		}
		to(a)
		to(arrow{to: s.Else, why: "no"})
	case DoState:
		op := w.Operations[s.Do.Operation]
		given := keys(s.Do.With)
		to(arrow{to: s.Then.OK, why: "ok", gives: append(slices.Clone(given), keys(op.Out)...)})
		for _, reason := range keys(s.Then.Declined) {
			to(arrow{to: s.Then.Declined[reason], why: "declined", gives: given})
		}
		to(arrow{to: s.Then.DeclinedElse, why: "declined", gives: given})
		to(arrow{to: s.Then.Else, why: "else", gives: given})
	case DecideState:
		for _, b := range s.Decide {
			to(arrow{to: b.To})
		}
	case WaitState:
		for _, wf := range s.Wait {
			a := arrow{to: wf.To, why: wf.Event, unattended: true}
			if s.As != "" && wf.Event != "" {
				a.gives = under(s.As, w.Events[wf.Event])
			}
			to(a)
		}
	}
	if s.Times != nil {
		to(arrow{to: s.Times.Then, why: "times"})
	}
	if silence := s.Silence; s.Waits() {
		if silence == nil {
			silence = w.Silence
		}
		to(arrow{to: silence.Then, why: "silence", unattended: true, silence: true})
	}
	return all
}
