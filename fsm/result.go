package fsm

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/settle-chat/settle/policy"
)

// How often an effect is tried before it counts as exhausted, and how long between tries.
const (
	mostLookUps, mostWrites  = 5, 10
	firstRetry, longestRetry = 2 * time.Second, 30 * time.Minute
	// worthTrying: a message is tried for as long as it is worth anything.
	worthTrying = math.MaxInt
	// doubtful is how long a receipt is waited for before an ambiguous send is looked up.
	doubtful = 30 * time.Second
)

// backoff doubles from try to try. Its jitter is the effect's own ID, so that replay gives the same time.
func backoff(e *Effect) time.Duration {
	d := firstRetry << min(e.Attempt-1, 10)
	if d > longestRetry {
		d = longestRetry
	}
	if len(e.ID) > 0 {
		d += d * time.Duration(e.ID[0]%16) / 64
	}
	return d
}

// done takes in an effect's result. A late result of a lapsed attempt settles the effect or corrects the doubt; of a
// settled effect it is journalled and changes nothing.
func (s *step) done(d EffectDone) error {
	e := s.c.Effect(d.Effect)
	if e == nil {
		s.why("result %s of an effect that is settled: nothing changes", d.Result)
		return nil
	}
	if k := s.c.Case(e.Case); k != nil {
		s.focus(k)
	}
	if d.Attempt < e.Attempt && d.Result != OK && d.Result != Declined {
		s.why("result %s of attempt %d, now at %d: nothing changes", d.Result, d.Attempt, e.Attempt)
		return nil
	}
	s.why("%s: %s", e.Kind(), d.Result)
	s.because = append(s.because, d.Because...)
	switch {
	case e.Send != nil:
		return s.sent(e, d)
	case e.IssueCode != nil:
		return s.codeSent(e, d)
	case e.LookUp != nil:
		return s.lookedUp(e, d)
	case e.WriteBack != nil:
		return s.wroteBack(e, d)
	}
	return s.suppressed(e, d)
}

// again keeps an effect for another try; false where it was tried often enough.
func (s *step) again(e *Effect, d EffectDone, most int) bool {
	if e.Attempt >= most {
		return false
	}
	wait := max(d.After, backoff(e))
	e.Attempt++
	e.Due = s.now.Add(wait)
	if d.Until.After(e.Due) {
		e.Due = d.Until
	}
	return true
}

func (s *step) sent(e *Effect, d EffectDone) error {
	send, caseID := *e.Send, e.Case // e moves once something is dropped
	if s.void(send.Epoch, send.Kind) && slices.Contains(later, d.Result) && !(d.doubtful() && !e.Doubt) {
		s.why("%s is void since STOP or a handoff: dropped", send.Text)
		s.c.drop(e.ID)
		return nil
	}
	switch d.Result {
	case OK:
		if send.Kind == Proactive || send.Kind == Reminder {
			s.c.Contact.Sent = append(s.c.Contact.Sent, policy.Sent{At: s.now, Channel: send.To.Channel(), Purpose: policy.Purpose(send.Purpose)})
		}
		s.c.drop(e.ID)
	case Throttled, Retry:
		if s.again(e, d, worthTrying); !e.Due.Before(send.Until) {
			s.why("%s is worth nothing any more", send.Text)
			s.c.drop(e.ID)
		}
	case Held:
		// Policy says later; the message keeps its worth from then on.
		e.Attempt++
		e.Due = d.Until
		e.Send = pointer(&send)
		e.Send.Until = d.Until.Add(startWorth)
	case Unknown, Lapsed:
		switch {
		case !e.Doubt:
			e.Doubt, e.Due = true, s.now.Add(doubtful)
			e.Attempt++
		case send.Kind == Reply && !e.Again:
			s.why("still unknown: a reply is sent once more")
			e.Doubt, e.Again, e.Due = false, true, s.now
			e.Attempt++
		default:
			s.why("still unknown: not sent again")
			s.c.drop(e.ID)
		}
	case Optedout:
		s.c.drop(e.ID)
		s.optedOut(send.To.Channel())
	case Permanent, Window:
		s.c.drop(e.ID)
		return s.unreachable(caseID, send, d)
	case Refused:
		voided := s.void(send.Epoch, send.Kind)
		s.c.drop(e.ID)
		if !voided { // policy or the provider wants none of it here: another channel may do
			return s.unreachable(caseID, send, d)
		}
	default:
		s.c.drop(e.ID)
	}
	return nil
}

// later are the results after which an effect is tried again.
var later = []Result{Retry, Throttled, Held, Unknown, Lapsed}

// doubtful says whether it may have been done.
func (d EffectDone) doubtful() bool { return d.Result == Unknown || d.Result == Lapsed }

