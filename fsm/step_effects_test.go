package fsm

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

// paid is news of a payment.
func paid(amount string) Event {
	return Event{Reported: &SystemReported{Case: "case-1", Event: "psp.paid", Facts: map[string]string{"amount": amount, "reference": "R-1"}}}
}

// promise brings the case to the writeback of a promise.
func (k *talk) promise() {
	k.t.Helper()
	k.menu()
	k.answers("4", "500", "friday")
	k.says("yes")
	k.in("promised")
}

func TestStepWritebacks(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"not resolved before it is acknowledged, and said to take longer": func(t *testing.T, k *talk) {
			k.promise()
			k.heard()
			k.fires("settling")
			k.heard("recording")
			if k.at().Phase != Settling {
				t.Errorf("phase %s", k.at().Phase)
			}
			k.settle()
			if k.at().Phase != Closed || k.has("settling") {
				t.Errorf("phase %s, settling timer %v", k.at().Phase, k.has("settling"))
			}
		},
		"retry waits longer each time, then back-office": func(t *testing.T, k *talk) {
			k.promise()
			last := time.Duration(0)
			for i := range mostWrites - 1 {
				k.result("core.record-promise", EffectDone{Result: Retry})
				f := k.pending("core.record-promise")
				if f == nil {
					t.Fatalf("lost after %d tries\n%s", i+1, k.trail())
				}
				if wait := f.Due.Sub(k.now); wait <= last && wait < longestRetry {
					t.Errorf("waits %v after %v", wait, last)
				} else {
					last = wait
				}
			}
			k.result("core.record-promise", EffectDone{Result: Retry})
			k.in("writeback-failed")
			if len(k.commit.Letters) != 1 || k.c.Handoff.Queue != "back-office" {
				t.Errorf("letters %d, handoff %+v", len(k.commit.Letters), k.c.Handoff)
			}
		},
		"declined goes to back-office": func(t *testing.T, k *talk) {
			k.promise()
			k.result("core.record-promise", EffectDone{Result: Declined, Reason: "closed"})
			k.in("writeback-failed")
			k.heard("writeback-failed-said")
		},
		"unknown without idempotency: read before write, never repeated blindly": func(t *testing.T, k *talk) {
			k.promise()
			k.result("core.record-promise", EffectDone{Result: Unknown})
			if f := k.pending("core.record-promise"); f == nil || !f.Doubt {
				t.Fatalf("effect %+v, want it in doubt", f)
			}
			k.result("core.record-promise", EffectDone{Result: Unknown})
			k.in("writeback-failed")
		},
		"unknown, and surely not made: made now": func(t *testing.T, k *talk) {
			k.promise()
			k.result("core.record-promise", EffectDone{Result: Lapsed})
			k.result("core.record-promise", EffectDone{Result: Dropped})
			if f := k.pending("core.record-promise"); f == nil || f.Doubt {
				t.Fatalf("effect %+v, want it to be made", f)
			}
			k.settle()
			k.in("promised")
		},
		"doubt upon doubt ends": func(t *testing.T, k *talk) {
			k.promise()
			for range 2 * mostWrites {
				if k.pending("core.record-promise") == nil {
					break
				}
				k.result("core.record-promise", EffectDone{Result: Unknown})
				if k.pending("core.record-promise") != nil {
					k.result("core.record-promise", EffectDone{Result: Dropped})
				}
			}
			k.in("writeback-failed")
		},
		"unknown with idempotency: the same change again": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("3", "1")
			k.says("yes")
			k.result("core.create-plan", EffectDone{Result: Unknown})
			if f := k.pending("core.create-plan"); f == nil || f.Doubt || f.Attempt != 2 {
				t.Errorf("effect %+v, want attempt 2, without doubt", f)
			}
		},
		"a late result of a lapsed attempt settles": func(t *testing.T, k *talk) {
			k.promise()
			id := k.pending("core.record-promise").ID
			k.result("core.record-promise", EffectDone{Result: Lapsed})
			k.do(Event{ID: ResultID(id, 1, Permanent), Done: &EffectDone{Effect: id, Attempt: 1, Result: Permanent}})
			if k.pending("core.record-promise") == nil {
				t.Fatal("a late failure of an earlier attempt settled the later one")
			}
			k.do(Event{ID: ResultID(id, 1, OK), Done: &EffectDone{Effect: id, Attempt: 1, Result: OK}})
			if k.at().Phase != Closed {
				t.Errorf("phase %s, want closed", k.at().Phase)
			}
			before := k.c.Version
			k.do(Event{ID: ResultID(id, 2, OK), Done: &EffectDone{Effect: id, Attempt: 2, Result: OK}})
			k.because("settled: nothing changes")
			if k.c.Version != before+1 || k.at().Phase != Closed {
				t.Error("a second result changed the case")
			}
		},
		"a system's word chooses the arrow": func(t *testing.T, k *talk) {
			k.menu()
			k.says("1")
			k.in("pay")
			k.result("psp.payment-page", EffectDone{Result: Permanent})
			k.in("trouble")
		},
		"times bounds a state": func(t *testing.T, k *talk) {
			k.menu()
			for range 3 {
				k.says("MENU")
				k.says("1")
				k.result("psp.payment-page", EffectDone{Result: Permanent})
				k.in("trouble")
			}
			k.says("MENU")
			k.says("1")
			k.in("declined")
		},
		"dispute: flag, queue, and the bot goes on": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("5", "1", "yes")
			k.in("disputed")
			if k.c.Contact.Flags["dispute"] != "C-1" || len(k.c.Work) != 1 || k.c.Handoff != nil {
				t.Errorf("flags %v, work %v", k.c.Contact.Flags, k.c.Work)
			}
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve"}})
			if len(k.c.Work) != 0 {
				t.Error("the work is still there")
			}
		},
	})
}

