package fsm

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
)

func acts(action string, more ...string) Event {
	a := &AgentActed{Agent: "staff-1", Action: action}
	switch action {
	case "reply":
		a.Text = strings.Join(more, "")
	case "resolve":
		a.Outcome = strings.Join(more, "")
	}
	return Event{Agent: a}
}

func by(agent string, e Event) Event {
	e.Agent.Agent = agent
	return e
}

func about(caseID string, e Event) Event {
	e.Agent.Case = caseID
	return e
}

// claimed is a case that staff-1 has.
func (k *talk) claimed() {
	k.t.Helper()
	k.menu()
	k.answers("AGENT")
	k.do(acts("claim"))
	k.settle()
}

func TestStepAgentReplies(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"a reply goes to the thread as the agent's, and the customer isn't told whose": func(t *testing.T, k *talk) {
			k.claimed()
			k.do(acts("reply", " Shall we move it\r\nto the 30th?\x00 "))
			f := k.pending(agentText)
			if f == nil || f.Send.To != k.from || f.Send.Kind != Reply || f.Send.Purpose != "collection" || f.Send.Epoch != k.c.Epoch {
				t.Fatalf("effects %+v, want a reply to %s in epoch %d", k.c.Effects, k.from, k.c.Epoch)
			}
			const want = "Shall we move it\nto the 30th?"
			lines := k.commit.Transcript
			if len(lines) != 1 || lines[0].Who != "agent" || lines[0].Text != want || lines[0].Effect != f.ID || f.Send.Message.Text != want {
				t.Errorf("transcript %+v, sent %q, want %q of the agent", lines, f.Send.Message.Text, want)
			}
			if because := strings.Join(k.commit.Journal[0].Because, "\n"); strings.Contains(because, "30th") {
				t.Errorf("the journal's reasons quote the text: %q", because)
			}
			k.settle()
			k.says("Fine")
			k.heard() // a person has it: the bot is silent
			if l := k.commit.Transcript; len(l) != 1 || l[0].Who != "customer" || l[0].Text != "Fine" {
				t.Errorf("transcript %+v, want what the customer wrote", l)
			}
		},
		"it goes where the customer wrote last": func(t *testing.T, k *talk) {
			k.claimed()
			k.now = k.now.Add(time.Minute)
			k.from = "whatsapp:+447700900001"
			k.says("here I am")
			k.do(acts("reply", "Hello"))
			if f := k.pending(agentText); f.Send.To != k.from || k.at().Thread != k.from {
				t.Errorf("sent to %q, the case goes on at %q, want %q", f.Send.To, k.at().Thread, k.from)
			}
		},
		"a day after the customer's last message it is ours to begin": func(t *testing.T, k *talk) {
			k.claimed()
			k.now = k.now.Add(answering)
			k.do(acts("reply", "Hello"))
			if f := k.pending(agentText); f.Send.Kind != Proactive || f.Lane != k.from.Channel()+"/proactive" {
				t.Errorf("kind %s in lane %s, want proactive", f.Send.Kind, f.Lane)
			}
		},
		"what may not go out is in the transcript and the journal, and the agent can go on": func(t *testing.T, k *talk) {
			k.claimed()
			k.do(acts("reply", "Hello"))
			k.result(agentText, EffectDone{Result: Refused, Reason: "channel/whatsapp", Because: []string{"outside-window"}})
			k.because("outside-window")
			if k.pending(agentText) != nil || k.c.Handoff == nil || k.c.Handoff.Claimed != "staff-1" {
				t.Errorf("handoff %+v, effects %+v", k.c.Handoff, k.c.Effects)
			}
			k.do(acts("reply", "Hello again"))
		},
		"messages that wait are not dropped for one more": func(t *testing.T, k *talk) {
			k.claimed()
			for n := range mostWaiting + 1 {
				k.do(acts("reply", strings.Repeat("x", n+1)))
			}
			wantRefusal(t, k.try(acts("reply", "one more")), ErrTooMany)
			if n := len(k.c.Effects); n != mostWaiting+1 {
				t.Errorf("%d messages wait, want all %d", n, mostWaiting+1)
			}
		},
		"returned at once, the reply still goes out": func(t *testing.T, k *talk) {
			k.claimed()
			k.do(acts("reply", "The bot goes on from here"))
			k.do(acts("return"))
			if f := k.pending(agentText); f == nil || f.Send.Epoch != k.c.Epoch {
				t.Errorf("effects %+v, want the reply among them", k.c.Effects)
			}
		},
	})
}