// void says whether a message was decided before STOP, a handoff or the like, and must not be tried again. The gate says
// so too; what would only be asked at the gate needn't stay.
func (s *step) void(epoch uint64, kind SendKind) bool {
	return epoch != s.c.Epoch || s.c.Contact.Stopped && kind != Confirmation
}

// unreachable goes on with the next channel of reach, if the customer was only to be reached.
func (s *step) unreachable(caseID string, send Send, d EffectDone) error {
	if r := s.c.reachable(send.To); r != nil && d.Result == Permanent {
		r.Bad = "provider: " + d.Reason
	}
	k := s.c.Case(caseID)
	if k == nil || !send.Prompt || k.Phase != Running {
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	if s.timing(k.ID, "reach") {
		s.cancel(k.ID, "reach")
		return s.reachTimer(k, w)
	}
	return nil
}

func (s *step) codeSent(e *Effect, d EffectDone) error {
	id, channel := e.ID, e.IssueCode.To.Channel() // e moves once something is dropped
	if s.void(e.IssueCode.Epoch, Reply) && slices.Contains(later, d.Result) && !d.doubtful() {
		s.c.drop(id)
		return nil
	}
	switch d.Result {
	case Throttled, Retry:
		if s.now.Before(e.IssueCode.Until) && s.again(e, d, worthTrying) {
			return nil
		}
	case Unknown, Lapsed:
		if !e.Doubt {
			// A code is never sent again: a receipt may still say that it went.
			e.Doubt, e.Due = true, s.now.Add(doubtful)
			e.Attempt++
			return nil
		}
	case Optedout:
		s.c.drop(id)
		s.optedOut(channel)
	}
	s.c.drop(id)
	return nil
}

func (s *step) lookedUp(e *Effect, d EffectDone) error {
	switch d.Result {
	case Throttled, Retry, Unknown, Lapsed: // reading twice harms nobody
		if s.again(e, d, mostLookUps) {
			return nil
		}
		d.Result = Permanent
	}
	id, op, caseID := e.ID, e.LookUp.System+"."+e.LookUp.Operation, e.Case
	s.c.drop(id)
	k := s.c.Case(caseID)
	if k == nil {
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	if d.Result == OK {
		for name, def := range w.Facts {
			if v, ok := d.Values[name]; ok && def.From == op {
				s.know(k, name, v)
			}
		}
	}
	if k.Doing == id { // a do state that looks up
		k.Doing = ""
		s.cancel(k.ID, "settling")
		s.outputs(k, w, d.Values, nil)
		return s.arrow(k, w, d)
	}
	i := slices.Index(k.Waiters, id)
	if i < 0 {
		return nil
	}
	k.Waiters = slices.Delete(k.Waiters, i, i+1)
	if d.Result != OK {
		k.Looked[k.Resume+" "+op] = -1
		s.letter("look up "+op, d)
	}
	if len(k.Waiters) > 0 {
		return nil
	}
	if k.Resume != triggering { // a case that isn't due was never begun
		if moved, err := s.whenever(k, w); moved || err != nil {
			return err
		}
	}
	return s.resume(k, w)
}

// resume goes on where a lookup was waited for.
func (s *step) resume(k *Case, w *Workflow) error {
	name, pick := k.Resume, k.Pick
	k.Resume, k.Pick = "", ""
	k.Phase = Running
	if st := w.States[name]; pick != "" && st != nil && k.State == name {
		return s.choose(k, w, st, pick, k.Answer)
	}
	return s.proceed(k, w, name)
}

func (s *step) wroteBack(e *Effect, d EffectDone) error {
	op := e.WriteBack.System + "." + e.WriteBack.Operation
	k := s.c.Case(e.Case)
	if k == nil {
		// Cases with effects stay in the document; should one be gone, a change is still not lost unseen.
		s.c.drop(e.ID)
		s.letter("write back "+op+" of a case that is gone", d)
		return nil
	}
	w, err := s.workflow(k)
	if err != nil {
		return err
	}
	decl := w.Operations[op]
	switch d.Result {
	case Retry, Throttled:
		if s.again(e, d, mostWrites) {
			return nil
		}
	case Unknown, Lapsed:
		if decl != nil && decl.Retryable { // the system honours the key: the same change, the next attempt
			if s.again(e, d, mostWrites) {
				return nil
			}
		} else if !e.Doubt { // read before write; the runner looks, and never applies blindly
			e.Doubt, e.Due = true, s.now.Add(firstRetry)
			e.Attempt++
			return nil
		}
	case Dropped:
		if e.Doubt && e.Attempt < mostWrites { // surely not made: it may be made now
			e.Doubt, e.Due = false, s.now
			e.Attempt++
			return nil
		}
	}
	id, what, in := e.ID, e.WriteBack.For, e.WriteBack.In
	s.c.drop(id)
	if d.Result == OK {
		k.Writes = append(k.Writes, Written{Operation: op, Receipt: d.Receipt, At: s.now})
		if len(k.Writes) > 20 {
			k.Writes = slices.Delete(k.Writes, 0, 1)
		}
		outdate(k, w, op)
	} else {
		s.letter("write back "+op, d)
	}
	if what == ForNobody || k.Doing != id {
		return nil
	}
	k.Doing = ""
	s.cancel(k.ID, "settling")
	if d.Result == OK {
		s.outputs(k, w, d.Values, in)
	}
	switch what {
	case ForState:
		return s.arrow(k, w, d)
	case ForOutcome:
		if d.Result == OK {
			return s.closeCase(k, w, w.Outcomes[k.Outcome])
		}
		return s.goTo(k, w, "writeback-failed")
	case ForUndo:
		if d.Result == OK {
			return s.undone(k, w)
		}
		k.Undo = nil
		s.cancel(k.ID, "undo")
		if err := s.engineText(k, k.Thread, "undo-failed"); err != nil {
			return err
		}
		return s.goTo(k, w, "writeback-failed")
	}
	return nil
}

// outputs keeps what a do was given and what it brought, for the texts that follow it.
func (s *step) outputs(k *Case, w *Workflow, out, in map[string]string) {
	both := maps.Clone(in)
	if both == nil {
		both = make(map[string]string, len(out))
	}
	maps.Copy(both, out)
	for name, v := range both {
		if w.Facts[name] == nil && name != "ref" { // a declared fact has its own source
			s.know(k, name, v)
		}
	}
}

// arrow follows the result of a do.
func (s *step) arrow(k *Case, w *Workflow, d EffectDone) error {
	st := w.States[k.State]
	if st == nil || st.Then == nil {
		return faulty(k, fmt.Errorf("state %q has no then", k.State))
	}
	to := st.Then.Else
	switch d.Result {
	case OK:
		to = st.Then.OK
	case Declined:
		if to = st.Then.Declined[d.Reason]; to == "" {
			to = st.Then.DeclinedElse
		}
		if to == "" {
			to = st.Then.Else
		}
	}
	if to == "" {
		to = stuck
	}
	return s.goTo(k, w, to)
}

// whenever follows what holds in every state, once facts have come in.
func (s *step) whenever(k *Case, w *Workflow) (bool, error) {
	if k.Phase == Closed || k.Phase == Settling || k.Phase == Doing {
		return false, nil
	}
	for _, u := range w.Whenever {
		if u.Event != "" || u.To == k.State {
			continue
		}
		if ok, why := s.holds(k, w, u.When, nil); ok {
			s.why("whenever %s", why)
			s.withdraw(k)
			return true, s.goTo(k, w, u.To)
		}
	}
	return false, nil
}

// suppressed is the result of writing or lifting a suppression: tried until it is done.
func (s *step) suppressed(e *Effect, d EffectDone) error {
	if d.Result == OK {
		s.c.drop(e.ID)
		return nil
	}
	e.Due = s.now.Add(backoff(e))
	e.Attempt++
	return nil
}

func (s *step) letter(what string, d EffectDone) {
	s.letters = append(s.letters, Letter{Event: s.e, Reason: fmt.Sprintf("%s: %s after %d attempts %s", what, d.Result, d.Attempt, d.Reason)})
}

// receipt takes in a provider's news that changes more than a rank: a failure, or the proof that an ambiguous send arrived.
func (s *step) receipt(r ReceiptArrived) error {
	e := s.c.Effect(r.Effect)
	if e != nil && e.Send == nil && e.IssueCode == nil {
		e = nil // no message: nothing that a provider says settles it
	}
	if r.OptedOut && e != nil {
		if k := s.c.Case(e.Case); k != nil {
			s.focus(k)
		}
		s.why("a receipt says %s", r.Status)
		s.c.drop(e.ID)
		s.optedOut("")
		return nil
	}
	if e != nil {
		if k := s.c.Case(e.Case); k != nil {
			s.focus(k)
		}
		result := OK
		if r.Status.Rank() == 5 {
			result = Permanent
		}
		s.why("a receipt says %s", r.Status)
		return s.done(EffectDone{Effect: e.ID, Attempt: e.Attempt, Result: result, Message: r.Message, Reason: r.Code})
	}
	s.why("a receipt says %s %s of a message that was accepted", r.Status, r.Code)
	if r.OptedOut {
		s.optedOut("")
	}
	return nil
}
