package fsm

import (
	"testing"
	"time"
)

func TestStepCases(t *testing.T) {
	t.Parallel()
	second := func(k *talk) *Case { return k.c.Case("case-2") }
	scenes(t, map[string]func(*testing.T, *talk){
		"a second case waits its turn, silently, and gets it": func(t *testing.T, k *talk) {
			k.open("case-2", nil)
			k.heard()
			if second(k).Phase != Queued {
				t.Errorf("phase %s, want queued", second(k).Phase)
			}
			k.menu()
			k.answers("5", "1", "yes")
			if second(k).State != "hello" || k.c.Active != "case-2" {
				t.Errorf("case-2 in %q, active %s\n%s", second(k).State, k.c.Active, k.trail())
			}
		},
		"opened twice, enrolled once, also on day 10": func(t *testing.T, k *talk) {
			for range 2 {
				k.open("case-1", nil)
				k.because("opened before")
				k.now = k.now.Add(day(10))
			}
			if len(k.c.Cases) != 1 {
				t.Errorf("%d cases", len(k.c.Cases))
			}
		},
		"the turn passes when the first only waits, and MENU still finds it": func(t *testing.T, k *talk) {
			k.menu()
			k.open("case-2", nil)
			k.answers("1")
			k.in("paying")
			if k.c.Active != "case-2" || second(k).State != "hello" {
				t.Fatalf("active %s, case-2 in %q\n%s", k.c.Active, second(k).State, k.trail())
			}
			k.answers("not me") // ends case-2 with a person
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "settled"}})
			k.settle()
			k.says("MENU")
			k.in("menu")
		},
		"one that waited and is paid in part asks only on its turn": func(t *testing.T, k *talk) {
			k.menu()
			k.open("case-2", nil)
			k.answers("1")
			k.do(paid("500.00"))
			k.settle()
			k.in("part-received")
			if k.c.Active != "case-2" {
				t.Fatalf("case-1 took the turn\n%s", k.trail())
			}
			if p := k.c.Prompts[thread(k.from)]; p.Case != "case-2" {
				t.Errorf("the prompt is %s's", p.Case)
			}
			k.fires("silence")
			k.settle()
			k.fires("silence")
			k.settle()
			if p := k.c.Prompts[thread(k.from)]; k.c.Active != "case-1" || p.Case != "case-1" {
				t.Errorf("case-1 isn't asked on its turn\n%s", k.trail())
			}
		},
		"an expired case gives its turn on": func(t *testing.T, k *talk) {
			k.open("case-2", nil)
			k.fires("expires")
			k.in("expired")
			k.settle()
			if second(k).State != "hello" {
				t.Errorf("case-2 in %q", second(k).State)
			}
		},
		"a queued case may expire unasked": func(t *testing.T, k *talk) {
			k.open("case-2", nil)
			k.do(Event{Reported: &SystemReported{Case: "case-2", Event: "psp.paid", Facts: map[string]string{"amount": "9999.00", "reference": "R"}}})
			k.settle()
			if second(k).State != "paid" {
				t.Errorf("case-2 in %q, want paid\n%s", second(k).State, k.trail())
			}
		},
		"two cases with a person: one after the other, none lost": func(t *testing.T, k *talk) {
			k.open("case-2", nil)
			k.promise()
			k.settle()
			k.open("case-3", nil)
			k.c.Case("case-1").Undo.Until = k.now.Add(time.Hour)
			k.says("UNDO")
			k.settle()
			k.answers("1")
			k.in("paying") // case-2 has the turn now
			k.answers("AGENT")
			if k.c.Handoff == nil || k.c.Handoff.Case != "case-2" {
				t.Fatalf("handoff %+v\n%s", k.c.Handoff, k.trail())
			}
			k.do(paid("9999.00"))
			k.settleBut("core.record-payment")
			k.result("core.record-payment", EffectDone{Result: Declined})
			if k.c.Handoff.Case != "case-2" || len(k.c.Work) != 1 || k.at().Phase != Blocked {
				t.Fatalf("handoff %+v, work %+v\n%s", k.c.Handoff, k.c.Work, k.trail())
			}
			k.heard()
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "settled"}})
			if k.c.Handoff == nil || k.c.Handoff.Case != "case-1" || len(k.c.Work) != 0 {
				t.Errorf("handoff %+v, work %+v\n%s", k.c.Handoff, k.c.Work, k.trail())
			}
		},
		"UNDO takes the turn, and whoever had it is asked again": func(t *testing.T, k *talk) {
			k.promise()
			k.settle()
			k.open("case-2", nil)
			k.settle()
			k.answers("UNDO")
			k.in("menu")
			k.answers("5", "1", "yes")
			if p := k.c.Prompts[thread(k.from)]; p.Case != "case-2" {
				t.Errorf("the prompt is %s's, want case-2's\n%s", p.Case, k.trail())
			}
		},
		"who loses the turn while asked who it is goes on where it was going": func(t *testing.T, k *talk) {
			k.promise()
			k.settle()
			k.open("case-2", nil)
			k.settle()
			k.now = k.now.Add(5 * time.Hour)
			k.says("continue")
			k.heard("verify-facts")
			k.says("UNDO")
			if q := second(k); q.Phase != Queued || q.Resume != "menu" || k.c.Challenge == nil || k.c.Challenge.Case != "case-1" {
				t.Fatalf("case-2 %s, resumes at %q; challenge %+v\n%s", q.Phase, q.Resume, k.c.Challenge, k.trail())
			}
			k.says("MENU") // not the undo, after all
			k.settle()
			if second(k).Phase != Running || k.c.Active != "case-2" || k.c.Challenge == nil || k.c.Challenge.Case != "case-2" {
				t.Errorf("case-2 %s, active %s\n%s", second(k).Phase, k.c.Active, k.trail())
			}
		},
		"the bank's language doesn't change the customer's own": func(t *testing.T, k *talk) {
			k.c.Contact.Language, k.c.Contact.Chosen = "af", true
			k.open("case-2", func(o *CaseOpened) { o.Language = "en" })
			if k.c.Contact.Language != "af" {
				t.Errorf("language %q, want af", k.c.Contact.Language)
			}
		},
		"ENGLISH asks again in English": func(t *testing.T, k *talk) {
			k.c.Contact.Language = "af"
			k.says("English")
			k.heard("hello")
			if k.c.Contact.Language != "en" || !k.c.Contact.Chosen {
				t.Errorf("contact %+v", k.c.Contact)
			}
		},
		"whoever writes without a case finds the lobby": func(t *testing.T, k *talk) {
			k.fires("expires")
			k.says("hello?")
			k.heard("welcome")
			n := len(k.c.CaseIDs)
			k.answers("no, thank you")
			k.now = k.now.Add(time.Minute)
			k.answers("thanks")
			if len(k.c.CaseIDs) != n {
				t.Error("lobby cases are remembered for good")
			}
			if len(k.c.Cases) > 2 {
				t.Errorf("%d cases are kept", len(k.c.Cases))
			}
		},
		"not due, nobody is written to": func(t *testing.T, k *talk) {
			for _, a := range []map[string]string{{"balance": "40.00", "in_dispute": "false"}, {"balance": "0.00", "in_dispute": "false"}, {"balance": "900.00", "in_dispute": "true"}} {
				l := newTalk(t, k.lib)
				l.account = a
				l.open("case-1", nil)
				l.says("MENU") // too early to know
				l.heard("wait")
				l.result("core.account", EffectDone{Result: OK, Values: a})
				l.heard()
				if l.at().Outcome != NotDue || l.at().Phase != Closed {
					t.Errorf("%v: outcome %q\n%s", a, l.at().Outcome, l.trail())
				}
			}
		},
		"whether it is due can't be looked up: a person": func(t *testing.T, k *talk) {
			l := newTalk(t, k.lib)
			l.open("case-1", nil)
			l.result("core.account", EffectDone{Result: Permanent})
			l.in("stuck")
		},
	})
}

