package fsm

import (
	"fmt"
	"maps"
	"slices"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
)

// stop ends everything that would be said, in this very commit: lanes emptied, sends decided before void, the address
// suppressed, one confirmation, nothing else.
func (s *step) stop(m MessageReceived) error {
	if s.c.Contact.Stopped {
		s.why("STOP again: everything has ended, and the one confirmation is on its way or was sent")
		return nil
	}
	s.stopAll()
	s.why("STOP: everything ends here")
	if m.Optout == "STOP" {
		return nil // confirmed by the provider
	}
	return s.tell(s.turn(), m.From, "stopped", Confirmation, nil)
}

// stopAll ends everything that would be said: nothing decided before goes out, nobody is asked or reminded of anything.
func (s *step) stopAll() {
	before := s.c.Contact.Stopped
	s.c.Contact.Stopped = true
	s.c.Epoch++
	s.dropUnsent("")
	s.dropCodes()
	s.c.Challenge = nil
	s.cancel("", "reach")
	s.cancel("", "silence")
	if !before || !s.suppressing() {
		s.suppress(true)
	}
}

// restart resumes what STOP ended. The customer is asked again what was asked last.
func (s *step) restart(m MessageReceived) error {
	if !s.c.Contact.Stopped {
		s.why("START, and nothing was stopped")
		return s.help(m.From)
	}
	s.c.Contact.Stopped = false
	s.c.Epoch++
	s.suppress(false)
	s.why("START")
	if m.Optout != "START" {
		if err := s.tell(s.turn(), m.From, "started", Confirmation, nil); err != nil {
			return err
		}
	}
	k := s.turn()
	if k == nil || s.c.Handoff != nil {
		return nil
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	k.Thread = m.From
	return s.repeat(k, w, "")
}

// suppressing says whether a suppression of all addresses is still on its way.
func (s *step) suppressing() bool {
	return slices.ContainsFunc(s.c.Effects, func(e Effect) bool {
		return e.Suppress != nil && e.Suppress.Stopped && len(e.Suppress.Addresses) == len(s.c.Contact.Addresses)
	})
}

func (s *step) suppress(stopped bool) {
	addresses := make([]message.Address, 0, len(s.c.Contact.Addresses))
	for _, r := range s.c.Contact.Addresses {
		addresses = append(addresses, r.Address)
	}
	s.effect(Effect{Lane: "suppress", Suppress: &Suppress{Addresses: addresses, Stopped: stopped}})
}

// optedOut learns from a provider that the customer has left.
func (s *step) optedOut(channel string) {
	if s.c.Contact.Stopped {
		return
	}
	s.stopAll()
	s.why("the provider says that the customer has opted out %s", channel)
}

func (s *step) dropCodes() {
	kept := s.c.Effects[:0]
	for _, e := range s.c.Effects {
		if e.IssueCode == nil || e.Doubt {
			kept = append(kept, e)
		}
	}
	s.c.Effects = kept
}

func (s *step) help(to message.Address) error {
	s.why("HELP")
	return s.engineText(s.turn(), to, "help")
}

// outranks acts on the words that outrank every state. done: the message was one.
func (s *step) outranks(m MessageReceived) (done bool, err error) {
	word := answer.Outranking(m.Text, s.languages())
	k := s.turn()
	if k != nil {
		s.focus(k)
	}
	switch word.Kind {
	case answer.NoWord:
		return false, nil
	case answer.Help:
		return true, s.help(m.From)
	case answer.Language:
		s.c.Contact.Language, s.c.Contact.Chosen = word.Language, true
		s.why("language %s", word.Language)
		if k == nil || s.c.Handoff != nil {
			return true, s.help(m.From) // in the language that was asked for
		}
		w, err := s.workflow(k)
		if err != nil {
			return true, err
		}
		k.Thread = m.From
		return true, s.repeat(k, w, "")
	case answer.Undo:
		return s.undo(m)
	case answer.Cases:
		return true, s.listCases(m.From)
	}
	if k == nil {
		if word.Kind == answer.Agent {
			return false, nil // the lobby asks what it is about
		}
		return true, s.engineText(nil, m.From, "no-case")
	}
	w, err := s.workflow(k)
	if err != nil {
		return true, err
	}
	k.Thread = m.From
	if k.Outcome != "" && k.Phase == Running {
		// Who is replying was asked for an undo; any other word is about something else, and what was agreed stands.
		s.c.Challenge = nil
		s.why("not undone")
		return true, nil
	}
	if k.Phase == Blocked {
		s.letStand(k)
	}
	k.Answer = ""
	if k.Phase == Looking && k.Resume == triggering && word.Kind != answer.Agent {
		s.why("whether the case is due isn't known yet")
		return true, s.engineText(k, m.From, "wait")
	}
	switch word.Kind {
	case answer.Agent:
		if s.c.Handoff != nil || k.Phase == Settling || k.Phase == Doing {
			return false, nil
		}
		s.why("asked for a person")
		return true, s.goTo(k, w, "asked-for-agent")
	case answer.Menu:
		return true, s.menu(k, w, m)
	case answer.Back:
		return s.goBack(k, w, m)
	}
	return false, nil
}

// menu goes to the menu; a handoff that nobody has claimed is withdrawn.
func (s *step) menu(k *Case, w *Workflow, m MessageReceived) error {
	if h := s.c.Handoff; h != nil {
		if h.Claimed != "" || h.Back == Never {
			s.why("MENU, and a person has the case")
			return nil
		}
		to := h.Back
		s.withdraw(k)
		s.why("MENU before anyone claimed it: withdrawn")
		return s.goTo(k, w, to)
	}
	if k.Phase == Settling || k.Phase == Doing {
		return s.engineText(k, m.From, "wait")
	}
	s.why("MENU")
	return s.goTo(k, w, w.MenuState())
}

// goBack asks the last question again; it undoes nothing. In a confirmation BACK is its "else".
func (s *step) goBack(k *Case, w *Workflow, m MessageReceived) (bool, error) {
	st := w.States[k.State]
	switch {
	case s.c.Handoff != nil:
		return false, nil
	case k.Phase != Running || st == nil || !st.Waits():
		return true, s.engineText(k, m.From, "wait")
	case s.c.Challenge == nil && (st.Kind == ConfirmState || st.Kind == SignState):
		s.why("BACK")
		return true, s.goTo(k, w, st.Else)
	}
	n := len(k.Back)
	if n == 0 {
		s.why("BACK, and there is no question before this one")
		return true, s.repeat(k, w, "back-none")
	}
	s.c.Challenge = nil
	to := k.Back[n-1]
	k.Back = k.Back[:n-1]
	s.why("BACK to %s", to)
	// Not an arrow of the workflow, and no visit that times counts: the same question again.
	s.leave(k)
	k.State, k.Phase = to, Running
	s.path = append(s.path, to)
	return true, s.repeat(k, w, "")
}

// listCases says which matters are open, by their workflows' titles.
func (s *step) listCases(to message.Address) error {
	n := 0
	for _, k := range s.c.Cases {
		if k.Phase != Closed {
			n++
		}
	}
	s.why("CASES: %d open", n)
	return s.tell(s.turn(), to, "cases", Reply, map[string]string{"count": fmt.Sprint(n)})
}

// Languages are those that the current workflows' texts come in, in order.
func (l *Library) Languages() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.languages
}

func (s *step) languages() []string { return s.lib.Languages() }

// anyWorkflow is the one whose sentences are used where no case says which: the lobby, else the first by name.
func (s *step) anyWorkflow() *Workflow {
	if w := s.lib.Lobby(); w != nil {
		return w
	}
	all := s.lib.All()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		return all[name]
	}
	return nil
}
