package fsm

import "testing"

// What an operation needs is asked before it runs, whatever the author wrote.
func TestStepNeeds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ operation, asked, end string }{
		{"sys.save", "", "end"},               // info: anyone
		{"sys.commit", "verify-facts", "end"}, // commitment: person
		{"sys.money", "", "cannot-verify"},    // money: more than a thread can show
	} {
		t.Run(tt.operation, func(t *testing.T) {
			t.Parallel()
			k := probe(t, "outcomes: {end: {write: "+tt.operation+"}}\nstart: a\nstates:\n  a: {say: go, options: [{id: b, to: b}]}\n"+
				"  b: {confirm: sure, to: end, else: a}\n", "    b: B\n    sure: Sure?\n")
			k.says("B")
			k.says("yes")
			if tt.asked != "" {
				k.heard(tt.asked)
				if k.pending(tt.operation) != nil {
					t.Fatalf("%s runs at device", tt.operation)
				}
				k.says("14/3 2196")
			}
			k.in(tt.end)
			if runs := k.pending(tt.operation) != nil; runs != (tt.end == "end") {
				t.Errorf("%s runs: %v\n%s", tt.operation, runs, k.trail())
			}
		})
	}
}

func TestStepSign(t *testing.T) {
	t.Parallel()
	k := probe(t, "outcomes: {done: {}, no-oath: {}}\nstart: a\nstates:\n  a: {say: go, options: [{id: b, to: b}]}\n"+
		"  b: {sign: oath, as: signed, to: c, else: no-oath}\n  c: {say: go, options: [{id: done, to: done}]}\n",
		"    b: B\n    done: Done\n    oath: I swear it.\n")
	k.says("B")
	k.says("yes")
	k.in("c")
	for name, want := range map[string]string{
		"signed": "oath", "signed.version": k.lib.Named("probe").Hash, "signed.hash": hashText("I swear it."), "signed.at": "2026-11-24T10:00:00Z",
	} {
		if got := k.at().Facts[name].Value; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestStepWaitsAndSays(t *testing.T) {
	t.Parallel()
	k := probe(t, "outcomes: {done: {}}\nstart: a\nstates:\n  a: {say: go, options: [{id: b, to: b}]}\n"+
		"  b: {say: busy, wait: {psp.failed: c, 1h: done}, as: news}\n  c: {say: go, options: [{id: done, to: done}]}\n",
		"    b: B\n    done: Done\n    busy: A moment.\n")
	k.says("B")
	k.heard("busy")
	if len(k.commit.Conversation.Effects) == 0 || len(k.c.Effects[len(k.c.Effects)-1].Send.Message.Choices) != 0 {
		t.Error("a wait offers choices")
	}
	if k.has("silence") || !k.has("wait") {
		t.Errorf("timers %v, want wait and no silence", k.c.Timers)
	}
	k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.failed", Facts: map[string]string{"reason": "x"}}})
	k.in("c")
	if got := k.at().Facts["news.reason"].Value; got != "x" || k.has("wait") {
		t.Errorf("news.reason %q, timers %v", got, k.c.Timers)
	}
}
