package bot

import (
	"errors"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// stepped is a batch after Step: one commit, or none, and what each job is answered.
type stepped struct {
	commit  *fsm.Commit
	jobs    []*job
	errs    []error // a job's own answer, known without the commit
	settled []bool
}

// answer answers every job: with its own error, else with the commit's.
func (s *stepped) answer(commit error) {
	for i, j := range s.jobs {
		if s.settled[i] {
			j.done <- s.errs[i]
			continue
		}
		j.done <- commit
	}
}

// named are the errors that the caller of Handle must act on; no letter is written for them.
var named = []error{fsm.ErrSharedAddress, fsm.ErrNoWorkflow, fsm.ErrNoCase}

// stepBatch steps all events of a batch in order onto what was loaded.
func (b *Bot) stepBatch(loaded store.Loaded, batch []*job) *stepped {
	s := &stepped{jobs: batch, errs: make([]error, len(batch)), settled: make([]bool, len(batch))}
	for i, j := range batch {
		current := &loaded.Conversation
		if s.commit != nil {
			current = &s.commit.Conversation
		}
		e := j.event
		e.At = loaded.Now
		b.prepare(current, &e)
		next, err := b.step(s.commit, loaded.Conversation, e)
		switch {
		case err == nil:
			b.Meter.Event(kindOf(e), "stepped")
			s.commit = &next
		case errors.Is(err, fsm.ErrDuplicate):
			b.Meter.Event(kindOf(e), "duplicate")
			s.settled[i] = true // committed before: as good as committed now
		case isNamed(err):
			b.Meter.Event(kindOf(e), "refused")
			s.errs[i], s.settled[i] = err, true
		default:
			b.Meter.Event(kindOf(e), "poison")
			b.Log.Error().Err(err).Str("conversation", loaded.Conversation.ID).Str("event", e.ID).Msg("event can't be stepped: kept as a letter")
			poisoned := b.poison(s.commit, loaded.Conversation, e, err)
			s.commit = &poisoned
			if e.Opened != nil || e.Reported != nil || e.Agent != nil {
				s.errs[i], s.settled[i] = err, true // whoever asked is still there to be told
			}
		}
	}
	return s
}

func (b *Bot) step(before *fsm.Commit, loaded fsm.Conversation, e fsm.Event) (fsm.Commit, error) {
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

func isNamed(err error) bool {
	for _, n := range named {
		if errors.Is(err, n) {
			return true
		}
	}
	return false
}

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
	}
	return "none"
}
