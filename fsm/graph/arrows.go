package graph

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// state adds the ways out of one state, in the order in which a reader of the file meets them.
func (d *drawing) state(s *fsm.State) {
	to := func(name string, kind ArrowKind, label string) {
		d.arrow(Arrow{From: s.Name, To: name, Kind: kind, Label: label})
	}
	says := func(name, id string) {
		d.arrow(Arrow{From: s.Name, To: name, Kind: ByCustomer, Label: id, Says: d.text(id)})
	}
	for _, o := range s.Options {
		d.arrow(Arrow{From: s.Name, To: o.To, Kind: ByCustomer, Label: o.ID, Says: d.text(o.ID), When: sources(o.When)})
	}
	switch s.Kind {
	case fsm.AskState:
		to(s.To, ByCustomer, "answered")
	case fsm.OfferState:
		to(s.To, ByCustomer, "chosen")
	case fsm.ConfirmState, fsm.SignState:
		says(s.To, "yes")
		says(s.Else, "no")
	case fsm.DoState:
		to(s.Then.OK, ByRule, "ok")
		for _, reason := range slices.Sorted(maps.Keys(s.Then.Declined)) {
			to(s.Then.Declined[reason], ByRule, strings.TrimSpace("declined "+reason))
		}
		to(s.Then.DeclinedElse, ByRule, "declined")
		to(s.Then.Else, ByRule, "else")
	case fsm.DecideState:
		for _, b := range s.Decide {
			d.arrow(Arrow{From: s.Name, To: b.To, Kind: ByRule, Label: cmp.Or(strings.Join(sources(b.When), " and "), "else"), When: sources(b.When)})
		}
	case fsm.WaitState:
		for _, f := range s.Wait {
			if f.Event != "" {
				to(f.To, ByRule, f.Event)
			} else {
				to(f.To, ByTime, "after "+duration(f.After))
			}
		}
	}
	to(s.Otherwise, ByRule, "otherwise")
	if s.Times != nil {
		to(s.Times.Then, ByRule, fmt.Sprintf("after %d times", s.Times.Most))
	}
	if s.Waits() && s.Silence != nil {
		to(s.Silence.Then, ByTime, silence(s.Silence))
	}
}

// anywhere adds what holds in every state: the file's own rules, then the engine's.
func (d *drawing) anywhere() {
	to := func(name string, kind ArrowKind, label string, when ...string) {
		d.arrow(Arrow{From: AnywhereNode, To: name, Kind: kind, Label: label, When: when})
	}
	for _, u := range d.w.Whenever {
		to(u.To, ByRule, cmp.Or(u.Event, strings.Join(sources(u.When), " and ")), sources(u.When)...)
	}
	waits, unbounded, writes, proves := d.does()
	if d.w.Silence != nil && unbounded {
		to(d.w.Silence.Then, ByTime, silence(d.w.Silence))
	}
	if d.w.Expires > 0 {
		to("expired", ByTime, "expires after "+duration(d.w.Expires))
	}
	for _, e := range []struct {
		name, why string
		may       bool
	}{
		{"asked-for-agent", "AGENT", waits},
		{"not-understood", "not understood", waits},
		{"cannot-verify", "not recognised", proves},
		{"writeback-failed", "change not taken", writes},
		{"stuck", "step failed", true},
	} {
		if x := d.w.Exceptions[e.name]; x != nil && e.may {
			if x.After > 0 {
				e.why += fmt.Sprintf(" %d times", x.After)
			}
			to(e.name, ByRule, e.why)
		}
	}
}

// does says what a workflow does anywhere: wait for the customer, wait without a silence of the state's own, write to a
// system of record at an end, and ask who replies.
func (d *drawing) does() (waits, unbounded, writes, proves bool) {
	var none fsm.State
	for _, s := range d.w.States {
		waits = waits || s.Waits()
		unbounded = unbounded || s.Waits() && s.Silence == nil
		proves = proves || s.Needs > none.Needs
	}
	for _, o := range d.w.Outcomes {
		writes = writes || o.Write != nil || o.Undo != nil
		proves = proves || o.Needs > none.Needs
	}
	for _, x := range d.w.Exceptions {
		writes = writes || x.Undo != nil
	}
	return waits, unbounded, writes, proves
}

func silence(s *fsm.Silence) string {
	label := "silence " + duration(s.After)
	switch {
	case s.Remind == "" || s.Times == 0:
		return label
	case s.Times == 1:
		return label + ", 1 reminder"
	}
	return fmt.Sprintf("%s, %d reminders", label, s.Times)
}

// duration writes a time as the files do: 21d, 48h, 2h30m.
func duration(t time.Duration) string {
	const day = 24 * time.Hour
	if t > 2*day && t%day == 0 {
		return fmt.Sprintf("%dd", t/day)
	}
	s := t.String() // 24h0m0s
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}
