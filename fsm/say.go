package fsm

import (
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

const (
	// lively is how long after the customer's last message what we say is still an answer to it.
	lively = time.Hour
	// moment is how long a system of record may take before the customer is told that it takes longer.
	moment = 10 * time.Second
	// worth is how long a message is worth delivering. Its sender shortens it to the end of what policy permits.
	replyWorth, startWorth = time.Hour, 4 * time.Hour
)

// ask puts the question of a state to the customer, in the case's thread, after a sentence of the engine's where hint
// names one.
func (s *step) ask(k *Case, w *Workflow, st *State, hint string) error {
	name := st.Say
	if st.Kind == AskState {
		name = st.Ask.Name
	}
	to := s.threadOf(k, w)
	switch {
	case !s.waiting(k):
		s.why("another case has the turn: not asked yet")
		return nil
	case to.IsZero() || s.c.Contact.Stopped:
		s.why("%s is not asked: no address can be written to", name)
		return nil
	}
	text, err := s.fill(k, w, to.Channel(), name, nil)
	if err != nil {
		return err
	}
	if hint != "" {
		before, err := s.fill(k, w, to.Channel(), hint, s.hints(k, w))
		if err != nil {
			return err
		}
		text = before + "\n" + text
	}
	shown, err := s.shown(k, w, st)
	if err != nil {
		return err
	}
	m := message.Message{Text: text, Template: s.template(w, name)}
	s.c.Asked++
	if len(shown) > 0 {
		m.Choices = make([]message.Choice, 0, len(shown))
	}
	for _, o := range shown {
		m.Choices = append(m.Choices, message.Choice{ID: payload(k.ID, s.c.Asked, o.ID), Label: o.Label, Short: o.Short})
	}
	if s.c.Prompts == nil {
		s.c.Prompts = make(map[string]Prompt)
	}
	s.c.Prompts[thread(to)] = Prompt{Case: k.ID, State: k.State, Move: k.Move, Serial: s.c.Asked, At: s.now, Options: shown}
	s.send(to, m, name, s.kind(), w.Purpose, k, true, st.Needs)
	return nil
}

// say sends one text of a case that asks nothing. A private one is said only while we are sure who reads it; what can't be
// said now isn't kept for later: by then it may be another who reads.
func (s *step) say(k *Case, w *Workflow, name string) error {
	to := s.threadOf(k, w)
	need := w.showing([]string{name})
	switch {
	case to.IsZero():
		s.why("%s is not said: no address can be reached", name)
		return nil
	case s.c.Handoff != nil && s.c.Handoff.Case != k.ID:
		s.why("%s is not said: another case is with a person", name)
		return nil
	case s.standing(k).Level < need:
		s.why("%s is not said: it needs %s", name, need)
		return nil
	}
	text, err := s.fill(k, w, to.Channel(), name, nil)
	if err != nil {
		return err
	}
	s.send(to, message.Message{Text: text, Template: s.template(w, name)}, name, s.kind(), w.Purpose, k, false, need)
	return nil
}

// kind says whether what is said now answers the customer or starts something.
func (s *step) kind() SendKind {
	if s.e.Received != nil || s.now.Sub(s.c.Contact.LastText) < lively {
		return Reply
	}
	return Proactive
}

// send adds one message to the document's effects and the transcript. Nothing is said to whoever said STOP.
func (s *step) send(to message.Address, m message.Message, name string, kind SendKind, purpose string, k *Case, prompt bool, needs policy.Assurance) {
	if to.IsZero() || s.c.Contact.Stopped && kind != Confirmation {
		s.why("%s is not said: no address may be written to", name)
		return
	}
	lane, worth := "proactive", startWorth
	if kind == Reply || kind == Confirmation {
		lane, worth = "reply", replyWorth
	}
	e := Effect{Lane: to.Channel() + "/" + lane, Send: &Send{
		To: to, Message: m, Kind: kind, Purpose: purpose, Text: name, Until: s.now.Add(worth), Epoch: s.c.Epoch, Prompt: prompt, Needs: needs,
	}}
	if k != nil {
		e.Case, e.Send.Subject = k.ID, k.Subjects()
	}
	id := s.effect(e)
	line := Line{Who: "bot", Address: to, Text: m.Text, Effect: id}
	if len(m.Choices) > 0 {
		line.Options = make([]string, 0, len(m.Choices))
	}
	for _, c := range m.Choices {
		line.Options = append(line.Options, c.Label)
	}
	s.line(line)
	s.why("said %s", name)
	s.thin(to.Channel() + "/" + lane)
}

// mostWaiting is how many messages may wait behind the head of a lane: a thread that can't be delivered to must not fill
// the document.
const mostWaiting = 5

// thin drops messages that wait in a lane which moves too slowly: what is said or asked anew, and the oldest of many. The head may be on its way; what is in doubt
// stays until its result is known.
func (s *step) thin(lane string) {
	var waits []string
	head := true
	for _, e := range s.c.Effects {
		if e.Lane == lane {
			if !head && e.Send != nil && e.Send.Kind != Confirmation && !e.Doubt {
				waits = append(waits, e.ID)
			}
			head = false
		}
	}
	for i, id := range waits {
		e := s.c.Effect(id)
		last := s.c.Effects[len(s.c.Effects)-1]
		switch {
		case i < len(waits)-mostWaiting:
			s.why("too many messages wait: the oldest is dropped")
			s.c.drop(id)
		case last.Send == nil || e.ID == last.ID || e.Case != last.Case || e.Send.To != last.Send.To:
		case e.Send.Prompt && last.Send.Prompt || e.Send.Text == last.Send.Text && e.Send.Message.Text == last.Send.Message.Text:
			s.why("what nobody has got yet is replaced by the next one")
			s.c.drop(id)
		}
	}
}

func (s *step) line(l Line) {
	l.At = s.now
	s.lines = append(s.lines, l)
}

// threadOf is the address that a case goes on at: where the customer last wrote, else the first that reach allows.
func (s *step) threadOf(k *Case, w *Workflow) message.Address {
	if k.Thread.IsZero() {
		for i := k.Reached; i < len(w.Reach); i++ {
			if a := s.addressOn(w.Reach[i].Channel, k); !a.IsZero() {
				k.Thread, k.Reached = a, i
				break
			}
		}
	}
	if k.Thread.IsZero() {
		for _, r := range s.c.Contact.Addresses {
			if r.Bad == "" {
				k.Thread = r.Address
				break
			}
		}
	}
	return k.Thread
}

// addressOn is the contact's address of a channel that something can arrive at; "same" is the channel of the case that
// opened this one.
func (s *step) addressOn(channel string, k *Case) message.Address {
	if channel == "same" {
		channel = k.Same
	}
	for _, r := range s.c.Contact.Addresses {
		if r.Address.Channel() == channel && r.Bad == "" {
			return r.Address
		}
	}
	return ""
}

// engineText says one of the engine's own sentences to an address, outside any question. k may be nil.
func (s *step) engineText(k *Case, to message.Address, name string) error {
	return s.tell(k, to, name, s.kind(), nil)
}

func (s *step) tell(k *Case, to message.Address, name string, kind SendKind, extra map[string]string) error {
	w := s.anyWorkflow()
	if k != nil {
		if own := s.lib.Pinned(k.Workflow); own != nil {
			w = own
		}
	}
	if w == nil {
		s.why("%s is not said: no workflow is loaded", name)
		return nil
	}
	if to.IsZero() || s.c.Contact.Stopped && kind != Confirmation {
		s.why("%s is not said: no address may be written to", name)
		return nil
	}
	if k != nil && s.standing(k).Level < w.showing([]string{name}) {
		s.why("%s is not said: it is private", name)
		return nil
	}
	text, err := s.fill(k, w, to.Channel(), name, extra)
	if err != nil {
		return err
	}
	s.send(to, message.Message{Text: text}, name, kind, w.Purpose, k, false, w.showing([]string{name}))
	return nil
}
