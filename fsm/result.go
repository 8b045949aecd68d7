package fsm

import (
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
		e.Due = d.Until.UTC()
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
		e.Due = d.Until.UTC()
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
