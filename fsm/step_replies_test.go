package fsm

import (
	"slices"
	"testing"
	"time"
)

// scenes runs each rule on a case of its own.
func scenes(t *testing.T, all map[string]func(*testing.T, *talk)) {
	t.Helper()
	for name, run := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, shippedTalk(t))
		})
	}
}

func TestStepReplies(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"4 friday chooses and answers": func(t *testing.T, k *talk) {
			k.menu()
			k.says("4 friday") // the amount comes first; friday waits for its question
			k.in("promise-amount")
			k.answers("500")
			k.in("confirm-promise")
			if got := k.at().Facts["promised_on"].Value; got != "2026-11-27" {
				t.Errorf("promised on %q, want friday 2026-11-27", got)
			}
		},
		"what was left over isn't kept for another way": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4 friday", "MENU", "4", "500")
			k.in("promise-date")
		},
		"a choice and more than it asks isn't a choice": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("6 on friday")
			k.in("menu")
			k.because("not taken for a choice")
		},
		"yes and more isn't yes": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4", "500", "friday", "1 friday")
			k.in("confirm-promise")
		},
		"a stale tap never acts": func(t *testing.T, k *talk) {
			k.menu()
			old := k.c.Prompts[thread(k.from)]
			k.answers("4", "MENU")
			k.do(Event{Received: &MessageReceived{From: k.from, Choice: payload(old.Case, old.Serial, "hardship")}})
			k.in("menu")
			k.because("old button")
			k.heard("menu")
		},
		"a tap of now acts": func(t *testing.T, k *talk) { k.menu(); k.taps("dispute"); k.in("dispute-about") },
		"a number counts only for the last menu of its thread": func(t *testing.T, k *talk) {
			k.open("case-1", nil)
			k.c.Contact.Addresses = append(k.c.Contact.Addresses, Reachable{Address: walkChat, Record: true})
			k.from = walkChat
			k.says("1")
			k.in("hello")
			k.heard("hello")
		},
		"sent before the question, it doesn't answer it": func(t *testing.T, k *talk) {
			e := k.message("1")
			e.Received.Sent = k.now.Add(-time.Minute)
			k.do(e)
			k.heard("hello")
			e = k.message("stop")
			e.Received.Sent = k.now.Add(-time.Minute)
			k.do(e)
			k.because("STOP")
		},
		"chosen on stale facts, looked up first": func(t *testing.T, k *talk) {
			k.menu()
			for range 2 { // also the second time in one state
				k.now = k.now.Add(90 * time.Minute)
				k.answers("HELP")
				k.c.Contact.Evidence = append(k.c.Contact.Evidence, evidence(k))
				k.account["balance"] = "90.00"
				k.says("2")
				if k.pending("core.account") == nil || k.at().Pick != "pay-part" {
					t.Fatalf("picked %q, no lookup is on its way\n%s", k.at().Pick, k.trail())
				}
				k.settle()
				k.in("menu")
				k.heard("menu")
				if p := k.c.Prompts[thread(k.from)]; slices.ContainsFunc(p.Options, func(o Shown) bool { return o.ID == "pay-part" }) {
					t.Error("pay-part is shown again")
				}
				k.account["balance"] = "1250.00"
				k.now = k.now.Add(90 * time.Minute)
				k.answers("MENU")
				k.proves()
			}
		},
		"chosen, and the lookup fails: nothing is decided on old facts": func(t *testing.T, k *talk) {
			k.menu()
			k.now = k.now.Add(90 * time.Minute)
			k.answers("HELP")
			k.c.Contact.Evidence = append(k.c.Contact.Evidence, evidence(k))
			k.says("2")
			k.result("core.account", EffectDone{Result: Permanent})
			k.in("stuck")
		},
		"an offer that is empty hides its option": func(t *testing.T, k *talk) {
			k.account["balance"] = "400.00"
			k.now = k.now.Add(2 * time.Hour)
			k.menu()
			for _, o := range k.c.Prompts[thread(k.from)].Options {
				if o.ID == "plan" {
					t.Error("plan is shown, and there is none")
				}
			}
		},
		"not understood three times in a row": func(t *testing.T, k *talk) {
			k.answers("what a day", "what a night")
			k.in("hello")
			k.says("what a week")
			k.in("not-understood")
		},
		"understood in between, the count begins anew": func(t *testing.T, k *talk) {
			k.answers("what a day", "what a night", "continue")
			k.proves()
			k.answers("what a day")
			k.in("menu")
		},
		"no leads back": func(t *testing.T, k *talk) { k.menu(); k.answers("4", "500", "friday", "2"); k.in("promise-amount") },
		"past, weekend and out of range are explained": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4", "1")
			k.in("promise-amount")
			k.answers("500", "28 november 2026")
			k.because("answer-workday")
			k.answers("1 november 2026")
			k.because("answer-past")
			k.in("promise-date")
		},
	})
}
