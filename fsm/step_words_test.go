package fsm

import "testing"

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
		"a handoff takes back what isn't sent yet, and says its own": func(t *testing.T, k *talk) {
			k.says("what?")
			k.says("AGENT")
			if k.pending("hello") != nil || k.pending("asked-for-agent-said") == nil {
				t.Errorf("effects %+v", k.c.Effects)
			}
		},
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
		"returned unclaimed, who is replying is asked anew": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT")
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
