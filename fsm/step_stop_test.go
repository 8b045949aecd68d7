package fsm

import "testing"

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
