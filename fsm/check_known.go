package fsm

import "slices"

// unknownYet finds places that show or write a value which isn't known on some way there: {link} before the page was made.
func (c *checker) unknownYet() {
	makes := map[string]bool{}
	for _, a := range c.graph.arrows {
		for _, name := range a.gives {
			if def := c.w.Facts[name]; def == nil || def.From == "customer" {
				makes[name] = true
			}
		}
	}
	report := func(place string, at Position, what string, names []string) {
		for _, name := range names {
			if !makes[name] || !has(c.reached, place) {
				continue
			}
			without := c.graph.from(c.w.roots(), func(a arrow) bool { return !slices.Contains(a.gives, name) })
			if path := without.path(place); path != nil {
				c.problem(at, "unknown-yet", "%s {%s}, which isn't known on this way: %s", what, name, route("", path))
			}
		}
	}
	reads := func(place string, call *Call) {
		if call == nil {
			return
		}
		for _, in := range keys(call.With) {
			report(place, call.With[in].At, call.Operation+" is given", needed(call.With[in]))
		}
	}
	for _, s := range statesInOrder(c.w) {
		report(s.Name, s.At, "state "+s.Name+" shows", c.shows(s.texts(), s))
		if s.Ask != nil {
			report(s.Name, s.At, "the bounds of "+s.Ask.Name+" rest on", slices.Concat(needed(s.Ask.Min), needed(s.Ask.Max)))
		}
		reads(s.Name, s.Do)
		for _, call := range s.Also {
			reads(s.Name, call)
		}
	}
	for _, e := range c.w.ends() {
		reads(e.name, e.Write)
		for _, call := range e.Also {
			reads(e.name, call)
		}
		report(e.name, e.at, "the text of "+e.name+" shows", c.shows([]string{e.Say}, nil))
	}
}

// needed are the names that an expression can't do without.
func needed(x *Expr) []string {
	if x == nil {
		return nil
	}
	var all []string
	for _, name := range x.Reads {
		if !slices.Contains(x.Tested, name) {
			all = append(all, name)
		}
	}
	return all
}

// shows are the names that texts put in, but for what the state itself brings: an offer's values in its labels.
func (c *checker) shows(texts []string, s *State) []string {
	var all []string
	for _, tag := range keys(c.w.Texts) {
		for _, name := range texts {
			t := c.w.Texts[tag].Get(name)
			if t == nil || s != nil && s.Offer != nil && name == s.Offer.Name+"-option" {
				continue
			}
			all = append(all, t.Uses...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
