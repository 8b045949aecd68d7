package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/console"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity/code"
	"github.com/settle-chat/settle/message"
)

// thread is one customer with one case on a stage.
type thread struct {
	*stage
	workflow     *fsm.Workflow
	conversation string // empty until somebody has written
	caseID       string // empty until a case is opened
	code         string // the one that the customer was sent last
	messages     int    // typed so far
	read         int    // of shown
	line         int    // of the journal
}

// says is one message of the customer. {code} stands for the code that they were sent.
func (t *thread) says(ctx context.Context, text string) error {
	t.messages++
	err := t.bot.Receive(ctx, channels.Received{Inbound: []message.Inbound{{
		ID: fmt.Sprintf("rehearsal/%d", t.messages), From: rehearsedAddress, Text: strings.ReplaceAll(text, "{code}", t.code),
	}}})
	if err != nil {
		return err
	}
	if t.conversation == "" {
		loaded, err := t.store.LoadAddress(ctx, rehearsedAddress)
		if err != nil {
			return err
		}
		t.conversation = loaded.Conversation.ID
	}
	return t.settle(ctx)
}

// settle waits until everything that is to be done now is done.
func (t *thread) settle(ctx context.Context) error {
	for range 100 {
		if err := t.bot.Quiet(ctx); err != nil {
			return err
		}
		c, now, err := t.document(ctx)
		if err != nil {
			return err
		}
		if wake := c.Wake(nil); wake.IsZero() || wake.After(now) {
			return nil
		}
		if err := t.bot.Attend(ctx); err != nil {
			return err
		}
	}
	return errors.New("there is always more to be done at once: two things wait for each other")
}

// hair is how much further than asked the clock is moved: what was to happen after half an hour has happened half an hour
// later, however long the machine took to say when the half hour began.
const hair = time.Second

// later moves the clock on, stopping at each time at which something is due on the way.
func (t *thread) later(ctx context.Context, by time.Duration) error {
	left := by + hair
	for range 1000 {
		c, now, err := t.document(ctx)
		if err != nil {
			return err
		}
		wake := c.Wake(nil)
		if wake.IsZero() || wake.Sub(now) >= left {
			break
		}
		step := max(wake.Sub(now), 0) + time.Millisecond
		left -= step
		t.move(step)
		if err := t.settle(ctx); err != nil {
			return err
		}
	}
	t.move(left)
	return t.settle(ctx)
}

// document is the conversation as it stands; empty before anybody has written.
func (t *thread) document(ctx context.Context) (*fsm.Conversation, time.Time, error) {
	if t.conversation == "" {
		now, err := t.store.Now(ctx)
		return &fsm.Conversation{}, now, err
	}
	loaded, err := t.store.Load(ctx, t.conversation)
	if err != nil {
		return nil, time.Time{}, err
	}
	c := &loaded.Conversation
	if t.caseID == "" && len(c.Cases) > 0 {
		t.caseID = c.Cases[0].ID
	}
	if c.Challenge != nil && c.Challenge.Code != nil {
		t.code = t.store.Code(c.Challenge.Code.Ref, code.Digits)
	}
	return c, loaded.Now, nil
}

// heard are the messages shown since the last call.
func (t *thread) heard() []console.Shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := slices.Clone(t.shown[t.read:])
	t.read += len(fresh)
	return fresh
}

// errNoCase says that nobody has opened a case yet.
var errNoCase = errors.New("no case is open yet: let the customer write first")

// view is the case as it stands.
func (t *thread) view(ctx context.Context) (bot.CaseView, *fsm.Conversation, error) {
	c, now, err := t.document(ctx)
	if err != nil {
		return bot.CaseView{}, nil, err
	}
	k := c.Case(t.caseID)
	if k == nil {
		return bot.CaseView{}, c, errNoCase
	}
	return bot.ViewCase(c, k, now), c, nil
}

// moves are the journal's entries since the last call.
func (t *thread) moves(ctx context.Context) ([]fsm.Entry, error) {
	if t.conversation == "" {
		return nil, nil
	}
	entries, err := t.store.ConversationJournal(ctx, t.conversation)
	if err != nil {
		return nil, err
	}
	var fresh []fsm.Entry
	for _, e := range entries[t.line:] {
		fresh = append(fresh, e.Entry)
	}
	t.line = len(entries)
	return fresh, nil
}
