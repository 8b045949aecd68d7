package fsm

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// agent takes in what a person did at the desk. What isn't possible, or isn't any more, is a Refusal and changes nothing.
func (s *step) agent(a AgentActed) error {
	if !slices.Contains([]string{"claim", "reply", "return", "resolve"}, a.Action) {
		return refused(a, ErrUnknownAction, "there is no such action: use claim, reply, return or resolve")
	}
	h := s.c.Handoff
	if h == nil || a.Case != "" && a.Case != h.Case {
		return s.worked(a)
	}
	k := s.c.Case(h.Case)
	if k == nil {
		return fmt.Errorf("agent acts on a handoff: %w", ErrNoCase)
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	switch a.Action {
	case "claim":
		if h.Claimed != "" && h.Claimed != a.Agent {
			return refused(a, ErrClaimedByOther, "%s has it", h.Claimed)
		}
		h.Claimed = a.Agent
		s.c.Contact.Evidence = nil // whoever replies from now on talks to a person, and is asked again afterwards
		s.why("claimed")
		return nil
	case "reply":
		return s.replyAs(k, w, a)
	case "return":
		if h.Back == Never {
			return refused(a, ErrNoReturn, "exception %s of workflow %s doesn't go back to the bot: resolve it", h.Reason, w.Name)
		}
		to := h.Back
		s.c.Contact.Evidence = nil
		s.withdraw(k)
		s.why("returned to the bot")
		return s.goTo(k, w, to)
	}
	o := w.Outcomes[a.Outcome]
	if o == nil {
		return refused(a, ErrUnknownOutcome, "workflow %s has no outcome %q: it must be one of %s", w.Name, a.Outcome, strings.Join(keys(w.Outcomes), ", "))
	}
	if err := s.complete(k, w, o.End); err != nil {
		return refused(a, ErrIncomplete, "outcome %s can't be recorded yet: %v: choose another, or return it to the bot", a.Outcome, err)
	}
	s.withdraw(k)
	s.why("resolved by a person as %s", a.Outcome)
	// What the customer alone could confirm isn't asked of an agent: the operation's assurance is the desk's own.
	return s.resolved(k, w, a.Outcome)
}

// resolved ends a case as a person says. The record is written back as ever, and only its acknowledgement ends it.
func (s *step) resolved(k *Case, w *Workflow, outcome string) error {
	if err := w.moves().move(k.State, outcome); err != nil {
		return err
	}
	s.leave(k)
	k.State, k.Phase = outcome, Running
	s.path = append(s.path, outcome)
	return s.end(k, w, w.Outcomes[outcome])
}

// worked closes a piece of work that an ended case left to a queue.
func (s *step) worked(a AgentActed) error {
	i := slices.IndexFunc(s.c.Work, func(h Handoff) bool { return a.Case == "" || h.Case == a.Case })
	if i < 0 {
		return refused(a, ErrNotWaiting, "nothing here is with a person, or not any more")
	}
	h := s.c.Work[i]
	k := s.c.Case(h.Case)
	switch {
	case k != nil && k.Phase == Blocked:
		return refused(a, ErrBehind, "another case of this customer is with a person: see to that one first")
	case a.Action != "resolve":
		return refused(a, ErrCaseEnded, "its case has ended: what is left to do can only be resolved")
	case a.Outcome != "" && (k == nil || a.Outcome != k.Outcome):
		return refused(a, ErrCaseEnded, "its case has ended already, with another outcome: leave the outcome out")
	}
	s.about = h.Case
	s.c.Work = slices.Delete(s.c.Work, i, i+1)
	s.why("seen to by a person")
	return nil
}

const (
	// mostReply is the longest reply of an agent, in UTF-16 units: what providers take at most in one message.
	mostReply = 1600
	// answering is how long after the customer's last message an agent's reply is still an answer to it. Later it is a message
	// of ours to begin, and falls under all that policy says of those.
	answering = 24 * time.Hour
)

// replyAs says what an agent wrote, in the thread where the customer last wrote. The customer isn't told who it was.
func (s *step) replyAs(k *Case, w *Workflow, a AgentActed) error {
	text := plainText(a.Text)
	switch by := s.c.Handoff.Claimed; {
	case by == "":
		return refused(a, ErrNotClaimed, "nobody has claimed it: claim it first, so that two people don't answer at once")
	case by != a.Agent:
		return refused(a, ErrClaimedByOther, "%s has it, and only they can reply", by)
	case s.c.Contact.Stopped:
		return refused(a, ErrStopped, "the customer has said STOP: nothing may be said until they write START")
	case text == "":
		return refused(a, ErrNoText, "there is no text to send")
	case len(utf16.Encode([]rune(text))) > mostReply:
		return refused(a, ErrReplyTooLong, "the text is longer than %d characters: send it in parts", mostReply)
	}
	to := s.c.DeskThread(k)
	if to.IsZero() {
		to = s.threadOf(k, w)
	}
	if to.IsZero() {
		return refused(a, ErrNoThread, "no address of the customer can be reached")
	}
	kind, lane := Reply, to.Channel()+"/reply"
	if s.now.Sub(s.c.Contact.LastText) >= answering {
		kind, lane = Proactive, to.Channel()+"/proactive"
	}
	if s.queued(lane) > mostWaiting { // one more, and the oldest would be dropped
		return refused(a, ErrTooMany, "earlier messages haven't been sent yet: wait until they are")
	}
	k.Thread = to
	s.send(to, message.Message{Text: text}, agentText, kind, w.Purpose, k, false, policy.Anyone)
	s.lines[len(s.lines)-1].Who = "agent"
	return nil
}

// agentText stands for a text's name where a person wrote the message.
const agentText = "agent-reply"

// DeskThread is where a person's reply goes: where the customer wrote last of all, else where the case goes on.
func (c *Conversation) DeskThread(k *Case) message.Address {
	to, last := k.Thread, c.lastFrom(k.Thread)
	for _, r := range c.Contact.Addresses {
		if r.Bad == "" && r.Inbound.After(last) {
			to, last = r.Address, r.Inbound
		}
	}
	return to
}

// queued is how many messages are in a lane.
func (s *step) queued(lane string) (n int) {
	for _, e := range s.c.Effects {
		if e.Lane == lane && e.Send != nil {
			n++
		}
	}
	return n
}

// plainText is a text without what can't be seen and would change how the rest is shown; line breaks stay.
func plainText(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text))
}

// Resolutions are the outcomes with which a person may end a case now: those for which all that is written is known.
func Resolutions(lib *Library, c Conversation, caseID string, now time.Time) []string {
	s := begin(lib, c, Event{At: now})
	k := s.c.Case(caseID)
	if k == nil || k.Phase != Blocked {
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(keys(w.Outcomes), func(name string) bool { return s.complete(k, w, w.Outcomes[name].End) != nil })
}
