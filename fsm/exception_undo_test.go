package fsm

import (
	"testing"
	"time"
)

// reversals counts the reversals that are wanted.
func (k *talk) reversals() (n int) {
	for _, f := range k.c.Effects {
		if f.WriteBack != nil && f.WriteBack.For == ForUndo {
			n++
		}
	}
	return n
}

// stands checks that the handoff is as it was, and that nothing is to be undone.
func (k *talk) stands(reason string) {
	k.t.Helper()
	h := k.c.Handoff
	if h == nil || h.Reason != reason || h.Queue != "care" || k.at().Phase != Blocked || k.at().State != reason || k.c.Challenge != nil || k.reversals() > 0 || k.at().Block == nil {
		k.t.Fatalf("handoff %+v, phase %s in %q, challenge %+v, %d reversals, block %+v\n%s", h, k.at().Phase, k.at().State, k.c.Challenge, k.reversals(), k.at().Block, k.trail())
	}
}

// While nobody has claimed its handoff an exception can be undone: the handoff is withdrawn, what was to be opened dropped,
// and the flag stays.
func TestExceptionUndo(t *testing.T) {
	t.Parallel()
	undone := func(k *talk) {
		k.t.Helper()
		if k.reversals() != 1 || k.c.Handoff != nil || k.at().Phase != Doing {
			k.t.Fatalf("%d reversals, handoff %+v, phase %s\n%s", k.reversals(), k.c.Handoff, k.at().Phase, k.trail())
		}
		k.opens(0)
		k.says("UNDO") // once is enough
		if k.reversals() != 1 {
			k.t.Fatalf("%d reversals are wanted, want 1\n%s", k.reversals(), k.trail())
		}
		k.settle()
		k.in("taken-back")
		q := k.at()
		if q.Phase != Running || q.Undo != nil || q.Block != nil || k.has("undo") || !k.has("expires") || k.c.Contact.Flags["hardship"] == "" {
			k.t.Errorf("phase %s, undo %+v, block %+v, timers %v, flags %v", q.Phase, q.Undo, q.Block, k.c.Timers, k.c.Contact.Flags)
		}
		k.says("UNDO")
		k.heard("nothing-to-undo")
	}
	exceptionScenes(t, "hardship", map[string]func(*testing.T, *talk){
		"at once": func(t *testing.T, k *talk) {
			k.says("UNDO")
			k.because("undoing hardship")
			undone(k)
		},
		"days later, while nobody has claimed it: the customer is asked who it is": func(t *testing.T, k *talk) {
			k.fires("undo")
			k.now = k.now.Add(day(2))
			k.says("UNDO")
			k.heard("verify-facts")
			if k.c.Handoff == nil || k.at().Phase != Blocked || k.reversals() > 0 {
				t.Fatalf("handoff %+v in phase %s: it doesn't stand meanwhile\n%s", k.c.Handoff, k.at().Phase, k.trail())
			}
			k.says("UNDO")
			k.heard("verify-facts")
			k.says("14/3 2196")
			undone(k)
		},
		"after MENU, within its time": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.in("menu")
			k.says("UNDO")
			undone(k)
		},
		"after MENU, while an event is waited for": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.taps("wait")
			k.in("waiting")
			k.says("UNDO")
			if k.has("wait") || k.has("silence") {
				t.Errorf("timers %v of the state that was left", k.c.Timers)
			}
			undone(k)
		},
		"after a person returned it, within its time": func(t *testing.T, k *talk) {
			k.acts("claim", "")
			k.acts("return", "")
			k.settle()
			k.says("UNDO")
			k.heard("verify-facts")
			k.says("14/3 2196")
			undone(k)
		},
		"while another case waits: it gets its turn": func(t *testing.T, k *talk) {
			k.openHeld("case-2")
			k.says("UNDO")
			k.settle()
			k.in("taken-back")
			if k.c.Active != "case-1" {
				t.Errorf("the turn is %s's", k.c.Active)
			}
		},
		"by another thread on record": func(t *testing.T, k *talk) {
			k.c.Contact.Addresses = append(k.c.Contact.Addresses, Reachable{Address: walkChat, Record: true})
			k.start, k.journal = k.c, nil
			k.from = walkChat
			k.says("UNDO")
			k.heard("verify-facts")
			k.says("14/3 2196")
			undone(k)
		},
	})
	exceptionScenes(t, "dispute", map[string]func(*testing.T, *talk){
		"also where MENU can't take it back": func(t *testing.T, k *talk) {
			k.says("MENU")
			k.heard()
			k.says("UNDO")
			k.settle()
			k.in("menu")
		},
	})
}

