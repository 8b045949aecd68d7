package fsm

import (
	"maps"
	"time"

	"github.com/settle-chat/settle/policy"
)

// Half is what came first of an answer to known facts that are asked together, as keyed hashes. It waits for the other half
// in the same thread, and only for as long as one person may be taken to hold the telephone. It is never compared alone:
// what is said after it is the same whether it is right or not.
type Half struct {
	At    time.Time         `json:"at"`
	Facts map[string][]byte `json:"facts"` // class (birth, place) -> keyed hash

	Newer string `json:"-"` // see Schema
}

// Together is what was typed now, and beside it what is waiting of an answer's other half. What is typed again replaces it.
func (ch *Challenge) Together(typed map[string][]byte, now time.Time) map[string][]byte {
	if !ch.Waits(now) {
		return typed
	}
	all := maps.Clone(ch.Half.Facts)
	maps.Copy(all, typed)
	return all
}

// Waits says whether half an answer waits for its other half.
func (ch *Challenge) Waits(now time.Time) bool {
	return ch.Half != nil && now.Sub(ch.Half.At) < policy.PersonIdle
}

// Complete says whether everything that was asked was answered. Half an answer is no guess: nothing of it is compared.
func (ch *Challenge) Complete(facts map[string][]byte, code []byte, w *Workflow) bool {
	return len(ch.missing(facts, w)) == 0 && (ch.Code == nil || len(code) > 0)
}

// missing are the facts that were asked and not answered.
func (ch *Challenge) missing(facts map[string][]byte, w *Workflow) (names []string) {
	for _, name := range ch.Facts {
		if def := w.Facts[name]; def == nil || len(facts[def.Proves]) == 0 {
			names = append(names, name)
		}
	}
	return names
}

// incomplete asks for what is missing. The first half of an answer is no try; whoever goes on without the other half, or
// types what is no answer, is with a person in the end.
func (s *step) incomplete(k *Case, typed *Typed, facts map[string][]byte) error {
	ch, before := s.c.Challenge, "not-understood-yet"
	counts := true
	if !typed.Nothing && len(typed.Facts) > 0 && ch.Code == nil {
		s.why("half an answer to who is replying: the other half is asked")
		counts, before = ch.Waits(s.now), ""
		ch.Half = &Half{At: s.now, Facts: facts}
	} else {
		s.why("not an answer to who is replying: asked again")
	}
	if counts {
		ch.Tries++
	}
	if ch.Tries < codeTries {
		return s.askWho(k, before)
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	return s.goTo(k, w, "cannot-verify")
}
