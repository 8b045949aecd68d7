package fsm

import (
	"slices"

	"github.com/settle-chat/settle/internal/nearest"
	"github.com/settle-chat/settle/policy"
)

func (l *loader) states(p part) {
	if l.w.States == nil {
		l.w.States = map[string]*State{}
	}
	for _, e := range l.entries(p, "states") {
		if l.take(e.key, e.at) {
			if s := l.state(e); s != nil {
				l.w.States[e.key] = s
			}
		}
	}
}

// state reads a state that does one thing.
func (l *loader) state(e entry) *State {
	f := l.fields(e.val)
	i := slices.IndexFunc(stateKinds, func(k stateKind) bool { return f.has(k.keys[0].name) })
	if i < 0 {
		return nil
	}
	s := &State{Name: e.key, At: e.at, Kind: stateKinds[i].kind, Say: l.text(f, "say"), As: l.text(f, "as"), Also: l.also(f), Silence: l.silence(f)}
	if f.has("times") {
		t := l.fields(f.all["times"])
		s.Times = &Times{Most: l.count(t, "most"), Then: l.to(t, "then")}
	}
	if f.has("needs") {
		s.Raised, s.raisedAt = l.assurance(f), f.all["needs"].at()
	}
	if f.has("otherwise") {
		s.Otherwise = l.arrow(f.all["otherwise"])
	}
	switch s.Kind {
	case SayState:
		l.say(f, s)
	case AskState:
		l.ask(f, s)
	case OfferState:
		l.offering(f, s)
	case ConfirmState, SignState:
		s.Say = l.text(f, string(s.Kind))
		s.To, s.Else = l.to(f, "to"), l.to(f, "else")
		l.signed(f, s)
	case DoState:
		l.do(f, s)
	case DecideState:
		l.decide(f, s)
	case WaitState:
		l.wait(f, s)
	}
	return s
}

// assurance is what an author raised a need to.
func (l *loader) assurance(f fields) policy.Assurance {
	var a policy.Assurance
	if needs := l.text(f, "needs"); needs != "" && a.UnmarshalText([]byte(needs)) != nil {
		return policy.Anyone // said by conform
	}
	return a
}

func (l *loader) say(f fields, s *State) {
	for _, n := range l.list(f, "options") {
		o := l.fields(n)
		opt := &Option{ID: l.text(o, "id"), At: n.at(), To: l.to(o, "to"), Needs: l.assurance(o)}
		if opt.ID == "" {
			continue
		}
		if slices.ContainsFunc(s.Options, func(other *Option) bool { return other.ID == opt.ID }) {
			l.problem(o.all["id"].at(), "duplicate", "state %s has an option %q already", s.Name, opt.ID)
		}
		l.conditions(o, "when", func(all []*Expr) { opt.When = all })
		s.Options = append(s.Options, opt)
	}
}

func (l *loader) ask(f fields, s *State) {
	name := l.text(f, "ask")
	s.To = l.to(f, "to")
	def := l.w.Facts[name]
	switch {
	case name == "" || l.broken[name]:
	case def == nil:
		l.problem(f.all["ask"].at(), "unknown-name", "there is no fact %q%s", name, didYouMean(name, keys(l.w.Facts)))
	case def.From != "customer":
		l.problem(f.all["ask"].at(), "conflict", "fact %s doesn't come from the customer: it can't be asked", name)
	default:
		s.Ask, s.Say = def, name
	}
}

func (l *loader) offering(f fields, s *State) {
	name := l.text(f, "offer")
	s.To = l.to(f, "to")
	if s.Offer = l.w.Offers[name]; s.Offer == nil && name != "" && !l.broken[name] {
		l.problem(f.all["offer"].at(), "unknown-name", "there is no offer %q%s", name, didYouMean(name, keys(l.w.Offers)))
	}
}

// signed makes an attestation readable: what was signed, and its text's version and hash.
func (l *loader) signed(f fields, s *State) {
	if s.Kind != SignState || s.As == "" {
		return
	}
	at := f.all["as"].at()
	if l.variable(s.As, at) {
		l.vars[s.As] = variable{at: at, kind: Text}
		l.provide(s.As+".version", Text, at)
		l.provide(s.As+".hash", Text, at)
		l.provide(s.As+".at", Moment, at)
	}
}

func (l *loader) do(f fields, s *State) {
	s.Do = l.call(f, "do", "with")
	op, ok := l.decl.Operations[s.Do.Operation]
	if !ok { // it has been said; what the one gives that was meant is known all the same
		op = l.decl.Operations[nearest.Name(s.Do.Operation, keys(l.decl.Operations))]
	}
	for _, m := range []map[string]Type{op.In, op.Out} {
		for _, name := range keys(m) {
			if name != providedInput {
				l.provideBare(name, m[name], s.Do.At)
			}
		}
	}
	t := l.fields(f.all["then"])
	s.Then = &Then{OK: l.to(t, "ok"), Else: l.to(t, "else"), Declined: map[string]string{}}
	switch d := t.all["declined"]; {
	case d.Node == nil:
		s.Then.DeclinedElse = s.Then.Else
	case d.isMap():
		for _, e := range d.entries() {
			if e.key == "else" {
				s.Then.DeclinedElse = l.arrow(e.val)
				continue
			}
			s.Then.Declined[e.key] = l.arrow(e.val)
		}
	default:
		s.Then.DeclinedElse = l.arrow(d)
		s.Then.Declined[""] = s.Then.DeclinedElse
	}
}

func (l *loader) decide(f fields, s *State) {
	lines := l.list(f, "decide")
	for i, n := range lines {
		b := l.fields(n)
		branch := &Branch{To: l.to(b, "to")}
		last := i == len(lines)-1
		switch {
		case last && b.has("when"):
			l.problem(b.all["when"].at(), "decide", "the last line of decide has no when: something must follow")
		case !last && !b.has("when"):
			l.problem(n.at(), "decide", "only the last line of decide is without when: the lines after this one are never reached")
		}
		l.conditions(b, "when", func(all []*Expr) { branch.When = all })
		s.Decide = append(s.Decide, branch)
	}
}

func (l *loader) wait(f fields, s *State) {
	if !f.all["wait"].isMap() {
		return
	}
	var events []string
	times := 0
	for _, e := range f.all["wait"].entries() {
		w := &WaitFor{To: l.arrow(e.val)}
		if d, err := parseDuration(e.key); err == nil {
			w.After = d
			times++
		} else {
			w.Event = e.key
			events = append(events, e.key)
			if !has(l.decl.Events, e.key) {
				l.problem(e.at, "unknown-name", "%q is neither an event declared in settle.yaml nor a time (30m, 4h, 21d)%s", e.key, didYouMean(e.key, keys(l.decl.Events)))
			}
		}
		s.Wait = append(s.Wait, w)
	}
	if times != 1 {
		l.problem(f.all["wait"].at(), "wait", "wait needs exactly one time, for when nothing comes: here are %d", times)
	}
	l.named(f, "as", events)
}
