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
			k.in("hello")
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

func TestStepWords(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"BACK asks the last question": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4", "500")
			k.says("BACK")
			k.in("promise-amount")
			k.heard("promised")
			k.says("back")
			k.in("menu")
		},
		"BACK with no question before": func(t *testing.T, k *talk) {
			k.says("BACK")
			k.in("hello")
			k.heard("hello")
			k.because("no question before")
		},
		"BACK in a confirmation is its else": func(t *testing.T, k *talk) { k.menu(); k.answers("5", "1"); k.says("BACK"); k.in("menu") },
		"MENU":                               func(t *testing.T, k *talk) { k.menu(); k.answers("4", "500"); k.says("MENU"); k.in("menu") },
		"MENU is asked who it is": func(t *testing.T, k *talk) {
			k.says("MENU")
			k.in("hello")
			k.heard("verify-facts")
		},
		"HELP answers, and the question stands": func(t *testing.T, k *talk) {
			k.menu()
			k.says("HELP")
			k.heard("help")
			k.taps("dispute")
			k.in("dispute-about")
		},
		"CASES counts":     func(t *testing.T, k *talk) { k.says("CASES"); k.heard("cases") },
		"AGENT hands over": func(t *testing.T, k *talk) { k.says("AGENT"); k.in("asked-for-agent"); k.heard("asked-for-agent-said") },
		"AGENT in a challenge": func(t *testing.T, k *talk) {
			k.says("continue")
			k.says("AGENT")
			k.in("asked-for-agent")
			noChallenge(t, k)
		},
		"UNDO with nothing to undo": func(t *testing.T, k *talk) { k.says("UNDO"); k.heard("nothing-to-undo") },
		"MENU withdraws what nobody has claimed": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT", "hello?")
			k.because("the bot is silent")
			k.says("MENU")
			k.in("menu")
			if k.c.Handoff != nil {
				t.Error("the handoff is still there")
			}
		},
		"MENU doesn't withdraw what somebody has claimed": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT")
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "claim"}})
			k.says("MENU")
			k.in("asked-for-agent")
			k.heard()
		},
		"a claim drops all evidence": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT")
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "claim"}})
			if n := len(k.c.Contact.Evidence); n != 0 {
				t.Errorf("%d pieces of evidence are left", n)
			}
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "return"}})
			k.heard("verify-facts")
		},
		"an agent resolves, and the record is written": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("4", "500", "friday", "AGENT")
			k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "promised"}})
			if k.pending("core.record-promise") == nil || k.at().Phase != Settling {
				t.Errorf("phase %s, want settling with its writeback", k.at().Phase)
			}
		},
		"an agent can't resolve with what isn't known": func(t *testing.T, k *talk) {
			k.answers("AGENT")
			err := k.try(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "promised"}})
			wantError(t, err, ErrRefused)
			k.in("asked-for-agent")
		},
		"what a person can't do is refused, not poison": func(t *testing.T, k *talk) {
			wantError(t, k.try(Event{Agent: &AgentActed{Agent: "staff-1", Action: "claim"}}), ErrRefused)
			k.answers("AGENT")
			wantError(t, k.try(Event{Agent: &AgentActed{Agent: "staff-1", Action: "resolve", Outcome: "no-such"}}), ErrRefused)
			wantError(t, k.try(Event{Agent: &AgentActed{Agent: "staff-1", Action: "dance"}}), ErrRefused)
		},
		"a never goes back": func(t *testing.T, k *talk) {
			k.answers("not me")
			k.in("wrong-person")
			k.says("MENU")
			k.in("wrong-person")
			wantError(t, k.try(Event{Agent: &AgentActed{Agent: "staff-1", Action: "return"}}), ErrRefused)
			if k.c.Contact.Flags["wrong-person"] != "C-1" {
				t.Errorf("flags %v, want wrong-person", k.c.Contact.Flags)
			}
		},
	})
}

func TestStepStop(t *testing.T) {
	t.Parallel()
	states := map[string]func(*talk){
		"the first question": func(k *talk) {},
		"a challenge":        func(k *talk) { k.says("continue") },
		"the menu":           func(k *talk) { k.menu() },
		"a question":         func(k *talk) { k.menu(); k.says("4") },
		"a writeback":        func(k *talk) { k.menu(); k.says("1") },
		"a wait":             func(k *talk) { k.menu(); k.answers("1") },
		"a handoff":          func(k *talk) { k.says("AGENT") },
		"an ended case":      func(k *talk) { k.menu(); k.answers("4", "500", "friday", "yes") },
	}
	for name, reach := range states {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := shippedTalk(t)
			reach(k)
			epoch, state := k.c.Epoch, k.at().State
			k.says("S.T.O.P!")
			k.heard("stopped")
			noChallenge(t, k)
			if !k.c.Contact.Stopped || k.c.Epoch <= epoch {
				t.Errorf("stopped %v in epoch %d after %d", k.c.Contact.Stopped, k.c.Epoch, epoch)
			}
			for _, f := range k.c.Effects {
				if f.Send != nil && f.Send.Kind != Confirmation || f.IssueCode != nil {
					t.Errorf("%s of before may still go out", f.Kind())
				}
			}
			if k.pending("suppress") == nil {
				t.Error("the address isn't suppressed in this commit")
			}
			for _, text := range []string{"hello", "MENU", "1", "HELP", "AGENT", "stop"} {
				k.answers(text)
				k.heard()
			}
			k.settle()
			k.do(Event{Reported: &SystemReported{Case: "case-1", Event: "psp.paid", Facts: map[string]string{"amount": "10.00", "reference": "R"}}})
			k.settle()
			k.heard()
			k.says("START")
			if len(k.said) == 0 || k.said[0] != "started" {
				t.Errorf("START says %q", k.said)
			}
			if name == "the first question" || name == "the menu" {
				if k.at().State == state {
					t.Log("the payment moved it")
				}
			}
		})
	}
	t.Run("START asks again what was asked last", func(t *testing.T) {
		t.Parallel()
		for _, reach := range []func(*talk){func(*talk) {}, func(k *talk) { k.menu() }} {
			k := shippedTalk(t)
			reach(k)
			state := k.at().State
			k.answers("stop")
			k.says("START")
			k.in(state)
			if len(k.said) != 2 || k.said[0] != "started" {
				t.Errorf("said %q, want started and the question", k.said)
			}
			if !k.has("silence") {
				t.Error("silence isn't watched")
			}
		}
	})
	t.Run("a provider's opt-out counts, and is confirmed by it", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		k.do(Event{Received: &MessageReceived{From: k.from, Text: "nie meer nie", Optout: "STOP"}})
		k.heard()
		if !k.c.Contact.Stopped {
			t.Error("not stopped")
		}
	})
	t.Run("learned from a refused send", func(t *testing.T) {
		t.Parallel()
		k := shippedTalk(t)
		k.says("HELP")
		k.result("help", EffectDone{Result: Optedout})
		if !k.c.Contact.Stopped || k.pending("suppress") == nil {
			t.Errorf("stopped %v", k.c.Contact.Stopped)
		}
	})
}

func noChallenge(t *testing.T, k *talk) {
	t.Helper()
	if k.c.Challenge != nil {
		t.Error("a challenge is still open")
	}
}
