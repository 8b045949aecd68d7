package fsm

import (
	"testing"
	"time"
)

func TestStepReports(t *testing.T) {
	t.Parallel()
	states := map[string]func(*talk){
		"in the menu":                  func(k *talk) { k.menu() },
		"in a challenge":               func(k *talk) { k.says("continue") },
		"in a handoff":                 func(k *talk) { k.says("AGENT") },
		"after expiry":                 func(k *talk) { k.fires("silence"); k.settle(); k.fires("silence") },
		"while it waits":               func(k *talk) { k.menu(); k.answers("1") },
		"while a change is on its way": func(k *talk) { k.menu(); k.says("1") },
		"before it began":              func(k *talk) {},
	}
	for name, reach := range states {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := shippedTalk(t)
			if name == "before it began" {
				k = newTalk(t, shippedLibrary(t))
				k.open("case-1", nil)
			}
			reach(k)
			k.do(paid("1250.00"))
			for range 4 {
				k.settle()
				if !k.has("report") {
					break
				}
				for _, timer := range k.c.Timers {
					if timer.kind() == "report" && timer.Due.After(k.now) {
						t.Errorf("the news is kept until %v, now %v", timer.Due, k.now)
					}
				}
				k.fires("report")
			}
			k.in("paid")
			if k.at().Phase != Closed || len(k.at().Writes) == 0 || k.c.Handoff != nil {
				t.Errorf("phase %s, writes %v, handoff %v\n%s", k.at().Phase, k.at().Writes, k.c.Handoff, k.trail())
			}
			if k.has("expires") {
				t.Errorf("timers %v are left", k.c.Timers)
			}
		})
	}
	scenes(t, map[string]func(*testing.T, *talk){
		"a part is received, and the rest goes on": func(t *testing.T, k *talk) {
			k.menu()
			k.do(paid("500.00"))
			k.settle()
			k.in("part-received")
			k.heard("part-received")
		},
		"a wait ends by its event, by time": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("1")
			k.in("paying")
			k.answers("hello?")
			k.heard("paying") // the link, once more
			k.says("hello?")
			k.says("are you there?") // the link is on its way: it isn't sent twice
			k.because("paying is on its way")
			if n := len(k.c.Effects); n != 1 {
				t.Errorf("%d effects wait, want the one message with the link", n)
			}
			k.settle()
			k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.failed", Facts: map[string]string{"reason": "x"}}})
			k.in("trouble")
			k.answers("MENU", "1")
			k.fires("wait")
			k.in("still-open")
		},
		"news doesn't overtake the result of a change": func(t *testing.T, k *talk) {
			k.promise()
			k.do(paid("500.00"))
			k.in("promised")
			if k.at().Phase != Settling || !k.has("report") {
				t.Errorf("phase %s, timers %v", k.at().Phase, k.c.Timers)
			}
			k.settle()
			k.heard("promised-said")
			k.fires("report")
			k.settle()
			k.in("part-received")
		},
		"of a case that isn't there": func(t *testing.T, k *talk) {
			e := paid("1.00")
			e.Reported.Case = "no-such"
			wantError(t, k.try(e), ErrNoCase)
		},
		"settled elsewhere, seen in a lookup": func(t *testing.T, k *talk) {
			k.account["balance"] = "0.00"
			k.now = k.now.Add(2 * time.Hour)
			k.answers("continue", "14/3 2196")
			k.in("settled")
		},
	})
}

func TestStepUndo(t *testing.T) {
	t.Parallel()
	ended := func(t *testing.T) *talk {
		k := shippedTalk(t)
		k.promise()
		k.settle()
		return k
	}
	t.Run("within 24 hours", func(t *testing.T) {
		t.Parallel()
		k := ended(t)
		k.says("UNDO")
		k.says("UNDO") // once is enough
		n := 0
		for _, f := range k.c.Effects {
			if f.WriteBack != nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d reversals are wanted, want 1", n)
		}
		k.settle()
		k.in("menu")
		if k.has("open") || k.has("undo") || !k.has("expires") || k.at().Outcome != "" {
			t.Errorf("timers %v, outcome %q", k.c.Timers, k.at().Outcome)
		}
	})
	t.Run("hours later the customer is asked who it is", func(t *testing.T) {
		t.Parallel()
		k := ended(t)
		k.now = k.now.Add(5 * time.Hour)
		k.says("UNDO")
		k.heard("verify-facts")
		k.proves()
		k.in("menu")
	})
	t.Run("asked who it is, and nobody says: what was agreed stands", func(t *testing.T) {
		t.Parallel()
		for _, leave := range []func(*talk){func(k *talk) { k.fires("silence") }, func(k *talk) { k.says("MENU") }, func(k *talk) { k.says("stop") }, func(k *talk) { k.fires("undo"); k.says("14/3 2196") }} {
			k := ended(t)
			k.now = k.now.Add(5 * time.Hour)
			k.answers("UNDO")
			leave(k)
			if q := k.at(); q.Phase != Closed || q.Outcome != "promised" || k.c.Challenge != nil {
				t.Errorf("phase %s, outcome %q, challenge %v\n%s", q.Phase, q.Outcome, k.c.Challenge, k.trail())
			}
		}
	})
	t.Run("after 24 hours", func(t *testing.T) {
		t.Parallel()
		k := ended(t)
		k.now = k.now.Add(24 * time.Hour)
		k.says("UNDO")
		k.heard("nothing-to-undo")
		k.fires("undo")
		if k.at().Undo != nil {
			t.Error("the offer is still there")
		}
	})
	t.Run("the system refuses", func(t *testing.T) {
		t.Parallel()
		k := ended(t)
		k.says("UNDO")
		k.result("core.cancel-promise", EffectDone{Result: Declined})
		k.in("writeback-failed")
		k.heard("undo-failed", "writeback-failed-said")
	})
}
