package fsm

import (
	"slices"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// coded is a case with one fact only: a code goes with it.
func coded(t *testing.T) *talk {
	t.Helper()
	k := newTalk(t, shippedLibrary(t))
	k.open("case-1", func(o *CaseOpened) { delete(o.Proofs, "postcode") })
	k.settle()
	k.says("continue")
	if k.c.Challenge == nil || k.c.Challenge.Code == nil || k.pending("issue-code") == nil {
		t.Fatalf("challenge %+v, want one with a code\n%s", k.c.Challenge, k.trail())
	}
	k.settle()
	return k
}

func TestStepChallenge(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"the right facts go on with what was chosen": func(t *testing.T, k *talk) {
			k.says("continue")
			k.heard("verify-facts")
			k.says("14/3 2196")
			k.in("menu")
		},
		"one right fact isn't two": func(t *testing.T, k *talk) {
			k.says("continue")
			k.says("14/3")
			k.in("hello")
			k.heard("verify-facts")
		},
		"three wrong, and a person takes over": func(t *testing.T, k *talk) {
			k.answers("continue", "1/1 2196", "1/1 2196")
			k.in("hello")
			k.says("1/1 2196")
			k.in("cannot-verify")
		},
		"locked after three wrong in 24 hours, in the same words": func(t *testing.T, k *talk) {
			k.answers("continue")
			k.says("1/1 2196")
			wrong := k.text("verify-facts")
			k.settle()
			k.answers("1/1 2196", "1/1 2196", "MENU", "continue")
			k.says("14/3 2196")
			k.in("hello")
			k.heard("verify-facts")
			if locked := k.text("verify-facts"); locked != wrong || wrong == "" {
				t.Errorf("locked says %q, wrong says %q", locked, wrong)
			}
			k.settle()
			k.now = k.now.Add(24 * time.Hour)
			k.answers("14/3 2196")
			k.in("menu")
		},
		"ten wrong in 30 days": func(t *testing.T, k *talk) {
			for i := range 10 {
				k.c.Lockout.Wrong = append(k.c.Lockout.Wrong, k.now.Add(-time.Duration(25+i*24)*time.Hour))
			}
			k.answers("continue", "14/3 2196")
			k.in("hello")
			k.now = k.now.Add(day(30) - 25*time.Hour - 8*day(1)) // two are older than 30 days
			k.answers("14/3 2196")
			k.in("menu")
		},
		"locked counts no more": func(t *testing.T, k *talk) {
			for range 3 {
				k.c.Lockout.Wrong = append(k.c.Lockout.Wrong, k.now)
			}
			k.answers("continue", "1/1 2196")
			if n := len(k.c.Lockout.Wrong); n != 3 {
				t.Errorf("%d wrong are kept, want 3", n)
			}
		},
		"the breaker refuses, and counts nothing against the customer": func(t *testing.T, k *talk) {
			k.answers("continue", "14/3 2196 refused")
			k.in("hello")
			if n := len(k.c.Lockout.Wrong); n != 0 {
				t.Errorf("%d wrong, want none", n)
			}
		},
		"right facts a day later are still right": func(t *testing.T, k *talk) {
			k.says("continue")
			k.fires("silence")
			k.heard("nudge")
			k.now = k.now.Add(time.Hour)
			k.answers("14/3 2196")
			k.in("menu")
		},
		"no answer at all": func(t *testing.T, k *talk) {
			k.says("continue")
			k.says("nothing")
			k.heard("verify-facts")
			k.because("not an answer")
		},
		"an event that wasn't prepared": func(t *testing.T, k *talk) {
			k.says("continue")
			wantError(t, k.try(Event{Received: &MessageReceived{From: k.from, Text: "14/3 2196"}}), ErrUnprepared)
			e := k.message("14/3 2196")
			e.Received.Typed.Challenge = "another"
			wantError(t, k.try(e), ErrUnprepared)
		},
		"no proofs lead to a person": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Proofs = nil })
			l.settle()
			l.says("continue")
			l.in("cannot-verify")
		},
		"an address that isn't on record proves nothing": func(t *testing.T, k *talk) {
			k.from = "sms:+27820000009"
			k.says("continue")
			k.in("cannot-verify")
		},
		"in another thread it is asked again there, and the count stays": func(t *testing.T, k *talk) {
			k.c.Contact.Addresses = append(k.c.Contact.Addresses, Reachable{Address: walkChat, Record: true, Since: k.now})
			k.answers("continue", "1/1 2196")
			k.from = walkChat
			k.says("14/3 2196")
			k.in("hello")
			if ch := k.c.Challenge; ch == nil || ch.Address != walkChat || ch.Tries != 1 {
				t.Errorf("challenge %+v, want one in the new thread with 1 try", ch)
			}
			k.says("14/3 2196")
			k.in("menu")
		},
		"half an hour of silence ends person, though the message is new": func(t *testing.T, k *talk) {
			k.menu()
			k.now = k.now.Add(policy.PersonIdle - time.Second)
			k.answers("4")
			k.in("promise-amount")
			k.now = k.now.Add(policy.PersonIdle)
			k.says("what?")
			k.heard("verify-facts")
			k.in("promise-amount")
			k.proves()
			k.in("promise-amount")
			k.heard("promised")
		},
		"a private text isn't said once person is over": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4", "500", "friday")
			k.says("yes")
			k.now = k.now.Add(3 * time.Hour)
			k.result("core.record-promise", EffectDone{Result: OK})
			k.in("promised")
			k.heard()
			k.because("promised-said is not said")
		},
	})
}

func TestStepCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		right bool
	}{{299900 * time.Millisecond, true}, {300 * time.Second, false}} {
		k := coded(t)
		k.now = k.c.Challenge.Until.Add(tt.after - codeLasts)
		old := k.c.Challenge.Code.Ref
		k.says("14/3 right-code")
		if got := k.at().State == "menu"; got != tt.right {
			t.Errorf("after %v right: %v, want %v\n%s", tt.after, got, tt.right, k.trail())
		}
		if !tt.right && (k.c.Challenge.Code.Ref == old || k.c.Challenge.Tries != 1 || len(k.c.Lockout.Wrong) != 0) {
			t.Errorf("challenge %+v, want another code, one try, and nothing counted as wrong", k.c.Challenge)
		}
	}
	t.Run("five tries a challenge, and another code doesn't reset them", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		for i := range codeTries {
			if i == 2 {
				k.now = k.now.Add(codeLasts)
			}
			if k.c.Challenge == nil {
				t.Fatalf("over after %d tries\n%s", i, k.trail())
			}
			k.answers("14/3 wrong-code")
		}
		k.in("cannot-verify")
		if k.c.Lockout.InARow != codeTries {
			t.Errorf("%d failures in a row, want %d", k.c.Lockout.InARow, codeTries)
		}
	})
	t.Run("four wrong and the fifth right", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		for range codeTries - 1 {
			k.answers("14/3 wrong-code")
		}
		k.says("14/3 right-code")
		k.in("menu")
		if k.c.Lockout.InARow != 0 {
			t.Error("success didn't reset the count")
		}
	})
	t.Run("fifty in a row disable", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		k.c.Lockout.InARow = disabled - 2
		k.answers("14/3 wrong-code")
		if k.c.Lockout.Disabled {
			t.Fatal("disabled at 49")
		}
		k.answers("14/3 wrong-code")
		if !k.c.Lockout.Disabled {
			t.Fatal("not disabled at 50")
		}
		k.in("cannot-verify")
		k.answers("MENU")
		if k.pending("issue-code") != nil || k.c.Challenge != nil {
			t.Error("a code is sent to a disabled address")
		}
	})
	t.Run("no more than five a day", func(t *testing.T) {
		t.Parallel()
		k := newTalk(t, shippedLibrary(t))
		k.open("case-1", func(o *CaseOpened) { delete(o.Proofs, "postcode") })
		k.settle()
		for i := range codesInDay {
			k.c.Lockout.Codes = append(k.c.Lockout.Codes, k.now.Add(-time.Duration(i+1)*time.Hour))
		}
		k.says("continue")
		k.in("cannot-verify")
	})
	t.Run("the code itself is in no document", func(t *testing.T) {
		t.Parallel()
		k := coded(t)
		if k.commit.Journal[0].Event.Code != nil {
			t.Error("a result's spare code is kept")
		}
		for _, l := range k.commit.Transcript {
			if slices.Contains([]string{"code"}, l.Text) {
				t.Error("the code's message is in the transcript")
			}
		}
	})
	t.Run("a code isn't sent again when in doubt, nor after STOP", func(t *testing.T) {
		t.Parallel()
		k := newTalk(t, shippedLibrary(t))
		k.open("case-1", func(o *CaseOpened) { delete(o.Proofs, "postcode") })
		k.settle()
		k.says("continue")
		k.result("issue-code", EffectDone{Result: Unknown})
		k.result("issue-code", EffectDone{Result: Unknown})
		if k.pending("issue-code") != nil {
			t.Error("it is still to be sent")
		}
	})
	t.Run("a refused code by opt-out loses no other effect", func(t *testing.T) {
		t.Parallel()
		k := newTalk(t, shippedLibrary(t))
		k.open("case-1", func(o *CaseOpened) { delete(o.Proofs, "postcode") })
		k.settle()
		k.says("continue")
		k.c.Effects = append(k.c.Effects, Effect{ID: "WRITE", Lane: "system/crm", Case: "case-1", Attempt: 1, WriteBack: &WriteBack{System: "crm", Operation: "note", For: ForNobody}})
		k.result("issue-code", EffectDone{Result: Optedout})
		if k.c.Effect("WRITE") == nil || k.pending("suppress") == nil {
			t.Errorf("effects %+v, want the write and the suppression", k.c.Effects)
		}
	})
}

// spouses share a telephone: what one has proved opens nothing of the other's.
func TestStepSharedPhone(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	wantError(t, k.try(Event{Opened: &CaseOpened{Case: "case-2", Event: "account.overdue", Customer: "C-2", Ref: "B", Addresses: []message.Address{walkPhone}}}), ErrSharedAddress)
	k.open("case-2", func(o *CaseOpened) {
		o.Customer, o.Shared = "C-2", true
		o.Proofs = map[string][]byte{"date_of_birth": []byte("other"), "postcode": walkPlace}
	})
	k.menu()
	k.answers("5", "1", "yes") // the first case ends
	second := k.c.Case("case-2")
	if k.c.Active != "case-2" || second.State != "hello" {
		t.Fatalf("case-2 has no turn\n%s", k.trail())
	}
	k.says("continue")
	k.heard("verify-facts")
	k.says("14/3 2196") // the first one's
	if got := k.c.Case("case-2").State; got != "hello" {
		t.Errorf("the other's case went on to %q\n%s", got, k.trail())
	}
}
