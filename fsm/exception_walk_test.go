package fsm

import (
	"fmt"
	"slices"
	"testing"
)

// TestWalkExceptions walks testdata/exceptions with 10,000 events, most of them on the way into a block or out of it: all that
// must hold after each event of TestWalk holds here, and what the package says of exceptions' opens and undo.
func TestWalkExceptions(t *testing.T) {
	t.Parallel()
	lib := heldLibrary(t)
	walks, all := uint64(100), !raced && !testing.Short()
	if !all { // the race detector looks for races, which a few walks have as well
		walks = 20
	}
	came := map[string]bool{}
	seen := &visited{places: map[string]map[string]bool{}, options: map[string]map[string]bool{}}
	for seed := range walks {
		k := newWalk(t, lib, seed, seen)
		if k.wild = 10; seed%4 == 3 { // few come by a block when every other event is noise
			k.wild = 50
		}
		start := k.c
		o := k.opening()
		o.Case, o.Event, o.Workflow = "case-0", "", "held"
		e := Event{ID: "test/0", At: k.now, Mark: fmt.Appendf(nil, "%08d", 0), Opened: o}
		for n := 0; n < 100 && k.step(e); n++ {
			k.checkExceptions()
			e = k.next()
			if k.chance(70) {
				e = k.toward()
			}
		}
		replayed, err := Replay(lib, start, k.journal)
		if err != nil {
			k.fail("replay: %v", err)
		} else if got, want := k.encode(replayed), k.encode(k.c); got != want {
			k.fail("replay gives:%s", differ(got, want))
		}
		if t.Failed() {
			return
		}
		for _, entry := range k.journal {
			for _, why := range entry.Because {
				came[why] = true
			}
		}
	}
	for _, why := range []string{
		"undoing hardship", "undoing dispute", "not undone: the handoff stands", "hardship is over: what it opens is dropped", "what could be undone isn't recorded yet", "asking who is replying, for " + undoing,
	} {
		if all && !came[why] {
			t.Errorf("no walk came by %q", why)
		}
	}
	for _, place := range []string{"hardship", "dispute", "look-into", "broken", "taken-back"} {
		if all && !seen.places["held"][place] {
			t.Errorf("no walk came to %s", place)
		}
	}
	if all && !seen.places["review"]["done"] {
		t.Error("no walk ended a case that an exception opened")
	}
}

// toward is an event on the way into a block, or out of it: chance alone rarely comes there.
func (k *walk) toward() Event {
	e := Event{ID: fmt.Sprintf("test/%d", k.n), At: k.now, Mark: fmt.Appendf(nil, "%08d", k.n), Received: &MessageReceived{From: k.thread()}}
	m, h, ch, heads := e.Received, k.c.Handoff, k.c.Challenge, k.c.Heads()
	p := k.c.Prompts[thread(m.From)]
	switch {
	case len(heads) > 0 && k.chance(50):
		k.result(&e, heads[0], pick(k, OK, OK, OK, OK, OK, OK, OK, Declined))
		e.Received = nil
	case ch != nil:
		m.From, m.Text = ch.Address, "14 March 2196"
		if h != nil {
			m.Text = pick(k, "14 March 2196", "wrong", "UNDO", "AGENT", "MENU")
		}
	case h != nil && (h.Claimed != "" || k.chance(30)):
		e.Received, e.Agent = nil, &AgentActed{Agent: "staff-1", Action: pick(k, "claim", "return", "resolve"), Outcome: pick(k, "agreed", "kept", "promised", "done")}
	case h != nil:
		m.Text = pick(k, "UNDO", "UNDO", "MENU")
	case len(p.Options) > 0 && p.State == "menu":
		m.Text = pick(k, p.Options[:min(3, len(p.Options))]...).Label
	case len(p.Options) > 0:
		m.Text = p.Options[0].Label
	default:
		m.Text = pick(k, "UNDO", "MENU")
	}
	if e.Received != nil {
		k.prepare(&e)
	}
	return e
}

// checkExceptions: one case is opened by an exception of a case, what is begun ends with its case, and nobody is asked who
// replies beside a handoff that a person has.
func (k *walk) checkExceptions() {
	c := &k.c
	pending := map[string]int{}
	for _, t := range c.Timers {
		if t.Open == nil || t.Open.Exception == "" {
			continue
		}
		id := onceID(t.Open.From, t.Open.Exception)
		if pending[id]++; pending[id] > 1 || c.Knows(id) {
			k.fail("exception %s opens %d cases more, opened before: %v", t.Open.Exception, pending[id], c.Knows(id))
		}
	}
	for i := range c.Cases {
		q := &c.Cases[i]
		writes := q.Block != nil && q.Block.Write != "" && c.Effect(q.Block.Write) != nil
		switch {
		case (q.Phase == Blocked) != (q.Exception != ""):
			k.fail("case %s is %s in exception %q", q.ID, q.Phase, q.Exception)
		case q.Block != nil && q.Block.Write != "" && !writes:
			k.fail("case %s waits for a change that isn't on its way: %+v", q.ID, q.Block)
		case q.Block != nil && q.Phase != Blocked && !writes:
			k.fail("case %s (%s) still holds %+v", q.ID, q.Phase, q.Block)
		case q.Undo != nil && q.Phase == Closed && q.Undo.End != q.Outcome:
			k.fail("case %s ended as %s and can be undone as %s", q.ID, q.Outcome, q.Undo.End)
		}
	}
	if ch, h := c.Challenge, c.Handoff; ch != nil && h != nil && (h.Claimed != "" || ch.Case != h.Case || ch.Then != undoing) {
		k.fail("it is asked who replies beside handoff %+v: %+v", h, ch)
	}
	if h := c.Handoff; h == nil && slices.ContainsFunc(c.Cases, func(q Case) bool { return q.Phase == Blocked }) {
		k.fail("a case is blocked and nobody has it")
	}
}