func wantRefusal(t *testing.T, err, kind error) {
	t.Helper()
	var r *Refusal
	if !errors.Is(err, kind) || !errors.Is(err, ErrRefused) || !errors.As(err, &r) || r.Why == "" {
		t.Errorf("error %v, want a refusal: %v", err, kind)
	}
}

func TestStepAgentIsRefused(t *testing.T) {
	t.Parallel()
	asked := func(k *talk) { k.menu(); k.answers("AGENT") }
	claimed := func(k *talk) { k.claimed() }
	ended := func(k *talk) { k.menu(); k.answers("5", "1", "yes") }
	for name, tc := range map[string]struct {
		before func(*talk)
		act    Event
		want   error
	}{
		"an unknown action":             {asked, acts("dance"), ErrUnknownAction},
		"nothing waits":                 {func(k *talk) { k.menu() }, acts("claim"), ErrNotWaiting},
		"another case than is meant":    {asked, about("case-9", acts("claim")), ErrNotWaiting},
		"another has it":                {claimed, by("staff-2", acts("claim")), ErrClaimedByOther},
		"a reply to what nobody has":    {asked, acts("reply", "Hello"), ErrNotClaimed},
		"a reply to what another has":   {claimed, by("staff-2", acts("reply", "Hello")), ErrClaimedByOther},
		"a reply after STOP":            {func(k *talk) { k.claimed(); k.answers("STOP") }, acts("reply", "Hello"), ErrStopped},
		"a reply of nothing":            {claimed, acts("reply", " \n\t\x00"), ErrNoText},
		"a reply that is too long":      {claimed, acts("reply", strings.Repeat("😀", mostReply/2)+"x"), ErrReplyTooLong},
		"a return that doesn't go back": {func(k *talk) { k.answers("not me") }, acts("return"), ErrNoReturn},
		"an unknown outcome":            {asked, acts("resolve", "no-such"), ErrUnknownOutcome},
		"an outcome not all known":      {asked, acts("resolve", "promised"), ErrIncomplete},
		"a claim of an ended case":      {ended, acts("claim"), ErrCaseEnded},
		"another end of an ended case":  {ended, acts("resolve", "settled"), ErrCaseEnded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := shippedTalk(t)
			tc.before(k)
			before, err := k.c.Encode()
			if err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, k.try(tc.act), tc.want)
			if after, err := k.c.Encode(); err != nil || string(after) != string(before) {
				t.Errorf("it changed the conversation: %v", differ(string(after), string(before)))
			}
		})
	}
}

func TestStepAgentMeansOneCase(t *testing.T) {
	t.Parallel()
	scenes(t, map[string]func(*testing.T, *talk){
		"a case behind another isn't acted on, nor is the other in its place": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT")
			k.open("case-2", nil)
			k.c.Case("case-2").Phase = Blocked
			k.c.Work = append(k.c.Work, Handoff{Case: "case-2", Reason: "stuck", Queue: "back-office"})
			wantRefusal(t, k.try(about("case-2", acts("resolve", "settled"))), ErrBehind)
		},
		"work of an ended case is seen to while another is with a person": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("5", "1", "yes") // disputed: a queue sees to it
			k.open("case-2", nil)
			k.settle()
			k.answers("AGENT")
			if k.c.Handoff == nil || k.c.Handoff.Case != "case-2" || len(k.c.Work) != 1 {
				t.Fatalf("handoff %+v, work %+v\n%s", k.c.Handoff, k.c.Work, k.trail())
			}
			k.do(about("case-1", acts("resolve", "disputed"))) // as it has ended
			if k.c.Handoff == nil || len(k.c.Work) != 0 {
				t.Errorf("handoff %+v, work %+v, want case-2 still with a person\n%s", k.c.Handoff, k.c.Work, k.trail())
			}
		},
		"the same agent claims twice": func(t *testing.T, k *talk) { k.claimed(); k.do(acts("claim")) },
		"what it may be resolved with": func(t *testing.T, k *talk) {
			k.menu()
			k.answers("AGENT")
			got := Resolutions(k.lib, k.c, "case-1", k.now)
			if !slices.Contains(got, "settled") || slices.Contains(got, "promised") {
				t.Errorf("Resolutions = %q, want settled, and not promised: no date is known", got)
			}
			if got := Resolutions(k.lib, k.c, "case-9", k.now); got != nil {
				t.Errorf("Resolutions of no case = %q, want none", got)
			}
		},
	})
}