// What can't be undone, or not any more, changes nothing.
func TestExceptionUndoRefused(t *testing.T) {
	t.Parallel()
	exceptionScenes(t, "hardship", map[string]func(*testing.T, *talk){
		"once a person has claimed it, the bot is as silent as to any other word": func(t *testing.T, k *talk) {
			k.acts("claim", "")
			for _, word := range []string{"UNDO", "hello?"} {
				k.says(word)
				k.heard()
				k.because("with a person (care): the bot is silent")
				k.stands("hardship")
			}
			k.opens(1)
		},
		"after MENU, when its time is over": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.now = k.now.Add(day(1))
			k.says("UNDO")
			k.heard("nothing-to-undo")
			k.fires("undo")
			if k.at().Undo != nil {
				t.Errorf("the offer %+v is still there", k.at().Undo)
			}
		},
		"once a person has resolved it": func(t *testing.T, k *talk) {
			k.acts("resolve", "agreed")
			k.says("UNDO")
			k.heard("nothing-to-undo")
			if k.at().Phase != Closed || k.has("undo") {
				t.Errorf("phase %s, timers %v", k.at().Phase, k.c.Timers)
			}
		},
		"once the case came to its next end": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.blocks("look-into")
			k.says("UNDO")
			k.heard()
			if k.c.Handoff.Reason != "look-into" || k.reversals() > 0 {
				t.Errorf("handoff %+v, %d reversals", k.c.Handoff, k.reversals())
			}
		},
		"once the case is about to end": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.taps("keep")
			k.says("UNDO")
			k.heard("nothing-to-undo")
			k.settle()
			k.in("kept")
		},
		"while another change is on its way": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.taps("check")
			k.says("UNDO")
			k.heard("wait")
			if k.reversals() > 0 {
				t.Errorf("%d reversals are wanted", k.reversals())
			}
			k.settle()
			k.in("menu")
			k.says("UNDO")
			k.settle()
			k.in("taken-back")
		},
		"from a thread in which nobody can be recognised": func(t *testing.T, k *talk) {
			k.from = "sms:+27820000001"
			k.says("UNDO")
			k.heard("undo-unverified")
			k.stands("hardship")
			k.says("UNDO")
			k.heard("undo-unverified")
		},
		"after MENU, from a thread in which nobody can be recognised": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.from = "sms:+27820000001"
			k.says("UNDO")
			if k.at().Phase != Running || k.at().State != "menu" || k.reversals() > 0 {
				t.Errorf("phase %s in %q, %d reversals", k.at().Phase, k.at().State, k.reversals())
			}
		},
		"after MENU, its time is over before it is known who asks": func(t *testing.T, k *talk) {
			k.answers("MENU")
			k.now = k.now.Add(5 * time.Hour)
			k.says("UNDO")
			k.heard("verify-facts")
			k.fires("undo")
			k.says("14/3 2196")
			k.heard("menu")
			if q := k.at(); q.Phase != Running || q.State != "menu" || k.text("menu") != "There is nothing to undo.\nWhat would you like to do?" {
				t.Errorf("phase %s in %q, said %q\n%s", q.Phase, q.State, k.text("menu"), k.trail())
			}
		},
	})
	t.Run("before it is recorded", func(t *testing.T) {
		t.Parallel()
		k := heldTalk(t)
		k.blocks("hardship")
		k.says("UNDO")
		k.heard("wait")
		k.stands("hardship")
		k.says("MENU")
		k.says("UNDO")
		k.heard("wait")
		k.settle() // recorded now: nothing is opened, and it can be undone
		k.opens(0)
		k.says("UNDO")
		k.settle()
		k.in("taken-back")
		k.replays()
	})
	t.Run("what the reversal needs isn't known", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "broken")
		k.says("UNDO")
		k.stands("broken")
		if len(k.commit.Letters) != 1 {
			t.Errorf("%d letters, want 1", len(k.commit.Letters))
		}
		k.replays()
	})
	t.Run("the system refuses the reversal", func(t *testing.T) {
		t.Parallel()
		k := blocked(t, "hardship")
		k.says("UNDO")
		k.result("sys.lift", EffectDone{Result: Declined})
		k.in("writeback-failed")
		k.heard("undo-failed", "writeback-failed-said")
		k.opens(0)
		k.replays()
	})
}
