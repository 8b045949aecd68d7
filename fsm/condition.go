package fsm

import "strings"

// Condition compiles an expression about something that isn't a case yet: a row of an audience. It may read the workflow's
// facts and limits, today and now, and gives true or false. Either there is nothing wrong with it, or there is no expression.
func (w *Workflow) Condition(source string, at Position) (*Expr, Problems) {
	s := &scope{names: map[string]Type{"today": Date, "now": Moment}, facts: w.Facts, computed: w.computed, hidden: map[string]string{}}
	for name, def := range w.Facts {
		if def.Secret {
			s.hidden[name] = name + " is secret: only the identity check can use it"
			continue
		}
		s.names[name] = def.Type
	}
	for name, v := range w.Limits {
		s.names[name] = v.Type()
	}
	if strings.TrimSpace(source) == "" {
		return nil, Problems{{At: at, Code: "expression", Message: "an empty condition", Hint: "leave it out"}}
	}
	if err := s.prepare(); err != nil {
		return nil, Problems{{At: at, Code: "expression", Message: err.Error()}}
	}
	x, wrongs := s.compile(source, Boolean)
	var ps Problems
	for _, wrong := range wrongs {
		ps = append(ps, Problem{At: at, Code: "expression", Message: source + ": " + wrong.message, Hint: wrong.hint})
	}
	if x != nil {
		x.At, x.Uses = at, w.rests(x.Reads)
	}
	return x, ps
}