// A case that goes back to the bot shows where it goes on also while that can't be entered yet.
func TestStepReturnedShowsWhereItGoesOn(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(*talk){
		"returned by a person": func(k *talk) { k.do(acts("return")) },
		"withdrawn with MENU":  func(k *talk) { k.now = k.now.Add(time.Hour); k.says("MENU") },
		"claimed and returned": func(k *talk) { k.do(acts("claim")); k.do(acts("return")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := shippedTalk(t)
			k.menu()
			k.answers("AGENT")
			back(k)
			k.heard("verify-facts")
			k.in("menu")
			if q := k.at(); q.Phase != Running || q.Exception != "" {
				t.Errorf("phase %s, exception %q, want running", q.Phase, q.Exception)
			}
			if to := k.commit.Journal[0].To; to != "menu" {
				t.Errorf("the journal says that it went to %q, want menu", to)
			}
			k.proves()
			k.heard("menu")
			k.in("menu")
		})
	}
	t.Run("stuck", func(t *testing.T) {
		t.Parallel()
		k := stuckTalk(t)
		k.do(acts("return"))
		k.heard("verify-facts")
		k.in("b")
		k.proves()
		k.in("b")
		k.heard("private")
		if n := len(k.at().Writes); n != 2 {
			t.Errorf("%d writes, want the state's own each time that it is entered", n)
		}
	})
	t.Run("STOP and START while it is asked who replies", func(t *testing.T) {
		t.Parallel()
		k := stuckTalk(t)
		k.do(acts("return"))
		k.answers("STOP")
		k.settle()
		k.says("START")
		if !slices.Contains(k.said, "verify-facts") {
			t.Fatalf("said %q, want it to be asked who replies\n%s", k.said, k.trail())
		}
		k.settle()
		k.proves()
		k.heard("private")
		if n := len(k.at().Writes); n != 2 {
			t.Errorf("%d writes, want the state's own each time that it is entered", n)
		}
	})
}

// stuckTalk is a case that is stuck, and goes back to a state that needs person and tells a system each time it is entered.
func stuckTalk(t *testing.T) *talk {
	t.Helper()
	k := probe(t, "facts: {given: {type: integer, from: trigger, public: true}}\n"+
		"outcomes: {done: {}}\nstart: a\nstates:\n  a: {say: go, options: [{id: on, to: b}]}\n"+
		"  b: {say: private, also: [{write: sys.save}], options: [{id: c, to: c}, {id: done, to: done}]}\n"+
		"  c: {do: sys.note, with: {n: given}, then: {ok: done, else: done}}\n", "    on: On\n    c: C\n    done: Done\n  private: \"It is so\"\n")
	k.says("On")
	k.settle()
	k.proves()
	k.answers("C")
	k.in("stuck")
	return k
}

func TestDeskThread(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	c := Conversation{Contact: Contact{Addresses: []Reachable{
		{Address: "sms:+447700900001", Inbound: at},
		{Address: "whatsapp:+447700900001", Inbound: at.Add(time.Hour)},
		{Address: "email:t@acme.example", Inbound: at.Add(2 * time.Hour), Bad: "gone"},
	}}}
	for thread, want := range map[message.Address]message.Address{
		"": "whatsapp:+447700900001", "sms:+447700900001": "whatsapp:+447700900001", "whatsapp:+447700900001": "whatsapp:+447700900001",
	} {
		if got := c.DeskThread(&Case{Thread: thread}); got != want {
			t.Errorf("DeskThread of a case at %q = %q, want %q", thread, got, want)
		}
	}
}
