package fsm

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
)

// choose acts on a chosen option, once its facts are fresh and it is still eligible. rest is what the same message says
// beyond the choice: "4 friday".
func (s *step) choose(k *Case, w *Workflow, st *State, id, rest string) error {
	k.Missed = 0
	switch st.Kind {
	case ConfirmState, SignState:
		return s.decided(k, w, st, id)
	case AskState:
		return s.keep(k, w, st, booleanOr(st.Ask.Type, id))
	case OfferState:
		if waiting, failed := s.refresh(k, w, st.Uses, st.Name); waiting {
			k.Pick = id
			return nil
		} else if failed != "" {
			return s.unknown(k, w, failed)
		}
		list, err := s.offered(k, w, st.Offer)
		if err != nil {
			return err
		}
		p := s.c.Prompts[thread(k.Thread)]
		chosen := slices.IndexFunc(p.Options, func(o Shown) bool { return o.ID == id })
		if chosen < 0 || !slices.ContainsFunc(list, func(o Shown) bool { return sameValue(o.Value, p.Options[chosen].Value) }) {
			s.why("what was chosen is no longer offered")
			return s.repeat(k, w, "no-longer")
		}
		for name, v := range p.Options[chosen].Value {
			s.know(k, name, v)
		}
		s.why("chose %s %s", st.Offer.Name, id)
		s.back(k)
		return s.goTo(k, w, st.To)
	}
	for _, o := range st.Options {
		if o.ID != id {
			continue
		}
		var uses []string
		for _, x := range o.When {
			uses = append(uses, x.Uses...)
		}
		if waiting, failed := s.refresh(k, w, uses, st.Name); waiting {
			k.Pick, k.Answer = id, rest
			return nil
		} else if failed != "" {
			return s.unknown(k, w, failed)
		}
		if ok, why := s.eligible(k, w, o); !ok {
			s.why("%s was chosen and is no longer eligible: %s", id, why)
			k.Answer = ""
			return s.repeat(k, w, "no-longer")
		}
		if rest != "" && !s.answers(w, o.To, rest) {
			s.why("%s, and more that it doesn't ask: not taken for a choice", id)
			return s.missed(k, w, st, "")
		}
		s.why("chose %s", id)
		s.chose = id
		k.Answer = rest
		s.back(k)
		if at := s.standing(k); at.Level < o.Needs {
			return s.challenge(k, w, o.To, o.Needs)
		}
		return s.goTo(k, w, o.To)
	}
	return faulty(k, fmt.Errorf("state %q has no option %q", st.Name, id))
}

// unknown hands over a case whose facts can't be looked up: nothing is decided on old ones.
func (s *step) unknown(k *Case, w *Workflow, operation string) error {
	s.why("%s can't be looked up: nothing is decided on what is out of date", operation)
	return s.goTo(k, w, stuck)
}

func sameValue(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// answers says whether rest can be read by a question that follows: "4 friday" is a choice and an answer, "I can't pay on
// friday" isn't one of the options.
func (s *step) answers(w *Workflow, name, rest string) bool {
	for range 4 {
		st := w.States[name]
		if st == nil || st.Kind != AskState {
			return false
		}
		if _, err := s.read(w, st.Ask, nil, false, rest); err == nil {
			return true
		}
		name = st.To
	}
	return false
}

// back remembers a question for BACK, at most eight.
func (s *step) back(k *Case) {
	if len(k.Back) == 0 || k.Back[len(k.Back)-1] != k.State {
		k.Back = append(k.Back, k.State)
	}
	if len(k.Back) > 8 {
		k.Back = slices.Delete(k.Back, 0, 1)
	}
}

// decided is yes or no to what was read back, or to an attestation.
func (s *step) decided(k *Case, w *Workflow, st *State, id string) error {
	s.why("said %s", id)
	if id != "yes" {
		return s.goTo(k, w, st.Else)
	}
	// What is agreed to is what was read back: where a value has grown old since, it is looked up and read back again.
	if waits, _ := s.refresh(k, w, w.usesAt(st.To), st.Name); waits {
		s.why("read back again with fresh values")
		return nil
	}
	if st.Kind == SignState {
		// What was signed is evidence: the text's own words and version, by hash, and when.
		text, err := s.fill(k, w, k.Thread.Channel(), st.Say, nil)
		if err != nil {
			return err
		}
		s.know(k, st.As, st.Say)
		s.know(k, st.As+".version", w.Hash)
		s.know(k, st.As+".hash", hashText(text))
		s.know(k, st.As+".at", s.now.UTC().Format(time.RFC3339))
	}
	return s.goTo(k, w, st.To)
}

// usesAt are the facts that must be fresh to enter a state or an outcome. Nothing may keep a case from its exception.
func (w *Workflow) usesAt(name string) []string {
	switch {
	case w.States[name] != nil:
		return w.States[name].Uses
	case w.Outcomes[name] != nil:
		return w.Outcomes[name].Uses
	}
	return nil
}

// know keeps one fact.
func (s *step) know(k *Case, name, canonical string) {
	if k.Facts == nil {
		k.Facts = make(map[string]Fact)
	}
	k.Facts[name] = Fact{Value: canonical, At: s.now}
}

// leftover tries what "4 friday" left for a question; what doesn't answer this one waits for the next.
func (s *step) leftover(k *Case, w *Workflow, st *State) (bool, error) {
	if k.Answer == "" {
		return false, nil
	}
	shown, err := s.shown(k, w, st)
	if err != nil {
		return false, err
	}
	v, err := s.read(w, st.Ask, shown, false, k.Answer)
	if err != nil || s.outside(k, w, st.Ask, v) != "" {
		return false, nil
	}
	k.Answer = ""
	s.know(k, st.Ask.Name, v)
	s.why("answered %s in the same message", st.Ask.Name)
	return true, nil
}

// answered reads a text as the answer to the state's question.
func (s *step) answered(k *Case, w *Workflow, st *State, p Prompt, current bool, text string) (bool, error) {
	shown := p.Options
	if !current {
		var err error
		if shown, err = s.shown(k, w, st); err != nil {
			return false, err
		}
	}
	v, err := s.read(w, st.Ask, shown, current, text)
	switch {
	case errors.Is(err, answer.ErrPast):
		return true, s.missed(k, w, st, "answer-past")
	case err != nil:
		return true, s.missed(k, w, st, "")
	}
	return true, s.keep(k, w, st, v)
}

// keep takes a value as the answer, if it is within what the workflow allows.
func (s *step) keep(k *Case, w *Workflow, st *State, v string) error {
	if hint := s.outside(k, w, st.Ask, v); hint != "" {
		return s.missed(k, w, st, hint)
	}
	s.know(k, st.Ask.Name, v)
	s.why("answered %s", st.Ask.Name)
	s.back(k)
	return s.goTo(k, w, st.To)
}
