package fsm

import (
	"slices"
	"strings"

	"github.com/settle-chat/settle/policy"
)

// kindKeys are the keys that say what a state does, and what else a state of that kind may have.
var kindKeys = []struct {
	key  string
	kind StateKind
	may  []string
}{
	{"ask", AskState, []string{"to", "silence"}},
	{"offer", OfferState, []string{"say", "to", "otherwise", "silence"}},
	{"confirm", ConfirmState, []string{"to", "else", "silence"}},
	{"sign", SignState, []string{"as", "to", "else", "silence"}},
	{"do", DoState, []string{"with", "then"}},
	{"decide", DecideState, nil},
	{"wait", WaitState, []string{"say", "as"}},
	{"options", SayState, []string{"say", "otherwise", "silence"}},
}

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
	if p.what == "workflow" && len(l.w.States) == 0 {
		l.problem(p.at, "missing", "a workflow needs states: {NAME: {...}}")
	}
}

func (l *loader) state(e entry) *State {
	what := "state " + e.key
	if !e.val.isMap() {
		l.problem(e.val.at(), "shape", "%s must be a map: {say: ..., options: [...]}", what)
		return nil
	}
	var known []string
	var kinds []string
	kind := -1
	for i, k := range kindKeys {
		if slices.ContainsFunc(e.val.entries(), func(x entry) bool { return x.key == k.key }) {
			kind, kinds = i, append(kinds, k.key)
		}
	}
	switch len(kinds) {
	case 0:
		l.problem(e.at, "kind", "%s does nothing: it needs one of say with options, ask, offer, confirm, sign, do, decide, wait", what)
		return nil
	case 1:
		known = append([]string{kindKeys[kind].key, "times", "also", "needs"}, kindKeys[kind].may...)
	default:
		l.problem(e.at, "kind", "%s does %d things (%s): a state does one", what, len(kinds), strings.Join(kinds, ", "))
		return nil
	}
	f := l.fields(e.val, what, known...)
	s := &State{Name: e.key, At: e.at, Kind: kindKeys[kind].kind, Say: l.text(f, "say"), As: l.text(f, "as"), Also: l.also(f), Silence: l.silence(f)}
	if f.has("times") {
		t := l.fields(f.all["times"], "times", "most", "then")
		l.needed(t, "times", "most")
		s.Times = &Times{Most: l.count(t, "most", 100), Then: l.to(t, "then", "times")}
	}
	if needs := l.text(f, "needs"); needs != "" {
		if err := s.Raised.UnmarshalText([]byte(needs)); err != nil {
			levels := []string{policy.Device.String(), policy.Person.String(), policy.Approval.String(), policy.Passkey.String()}
			l.problem(f.all["needs"].at(), "unknown-name", "needs can't be %q%s", needs, didYouMean(needs, levels))
		}
		s.raisedAt = f.all["needs"].at()
	}
	if f.has("otherwise") {
		s.Otherwise = l.arrow(f.all["otherwise"], "otherwise")
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
		s.To, s.Else = l.to(f, "to", what), l.to(f, "else", what)
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

func (l *loader) say(f fields, s *State) {
	what := "state " + s.Name
	l.needed(f, what, "say")
	for _, n := range l.list(f, "options") {
		o := l.fields(n, "an option", "id", "to", "when", "needs")
		opt := &Option{ID: l.text(o, "id"), At: n.at(), To: l.to(o, "to", "an option")}
		switch {
		case opt.ID == "":
			l.problem(n.at(), "missing", "an option needs its id: the name of its label")
			continue
		case !nameForm.MatchString(opt.ID):
			l.problem(o.all["id"].at(), "name", "%q can't be an option's id: small letters, digits, - and _", opt.ID)
		case slices.ContainsFunc(s.Options, func(other *Option) bool { return other.ID == opt.ID }):
			l.problem(o.all["id"].at(), "duplicate", "%s has an option %q already", what, opt.ID)
		}
		if needs := l.text(o, "needs"); needs != "" {
			if err := opt.Needs.UnmarshalText([]byte(needs)); err != nil {
				l.problem(o.all["needs"].at(), "unknown-name", "needs can't be %q%s", needs, didYouMean(needs, []string{"device", "person", "approval", "passkey"}))
			}
		}
		l.conditions(o, "when", func(all []*Expr) { opt.When = all })
		s.Options = append(s.Options, opt)
	}
	if f.all["options"].isList() && len(s.Options) == 0 {
		l.problem(f.all["options"].at(), "missing", "%s has no options", what)
	}
	if len(s.Options) > 10 {
		l.problem(f.all["options"].at(), "shape", "%s has %d options: ten at most fit a list", what, len(s.Options))
	}
}

func (l *loader) ask(f fields, s *State) {
	name := l.text(f, "ask")
	s.To = l.to(f, "to", "state "+s.Name)
	def := l.w.Facts[name]
	switch {
	case name == "":
	case def == nil:
		l.problem(f.all["ask"].at(), "unknown-name", "there is no fact %q%s", name, didYouMean(name, keys(l.w.Facts)))
	case def.From != "customer":
		l.problem(f.all["ask"].at(), "conflict", "fact %s doesn't come from the customer: it can't be asked", name)
	default:
		s.Ask, s.Say = def, name
	}
}

func (l *loader) offering(f fields, s *State) {
	what := "state " + s.Name
	l.needed(f, what, "say")
	name := l.text(f, "offer")
	s.To = l.to(f, "to", what)
	if s.Offer = l.w.Offers[name]; s.Offer == nil && name != "" {
		l.problem(f.all["offer"].at(), "unknown-name", "there is no offer %q%s", name, didYouMean(name, keys(l.w.Offers)))
	}
}

// signed makes an attestation readable: what was signed, and its text's version and hash.
func (l *loader) signed(f fields, s *State) {
	if s.Kind != SignState || s.As == "" {
		return
	}
	at := f.all["as"].at()
	if l.variable(s.As, at, "a signature") {
		l.vars[s.As] = variable{at: at, kind: Text}
		l.provide(s.As+".version", Text, at)
		l.provide(s.As+".hash", Text, at)
		l.provide(s.As+".at", Moment, at)
	}
}

func (l *loader) do(f fields, s *State) {
	what := "state " + s.Name
	s.Do = l.call(f, "do", "with", what)
	op := l.decl.Operations[s.Do.Operation]
	for _, m := range []map[string]Type{op.In, op.Out} {
		for _, name := range keys(m) {
			if name != providedInput {
				l.provideBare(name, m[name], s.Do.At)
			}
		}
	}
	l.needed(f, what, "then")
	if !f.has("then") {
		return
	}
	t := l.fields(f.all["then"], "then", "ok", "declined", "else")
	s.Then = &Then{OK: l.to(t, "ok", "then"), Else: l.to(t, "else", "then"), Declined: map[string]string{}}
	switch d := t.all["declined"]; {
	case d.Node == nil:
		s.Then.DeclinedElse = s.Then.Else
	case d.isMap():
		for _, e := range d.entries() {
			if e.key == "else" {
				s.Then.DeclinedElse = l.arrow(e.val, "declined")
				continue
			}
			s.Then.Declined[e.key] = l.arrow(e.val, "declined")
		}
		if s.Then.DeclinedElse == "" {
			l.problem(d.at(), "missing", "declined needs else: a system may have more reasons than are listed")
		}
	default:
		s.Then.DeclinedElse = l.arrow(d, "declined")
		s.Then.Declined[""] = s.Then.DeclinedElse
	}
}

func (l *loader) decide(f fields, s *State) {
	lines := l.list(f, "decide")
	if f.all["decide"].isList() && len(lines) == 0 {
		l.problem(f.all["decide"].at(), "missing", "state %s decides nothing", s.Name)
	}
	for i, n := range lines {
		b := l.fields(n, "a line of decide", "when", "to")
		branch := &Branch{To: l.to(b, "to", "a line of decide")}
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
		l.problem(f.all["wait"].at(), "shape", "wait must be a map: {EVENT: STATE, 30m: STATE}")
		return
	}
	var events []string
	times := 0
	for _, e := range f.all["wait"].entries() {
		w := &WaitFor{To: l.arrow(e.val, "wait")}
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