func TestStepSends(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"a reply in doubt is sent once more, and no more": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.result("help", EffectDone{Result: Unknown})
			if f := k.pending("help"); f == nil || f.Doubt || !f.Again {
				t.Fatalf("effect %+v, want it once more", f)
			}
			k.result("help", EffectDone{Result: Unknown})
			k.result("help", EffectDone{Result: Unknown})
			if k.pending("help") != nil {
				t.Error("it is sent a third time")
			}
		},
		"one in doubt isn't sent again after STOP": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.says("stop")
			k.result("help", EffectDone{Result: Unknown})
			if k.pending("help") != nil {
				t.Error("it is still to be sent")
			}
		},
		"held goes out later": func(t *testing.T, k *talk) {
			k.says("HELP")
			until := k.now.Add(8 * time.Hour)
			k.result("help", EffectDone{Result: Held, Until: until})
			if f := k.pending("help"); f == nil || !f.Due.Equal(until) || !f.Send.Until.After(until) {
				t.Errorf("effect %+v, want it due and worth something at %v", f, until)
			}
		},
		"a failed first message tries the next channel": func(t *testing.T, k *talk) {
			k.open("case-2", nil) // waits its turn
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.result("core.account", EffectDone{Result: OK, Values: l.account})
			l.c.Effects = append(l.c.Effects, Effect{ID: "OTHER", Lane: "x", Case: "case-9", Attempt: 1, Send: &Send{To: walkPhone}})
			l.result("hello", EffectDone{Result: Permanent, Reason: "30006"})
			if f := l.pending("hello"); f == nil || f.Send.To != walkPhone {
				t.Errorf("effect %+v, want hello by sms\n%s", f, l.trail())
			}
			if r := l.c.reachable(walkChat); r.Bad == "" {
				t.Error("the address still counts as good")
			}
		},
		"reach steps, then silence": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.settle()
			if l.has("silence") || !l.has("reach") {
				t.Errorf("timers %v, want reach before silence", l.c.Timers)
			}
			l.fires("reach")
			l.heard("hello")
			if got := l.pending("hello").Send.To; got != walkPhone {
				t.Errorf("then to %s, want sms", got)
			}
			l.settle()
			l.fires("silence")
			l.heard("nudge")
			l.settle()
			l.fires("silence")
			l.in("expired")
			if len(l.c.Timers) != 0 {
				t.Errorf("timers %v are left", l.c.Timers)
			}
		},
		"whoever answers has been reached, also in words that nobody follows": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", func(o *CaseOpened) { o.Addresses = []message.Address{walkPhone, walkChat} })
			l.settle()
			l.answers("what?")
			if l.has("reach") || !l.has("silence") {
				t.Errorf("timers %v, want silence and no reach", l.c.Timers)
			}
		},
		"writing drops unsent reminders, and the count begins anew": func(t *testing.T, k *talk) {
			k.fires("silence")
			k.heard("nudge")
			k.says("what?")
			if k.pending("nudge") != nil || k.at().Nudges != 0 {
				t.Errorf("nudge %v, nudges %d", k.pending("nudge"), k.at().Nudges)
			}
		},
		"a receipt settles what was in doubt, and nothing but messages": func(t *testing.T, k *talk) {
			k.says("HELP")
			k.result("help", EffectDone{Result: Unknown})
			k.do(Event{Receipt: &ReceiptArrived{Effect: k.pending("help").ID, Status: message.Delivered}})
			if k.pending("help") != nil {
				t.Error("still in doubt")
			}
			l := newTalk(t, k.lib)
			l.open("case-1", nil)
			l.do(Event{Receipt: &ReceiptArrived{Effect: l.pending("core.account").ID, Status: message.Delivered}})
			if l.pending("core.account") == nil {
				t.Error("a receipt settled a lookup")
			}
		},
		"a lane that nobody empties stays short": func(t *testing.T, k *talk) {
			for range 50 {
				k.says("HELP")
				k.says("what?")
			}
			n := 0
			for _, f := range k.c.Effects {
				if f.Send != nil {
					n++
				}
			}
			if n > mostWaiting+2 {
				t.Errorf("%d messages wait, want %d at most", n, mostWaiting+2)
			}
		},
		"expired by time, whatever happens": func(t *testing.T, k *talk) { k.fires("expires"); k.in("expired") },
	})
}

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
				k.fires("report")
			}
			k.in("paid")
			if k.at().Phase != Closed || len(k.at().Writes) == 0 || k.c.Handoff != nil {
				t.Errorf("phase %s, writes %v, handoff %v\n%s", k.at().Phase, k.at().Writes, k.c.Handoff, k.trail())
			}
			if strings.Contains(k.trail(), "settle") && k.has("expires") {
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
			k.heard("wait")
			k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.failed", Facts: map[string]string{"reason": "x"}}})
			k.in("trouble")
			k.answers("MENU", "1")
			k.fires("wait")
			k.in("still-open")
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
