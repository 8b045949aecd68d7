package fsm

import (
	"slices"
	"time"
)

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
	if w.Start = l.to(f, "start"); w.Start != "" {
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
	s := l.fields(f.all["silence"])
	out := &Silence{After: l.duration(s, "after"), Remind: l.text(s, "remind"), Times: l.count(s, "times"), Then: l.to(s, "then")}
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
	t := l.fields(f.all["trigger"])
	l.w.Trigger = Trigger{Event: l.text(t, "event"), OncePer: l.text(t, "once-per")}
	l.conditions(t, "when", func(all []*Expr) { l.w.Trigger.When = all })
}

func (l *loader) reach(f fields) {
	if !f.has("reach") {
		l.problem(f.at, "missing", "a workflow needs reach: [{CHANNEL: TEXT}], how the customer is first reached")
	}
	var before time.Duration
	for i, n := range l.list(f, "reach") {
		r := l.fields(n)
		step := Reach{At: n.at()}
		for _, c := range append(slices.Clone(channelNames), "same") {
			if !r.has(c) {
				continue
			}
			step.Channel, step.Text = c, l.text(r, c)
			if c != "same" && !slices.Contains(l.decl.Channels, c) {
				l.problem(r.all[c].at(), "unknown-name", "channel %q isn't declared%s", c, didYouMean(c, l.decl.Channels))
			}
		}
		step.After = l.duration(r, "after")
		switch {
		case step.Channel == "": // conform has said so
		case i > 0 && step.After <= before && (step.After > 0 || !r.has("after")):
			l.problem(n.at(), "conflict", "a step of reach comes later than the one before it: after is counted from the case's beginning")
		}
		before = max(before, step.After)
		l.w.Reach = append(l.w.Reach, step)
	}
}
