package fsm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// The limits of recognising a customer (DESIGN.md, section 5; SECURITY.md, N1 to N7). They are floors: configuration can
// only make them stricter.
const (
	factTries, wrongInDay, wrongInMonth         = 3, 3, 10
	codeTries, codesInDay, codesInTen, disabled = 5, 5, 3, 50
	codeLasts                                   = 5 * time.Minute
	factsLast                                   = policy.DeviceLasts
)

// challenge asks who is replying before name is entered; the case goes on there once that is known. A challenge that
// this customer can't meet leads to cannot-verify.
func (s *step) challenge(k *Case, w *Workflow, name string, need policy.Assurance) error {
	if !s.waiting(k) {
		s.why("another case has the turn: who is replying is asked when its turn comes")
		s.enqueue(k, name)
		return nil
	}
	if need > policy.Person {
		s.why("nothing that can be asked here gives %s", need)
		return s.goTo(k, w, "cannot-verify")
	}
	to := s.threadOf(k, w)
	if to.IsZero() {
		s.why("there is no thread to ask in")
		return s.goTo(k, w, "cannot-verify")
	}
	if r := s.c.reachable(to); r == nil || !r.Record {
		s.why("this address isn't on record: nothing that is said from it is evidence")
		return s.goTo(k, w, "cannot-verify")
	}
	ch := Challenge{
		Case: k.ID, Subject: k.Subject, Address: to, Then: name, Needs: need,
		Until: s.now.Add(factsLast),
	}
	if need == policy.Person {
		ch.Facts = provable(k, w)
		switch {
		case len(ch.Facts) == 2:
		case len(ch.Facts) == 1 && s.mayCode(to):
			ch.Code = pointer(s.e.Code)
			ch.Until = s.now.Add(codeLasts)
			s.coded = true
		default:
			s.why("known facts: %d, and no code can be sent: who is replying can't be asked", len(ch.Facts))
			return s.goTo(k, w, "cannot-verify")
		}
	}
	ch.ID = EffectID(s.c.ID, s.e.ID, 1000+len(s.made)) // of no effect: a name of its own
	s.c.Challenge = &ch
	k.Resume, k.Phase = name, Running
	s.why("asking who is replying, for %s", name)
	return s.askWho(k, "")
}

// askWho puts the open challenge's question, after a sentence where before names one. Of half an answer it asks the rest.
func (s *step) askWho(k *Case, before string) error {
	ch := s.c.Challenge
	before = cmp.Or(before, s.before)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	name := "verify-reply"
	switch {
	case ch.Code != nil:
		name = "verify-code"
	case len(ch.Facts) > 0:
		name = "verify-facts"
	}
	extra := make(map[string]string)
	for i, f := range ch.missing(ch.Together(nil, s.now), w) {
		words, err := s.fill(k, w, "", "fact-"+w.Facts[f].Proves, nil)
		if err != nil {
			return err
		}
		if i > 0 {
			and, err := s.fill(k, w, "", "and", nil)
			if err != nil {
				return err
			}
			words = extra["facts"] + " " + and + " " + words
		}
		extra["facts"] = words
		extra["example"] = strings.TrimSpace(extra["example"] + " " + s.example(w, w.Facts[f].Proves))
	}
	if ch.Code != nil {
		extra["example"] += " 123456"
	}
	text, err := s.fill(k, w, ch.Address.Channel(), name, extra)
	if err != nil {
		return err
	}
	if before != "" {
		first, err := s.fill(k, w, ch.Address.Channel(), before, nil)
		if err != nil {
			return err
		}
		text = first + "\n" + text
	}
	s.send(ch.Address, message.Message{Text: text}, name, s.kind(), w.Purpose, k, true, policy.Anyone)
	if ch.Code == nil || ch.Sent {
		return nil
	}
	around, err := s.fill(k, w, ch.Address.Channel(), "code", map[string]string{"code": "{code}"})
	if err != nil {
		return err
	}
	ch.Sent = true
	s.c.Lockout.Codes = append(s.c.Lockout.Codes, s.now)
	s.effect(Effect{Case: k.ID, Lane: ch.Address.Channel() + "/reply", IssueCode: &IssueCode{
		Ref: ch.Code.Ref, To: ch.Address, Until: ch.Until, Text: around, Epoch: s.c.Epoch,
	}})
	s.why("a code goes to the thread it is typed in")
	return nil
}

// example is how an answer of a class is written.
func (s *step) example(w *Workflow, class string) string {
	switch class {
	case "birth":
		_, locale, err := s.texts(w)
		if err != nil {
			return ""
		}
		day := answer.Civil{Year: 2000, Month: time.March, Day: 14}
		return answer.FormatDate(day, locale, answer.DateStyle{Today: day})
	case "place":
		return "2196"
	}
	return "4821"
}

