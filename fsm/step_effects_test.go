package fsm

import (
	"testing"
	"time"
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