func TestStepPromiseDue(t *testing.T) {
	t.Parallel()
	begun := func(t *testing.T, received string) *talk {
		k := shippedTalk(t)
		k.promise()
		k.settle()
		k.account["received"] = received
		k.fires("undo")
		k.fires("open")
		k.settle()
		return k
	}
	due := func(k *talk) *Case { return &k.c.Cases[len(k.c.Cases)-1] }
	t.Run("the morning after, where the customer is", func(t *testing.T) {
		t.Parallel()
		k := begun(t, "0.00")
		if got, want := due(k).Opened, time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC); !got.Equal(want) {
			t.Errorf("opened at %v, want %v", got, want)
		}
		if q := due(k); q.Workflow[:11] != "promise-due" || q.State != "hello" || q.Facts["promised"].Value != "500.00" || q.Facts["first_name"].Value != "Thandi" {
			t.Errorf("case %+v\n%s", q, k.trail())
		}
	})
	t.Run("kept", func(t *testing.T) {
		t.Parallel()
		k := begun(t, "500.00")
		if got := due(k).State; got != "kept" {
			t.Errorf("in %q, want kept\n%s", got, k.trail())
		}
	})
	t.Run("broken, and the next case three days later", func(t *testing.T) {
		t.Parallel()
		k := begun(t, "0.00")
		k.fires("silence")
		k.settle()
		if q := due(k); q.Outcome != "broken" || !k.has("open") {
			t.Errorf("outcome %q, timers %v\n%s", q.Outcome, k.c.Timers, k.trail())
		}
		k.fires("open")
		k.settle()
		if got := due(k); got.Workflow[:7] != "overdue" || got.State != "hello" {
			t.Errorf("case %+v", got)
		}
	})
}

// settleBut settles all but one effect.
func (k *talk) settleBut(what string) {
	k.t.Helper()
	for range 20 {
		done := true
		for _, f := range k.c.Heads() {
			if p := k.pending(what); p != nil && p.ID == f.ID {
				continue
			}
			done = false
			k.do(Event{ID: ResultID(f.ID, f.Attempt, OK), Done: &EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: OK, Values: k.account}})
			break
		}
		if done {
			return
		}
	}
}