// Subjects names whose facts evidence for this case must have proved: the customer, as this very case knows them. Another
// source that opens a case with facts of its own making proves nothing for this one.
func (k *Case) Subjects() string {
	if len(k.Proofs) == 0 {
		return k.Subject
	}
	names := make([]string, 0, 4)
	for name := range k.Proofs {
		names = append(names, name)
	}
	slices.Sort(names)
	proved := make([]byte, 0, 256)
	for _, name := range names {
		proved = append(append(proved, name...), '=')
		proved = append(hex.AppendEncode(proved, k.Proofs[name]), ';')
	}
	sum := sha256.Sum256(proved)
	return string(hex.AppendEncode(append(append(proved[:0], k.Subject...), '#'), sum[:8]))
}

// provable are the secret facts that can be asked together: two of different classes, or the only one there is.
func provable(k *Case, w *Workflow) []string {
	names := make([]string, 0, len(k.Proofs))
	for name := range k.Proofs {
		if def := w.Facts[name]; def != nil && def.Secret && def.Proves != "" && len(k.Proofs[name]) > 0 {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var chosen []string
	for _, name := range names {
		if len(chosen) == 1 && w.Facts[chosen[0]].Proves == w.Facts[name].Proves {
			continue
		}
		if chosen = append(chosen, name); len(chosen) == 2 {
			break
		}
	}
	return chosen
}

// mayCode says whether a code may be sent now, and to this address: one on record, within the limits.
func (s *step) mayCode(to message.Address) bool {
	r := s.c.reachable(to)
	l := s.c.Lockout
	return s.e.Code != nil && r != nil && r.Record && r.Bad == "" && !l.Disabled && !s.c.Contact.Stopped &&
		within(l.Codes, s.now, 24*time.Hour) < codesInDay && within(l.Codes, s.now, 10*time.Minute) < codesInTen
}

// challenged judges what was typed at an open challenge. Whether nothing is known of this customer, a fact is wrong or too
// many were, the words are the same.
func (s *step) challenged(m MessageReceived) error {
	ch := s.c.Challenge
	k := s.c.Case(ch.Case)
	if k == nil {
		s.c.Challenge = nil
		return nil
	}
	s.focus(k)
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	if m.From != ch.Address {
		s.why("written in another thread: asked again there")
		k.Thread = m.From
		return s.askAnew(k, w)
	}
	if len(ch.Facts) == 0 {
		s.c.Challenge = nil
		k.Resume = ""
		return s.proceed(k, w, ch.Then)
	}
	t := m.Typed
	if t == nil || t.Challenge != ch.ID {
		return ErrUnprepared
	}
	facts := ch.Together(t.Facts, s.now)
	if t.Nothing || !ch.Complete(facts, t.Code, w) {
		return s.incomplete(k, t, facts)
	}
	ch.Half = nil // each half is compared once
	ch.Tries++    // counted before comparing
	locked := s.c.Lockout.locked(s.now)
	right := true
	for _, name := range ch.Facts {
		// Every fact is compared, also after a wrong one.
		right = same(facts[w.Facts[name].Proves], k.Proofs[name]) && right
	}
	codeRight := ch.Code == nil || same(t.Code, ch.Code.MAC)
	// Only a code ends with its time: whoever knows the facts knows them tomorrow.
	over := ch.Code != nil && !s.now.Before(ch.Until)
	if right && codeRight && !locked && !t.Refused && !over {
		kind := policy.KnownFacts
		if ch.Code != nil {
			kind = policy.FactAndCode
		}
		s.c.Contact.Evidence = append(s.c.Contact.Evidence, policy.Evidence{
			Kind: kind, Subject: k.Subjects(), Address: m.From, At: s.now, Restricted: m.From.Channel() == "sms",
		})
		s.c.Lockout.right(s.now)
		s.c.Challenge = nil
		s.why("recognised: %s", kind)
		k.Resume = ""
		return s.proceed(k, w, ch.Then)
	}
	s.why("not recognised")
	if !locked {
		s.c.Lockout.wrong(s.now, right, codeRight)
	}
	most := factTries
	if ch.Code != nil {
		most = codeTries
	}
	if ch.Tries >= most || s.c.Lockout.Disabled {
		return s.goTo(k, w, "cannot-verify")
	}
	if over {
		s.before = "verify-again"
		return s.askAnew(k, w)
	}
	return s.askWho(k, "verify-again")
}

// askAnew opens the challenge again, in another thread or with another code. That never resets the count.
func (s *step) askAnew(k *Case, w *Workflow) error {
	old := *s.c.Challenge
	s.c.Challenge = nil
	if err := s.challenge(k, w, old.Then, old.Needs); err != nil || s.c.Challenge == nil {
		return err
	}
	s.c.Challenge.Tries = old.Tries
	return nil
}
