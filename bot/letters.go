package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// Final says why a letter's event can't be handed to its conversation again, and what to do instead.
type Final struct{ Why string }

func (f *Final) Error() string { return "can't be retried: " + f.Why }

// Unstepped says that a letter's event can't be stepped still. Its words leave out the cause, which may quote a customer.
type Unstepped struct{ cause error }

func (u *Unstepped) Error() string { return "the event can't be stepped still" }
func (u *Unstepped) Unwrap() error { return u.cause }

// Named is the error that whoever brings the event must act on, nil where the cause is none of those. It quotes nobody.
func (u *Unstepped) Named() error {
	for _, n := range named {
		if errors.Is(u.cause, n) {
			return n
		}
	}
	return nil
}

// Retry hands a letter's event to its conversation again, as the same event with the same mark, and drops the letter once
// that is durable. Nil means that it was committed, now or before: by a retry that died here, or by whoever brought it again.
// Where it can't be stepped still, *Unstepped, nothing is committed and the letter stays, with the new reason. *Final where it
// mustn't be tried.
func (b *Bot) Retry(ctx context.Context, l store.StoredLetter) error {
	if why := final(l.Letter); why != "" {
		return &Final{why}
	}
	var unstepped *Unstepped
	switch err := b.again(ctx, l.Conversation, l.Letter.Event); {
	case errors.As(err, &unstepped):
		if noted := b.Store.NoteReason(ctx, l.ID, unstepped.cause.Error()); noted != nil && !errors.Is(noted, store.ErrNotFound) {
			return errors.Join(err, noted)
		}
		return err
	case errors.Is(err, store.ErrNotFound):
		return &Final{"its conversation is gone: drop it"}
	case err != nil:
		return err
	}
	b.Point("before-drop")
	if err := b.Store.DropLetter(ctx, l.ID); err != nil {
		return fmt.Errorf("the event is committed, its letter is still there: retry it once more: %w", err)
	}
	return nil
}

// again commits a letter's event where its conversation is now.
func (b *Bot) again(ctx context.Context, conversation string, e fsm.Event) error {
	for range mostMoves + 1 {
		j := &job{event: e, again: true, done: make(chan error, 1)}
		b.enqueue(conversation, []*job{j})
		select {
		case err := <-j.done:
			var moved fsm.ErrMoved
			if !errors.As(err, &moved) {
				return err
			}
			conversation = moved.To
		case <-ctx.Done():
			return fmt.Errorf("retry an event of conversation %s: %w: it may still be committed, and its letter stays", conversation, ctx.Err())
		}
	}
	return fmt.Errorf("retry an event: conversation %s has moved more than %d times", conversation, mostMoves)
}

// final says why an event isn't handed over again, whatever the workflows are now; empty where it may be.
func final(l fsm.Letter) string {
	switch e := l.Event; {
	case !l.Unstepped:
		return "its event was committed, the letter says what was left to a person: see to that, then drop it"
	case e.Timer != nil, e.Done != nil:
		return "it was taken out of its conversation, and the case was handed to a person: see settle handoffs, then drop it"
	case e.Agent != nil:
		return "whoever did it was told that it didn't work, and may have done it again: do it at the desk if it is still wanted, then drop it"
	case e.Received != nil && (e.Received.Typed != nil || strings.Contains(e.Received.Text, answered)):
		return "what the customer typed isn't kept, for it may be an answer to a check: the customer must write again; then drop it"
	}
	return ""
}

// answerable is how long a customer's message may still be answered as if it had just come: beyond that it isn't a reply any
// more (policy, and WhatsApp's window), and nobody knows who holds the telephone.
const answerable = 24 * time.Hour

// late says why a letter's event comes too late: it may have been committed and forgotten since, or its time is over.
func (j *job) late(c *fsm.Conversation, now time.Time) error {
	if !j.again || c.Seen.Has(j.event.Mark, time.Time{}) { // what is still remembered is a duplicate, however old
		return nil
	}
	since := j.event.At
	if m := j.event.Received; m != nil {
		if now.Sub(since) > answerable {
			return &Final{"the message came more than a day ago: write to the customer from the desk, then drop it"}
		}
		if !m.Sent.IsZero() && m.Sent.Before(since) {
			since = m.Sent
		}
	}
	if !c.Seen.Covers(since, now) {
		return &Final{"it is too old to know whether it came again meanwhile: bring it anew, under its own ID, from where it came; then drop it"}
	}
	return nil
}
