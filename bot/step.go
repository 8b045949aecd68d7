package bot

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// stepped is a batch after Step: one commit, or none, and what each job is answered.
type stepped struct {
	bot     *Bot
	commit  *fsm.Commit
	jobs    []*job
	errs    []error // a job's own answer, known without the commit
	settled []bool
	after   []bool // the job's answer stands only if the commit is written
}

// answer answers every job: with the commit's error, else with its own.
func (s *stepped) answer(commit error) {
	for i, j := range s.jobs {
		if s.settled[i] && !(commit != nil && s.after[i]) {
			j.done <- s.errs[i]
			continue
		}
		if commit == nil {
			s.bot.counted(j.verdict)
		}
		j.done <- commit
	}
}

// named are the errors that the caller of Handle must act on; no letter is written for them.
var named = []error{fsm.ErrSharedAddress, fsm.ErrNoWorkflow, fsm.ErrNoCase, fsm.ErrRefused, fsm.ErrOpen}

// errNoKind is an effect that this release doesn't know.
var errNoKind = errors.New("an effect of no kind that this release knows")

// stepBatch steps all events of a batch in order onto what was loaded.
func (b *Bot) stepBatch(loaded store.Loaded, batch []*job) *stepped {
	s := &stepped{bot: b, jobs: batch, errs: make([]error, len(batch)), settled: make([]bool, len(batch)), after: make([]bool, len(batch))}
	for i, j := range batch {
		current := &loaded.Conversation
		if s.commit != nil {
			current = &s.commit.Conversation
		}
		if late := j.late(current, loaded.Now); late != nil {
			s.errs[i], s.settled[i] = late, true
			continue
		}
		e := j.event
		e.At = loaded.Now
		j.verdict = b.prepare(current, &e)
		j.movedTo = ""
		if e.Done != nil {
			j.movedTo = current.Moved
		}
		if e.Moved != nil {
			e.Moved = &fsm.ConversationMoved{To: e.Moved.To, Running: running(loaded)}
		}
		_, traced := b.begin(j.from.below(context.Background()), "step")
		began, result := time.Now(), "stepped"
		next, err := b.step(s.commit, loaded.Conversation, e, j.fault)
		b.Meter.Step(time.Since(began))
		switch {
		case err == nil:
			s.commit = &next
		case errors.Is(err, fsm.ErrDuplicate):
			result = "duplicate"
			// Committed before is as good as committed now; but where the one before is in this very batch, it isn't yet.
			s.settled[i], s.after[i] = true, s.commit != nil
		case j.again:
			b.Meter.Event(kindOf(e), "refused")
			s.errs[i], s.settled[i] = &Unstepped{err}, true
		case isNamed(current, e, err):
			result = "refused"
			s.errs[i], s.settled[i] = err, true
		default:
			result = "poison"
			// Not err: it may quote what a customer wrote. The letter, which is sealed, has it.
			b.Log.Error().Str("conversation", loaded.Conversation.ID).Str("kind", kindOf(e)).Str("event", nameless(e)).
				Msg("event can't be stepped: kept as a letter, see settle letters")
			poisoned := b.poison(s.commit, loaded.Conversation, e, err)
			s.commit = &poisoned
			if told := j.told(err); told != nil {
				s.errs[i], s.settled[i], s.after[i] = told, true, true
			}
			traced.failed(result)
		}
		b.Meter.Event(kindOf(e), result)
		traced.stepped(kindOf(e), result, s.commit)
		traced.end()
	}
	return s
}

// told is what whoever asked for a poison event is told, where somebody is still there.
func (j *job) told(err error) error {
	if e := j.event; e.Opened != nil || e.Reported != nil || e.Agent != nil {
		return err
	}
	return nil
}

func (b *Bot) step(before *fsm.Commit, loaded fsm.Conversation, e fsm.Event, fault error) (fsm.Commit, error) {
	if fault != nil {
		return fsm.Commit{}, fault
	}
	current := &loaded
	if before != nil {
		current = &before.Conversation
	}
	if e.Done != nil {
		if f := current.Effect(e.Done.Effect); f != nil && f.Kind() == "nothing" {
			return fsm.Commit{}, errNoKind
		}
	}
	if before == nil {
		return fsm.Step(b.Library, loaded, e)
	}
	return before.Append(b.Library, e)
}

// poison keeps an event that can't be stepped. A timer or a result is taken out of the document, so that it doesn't come
// again; what came from outside leaves the conversation as it is.
func (b *Bot) poison(before *fsm.Commit, loaded fsm.Conversation, e fsm.Event, reason error) fsm.Commit {
	if before == nil {
		return fsm.Quarantine(loaded, e, reason)
	}
	return before.AppendQuarantined(e, reason)
}

// published is how long a timer or a result waits for its workflow: another process may have published it just now.
const published = 10 * time.Minute

// isNamed says whether whoever brought the event must act. For a timer or a result nobody is there: only where its workflow
// isn't loaded here yet it comes again.
func isNamed(c *fsm.Conversation, e fsm.Event, err error) bool {
	var moved fsm.ErrMoved
	if errors.As(err, &moved) {
		return true
	}
	if e.Timer != nil || e.Done != nil {
		return errors.Is(err, fsm.ErrNoWorkflow) && e.At.Sub(dueSince(c, e)) < published
	}
	for _, n := range named {
		if errors.Is(err, n) {
			return true
		}
	}
	return false
}

// dueSince is since when a timer, or an effect, is due.
func dueSince(c *fsm.Conversation, e fsm.Event) time.Time {
	if e.Done != nil {
		if f := c.Effect(e.Done.Effect); f != nil {
			return f.Due
		}
		return e.At
	}
	for _, t := range c.Timers {
		if t.Name == e.Timer.Timer {
			return t.Due
		}
	}
	return e.At
}

// nameless names an event for logs: our own by their IDs; those from outside by their keyed hash, for a provider's ID may
// hold the customer's number.
func nameless(e fsm.Event) string {
	if e.Timer != nil || e.Done != nil || e.Moved != nil || e.Absorbed != nil {
		return e.ID
	}
	return hex.EncodeToString(e.Mark)
}

// EventKinds are the names that kindOf gives.
var EventKinds = []string{"opened", "received", "receipt", "timer", "done", "reported", "agent", "moved", "absorbed", "none"}

// kindOf names an event for counters.
func kindOf(e fsm.Event) string {
	switch {
	case e.Opened != nil:
		return "opened"
	case e.Received != nil:
		return "received"
	case e.Receipt != nil:
		return "receipt"
	case e.Timer != nil:
		return "timer"
	case e.Done != nil:
		return "done"
	case e.Reported != nil:
		return "reported"
	case e.Agent != nil:
		return "agent"
	case e.Moved != nil:
		return "moved"
	case e.Absorbed != nil:
		return "absorbed"
	}
	return "none"
}
