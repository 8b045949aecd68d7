package fsm

import (
	"slices"
	"strings"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// received decides what a customer's message is: a word that outranks every state, an answer to an open challenge, a reply
// to what was last asked in that thread, or the begin of something new.
func (s *step) received(m MessageReceived) error {
	s.heard(m)
	s.line(Line{Who: "customer", Address: m.From, Text: m.Text})
	optout := message.Word(m.Text, s.c.Contact.Stopped)
	switch {
	case optout == message.Stop || m.Optout == "STOP":
		return s.stop(m)
	case optout == message.Start || m.Optout == "START":
		return s.restart(m)
	case s.c.Contact.Stopped:
		s.why("the customer has opted out: nothing is said until START")
		return nil
	case m.Optout == "HELP":
		s.why("HELP, answered by the provider")
		return nil
	case optout == message.Help:
		return s.help(m.From)
	}
	if m.Choice == "" {
		if done, err := s.outranks(m); done || err != nil {
			return err
		}
	}
	if h := s.c.Handoff; h != nil {
		if ch := s.c.Challenge; ch != nil && ch.Case == h.Case {
			return s.beside(s.c.Case(h.Case), func() error { return s.challenged(m) })
		}
		s.why("with a person (%s): the bot is silent", h.Queue)
		return nil
	}
	if s.c.Challenge != nil {
		return s.challenged(m)
	}
	k := s.turn()
	if k == nil {
		return s.receive(m)
	}
	s.focus(k)
	k.Thread = m.From
	return s.replied(k, m)
}

// heard records that the customer wrote: the thread's window, device evidence, and reminders that are no longer due.
func (s *step) heard(m MessageReceived) {
	r := s.c.reachable(m.From)
	if r == nil {
		s.c.Contact.Addresses = append(s.c.Contact.Addresses, Reachable{Address: m.From, Since: s.now})
		r = s.c.reachable(m.From)
	}
	if s.now.Sub(r.Inbound) >= policy.PersonIdle {
		// Whoever picks the telephone up after half an hour is asked again: the message itself must not renew what is over.
		s.c.Contact.Evidence = slices.DeleteFunc(s.c.Contact.Evidence, func(e policy.Evidence) bool {
			return e.Kind != policy.ProviderSigned && e.Address == m.From
		})
	}
	r.Inbound, r.Bad = s.now, ""
	s.c.Contact.LastText = s.now
	if r.Record {
		// One piece of device evidence for each address is enough; the latest lasts longest.
		s.c.Contact.Evidence = slices.DeleteFunc(s.c.Contact.Evidence, func(e policy.Evidence) bool {
			return e.Kind == policy.ProviderSigned && e.Address == m.From
		})
		s.c.Contact.Evidence = append(s.c.Contact.Evidence, policy.Evidence{
			Kind: policy.ProviderSigned, Address: m.From, At: s.now, Restricted: m.From.Channel() == "sms",
		})
	}
	s.c.Effects = slices.DeleteFunc(s.c.Effects, func(e Effect) bool {
		if e.Send == nil || e.Doubt || e.Send.Needs == policy.Anyone {
			return false
		}
		// Whoever writes now may be another: what was decided for who was known before isn't shown to them.
		over := policy.Level(s.c.Contact.Evidence, e.Send.Subject, e.Send.To, s.now, s.c.lastFrom(e.Send.To)).Level < e.Send.Needs
		if over {
			s.why("%s is dropped unsent: who is replying isn't known any more", e.Send.Text)
		}
		return over
	})
	dropped := 0
	s.c.Effects = slices.DeleteFunc(s.c.Effects, func(e Effect) bool {
		unsent := e.Send != nil && e.Send.Kind == Reminder && !e.Doubt
		if unsent {
			dropped++
		}
		return unsent
	})
	if dropped > 0 {
		s.why("dropped %d unsent reminders: the customer wrote", dropped)
	}
	s.cancel("", "reach") // whoever answers has been reached
}

// replied reads a message as the answer to what the case asks.
func (s *step) replied(k *Case, m MessageReceived) error {
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	st := w.States[k.State]
	if k.Phase != Running || st == nil {
		s.why("the case waits for a system, not for the customer")
		return s.engineText(k, m.From, "wait")
	}
	if !st.Waits() {
		s.why("state %s waits for an event, not for the customer", k.State)
		if st.Kind == WaitState && st.Say != "" && s.standing(k).Level >= w.showing([]string{st.Say}) {
			if s.coming(m.From, st.Say) {
				s.why("%s is on its way", st.Say)
				return nil
			}
			return s.say(k, w, st.Say) // it holds what the customer needs meanwhile: a link
		}
		return s.engineText(k, m.From, "wait")
	}
	p, asked := s.c.Prompts[thread(m.From)]
	current := asked && p.Case == k.ID && p.State == k.State && p.Move == k.Move
	if m.Choice != "" {
		id, ok := tapped(m.Choice, p)
		if !ok || !current {
			s.why("an old button was tapped: nothing is done")
			return s.repeat(k, w, "stale")
		}
		return s.choose(k, w, st, id, "")
	}
	if asked && !m.Sent.IsZero() && m.Sent.Before(p.At) {
		s.why("the message was sent before the question: it can't answer it")
		return s.repeat(k, w, "")
	}
	if !current && (st.Kind == OfferState || st.Kind == ConfirmState || st.Kind == SignState) {
		s.why("written in a thread that was shown nothing to choose or to agree to: shown there")
		return s.repeat(k, w, "")
	}
	if st.Kind == AskState && st.Ask.Type == File {
		return s.filed(k, w, st, m.Media)
	}
	if st.Kind == AskState {
		if done, err := s.answered(k, w, st, p, current, m.Text); done || err != nil {
			return err
		}
		return nil
	}
	return s.picked(k, w, st, p, current, m.Text)
}

// picked matches a text with the options shown. Numbers count only for the last menu of this thread.
func (s *step) picked(k *Case, w *Workflow, st *State, p Prompt, current bool, text string) error {
	shown := p.Options
	if !current {
		var err error
		if shown, err = s.shown(k, w, st); err != nil {
			return err
		}
	}
	options := make([]answer.Option, len(shown))
	for i, o := range shown {
		options[i] = answer.Option{ID: o.ID, Label: o.Label, Short: o.Short, Synonyms: s.synonyms(w, o.ID)}
	}
	c, err := answer.Choose(text, options, current)
	if err == nil && c.Rest != "" && st.Kind != SayState {
		s.why("a choice, and more: not taken for one")
		return s.missed(k, w, st, "")
	}
	if err == nil {
		return s.choose(k, w, st, shown[c.Index].ID, c.Rest)
	}
	if st.Kind == ConfirmState || st.Kind == SignState {
		yes, no := answer.YesNo(text, s.yesNo())
		switch {
		case yes:
			return s.choose(k, w, st, "yes", "")
		case no:
			return s.choose(k, w, st, "no", "")
		}
	}
	return s.missed(k, w, st, "")
}

// missed counts an answer that wasn't understood: asked again, and after the workflow's number of times handed to a person.
func (s *step) missed(k *Case, w *Workflow, st *State, hint string) error {
	k.Missed++
	x := w.Exceptions["not-understood"]
	if x != nil && x.After > 0 && k.Missed >= x.After {
		s.why("not understood %d times in a row in state %s", k.Missed, k.State)
		return s.goTo(k, w, "not-understood")
	}
	if hint == "" {
		hint = "not-understood-yet"
	}
	s.why("not understood (%s)", hint)
	return s.repeat(k, w, hint)
}

// payload is what a button carries: case, serial, option. A stale tap never acts.
func payload(caseID string, serial uint64, option string) string {
	return caseID + "." + formatUint(serial) + "." + option
}

// tapped is the option of a payload, if it was made by this very prompt.
func tapped(choice string, p Prompt) (string, bool) {
	prefix := p.Case + "." + formatUint(p.Serial) + "."
	if p.Case == "" || !strings.HasPrefix(choice, prefix) {
		return "", false
	}
	id := strings.TrimPrefix(choice, prefix)
	for _, o := range p.Options {
		if o.ID == id {
			return id, true
		}
	}
	return "", false
}

// thread names the thread that an address belongs to: two addresses are never one thread.
func thread(a message.Address) string { return string(a) }

// coming says whether a text is still on its way to an address.
func (s *step) coming(to message.Address, text string) bool {
	return slices.ContainsFunc(s.c.Effects, func(e Effect) bool { return e.Send != nil && e.Send.To == to && e.Send.Text == text })
}
