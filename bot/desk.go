package bot

import (
	"context"
	"errors"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// What a desk, on a page or in a terminal, must tell from one another. Act returns them in an fsm.Refusal, whose words are
// for the person: they say what to do.
var (
	ErrNotWaiting     = fsm.ErrNotWaiting
	ErrBehind         = fsm.ErrBehind
	ErrCaseEnded      = fsm.ErrCaseEnded
	ErrNotClaimed     = fsm.ErrNotClaimed
	ErrClaimedByOther = fsm.ErrClaimedByOther
	ErrNoReturn       = fsm.ErrNoReturn
	ErrUnknownOutcome = fsm.ErrUnknownOutcome
	ErrIncomplete     = fsm.ErrIncomplete
	ErrStopped        = fsm.ErrStopped
	ErrNoText         = fsm.ErrNoText
	ErrReplyTooLong   = fsm.ErrReplyTooLong
	ErrCardNumber     = fsm.ErrCardNumber
)

// Act commits what a person did at the desk. What isn't possible is an fsm.Refusal, and nothing has changed: the engine
// decides on the document that it commits, so two people who act at once never both succeed in what only one may do.
// key names the act: the same one twice is done once. Nil says that it is durable; whether a reply has gone out, HandoffDetail shows.
func (b *Bot) Act(ctx context.Context, conversation, key string, a fsm.AgentActed) error {
	if a.Action == "reply" {
		if err := b.mayReply(ctx, conversation, a); err != nil {
			return err
		}
	}
	id := "agent/" + key
	err := b.Handle(ctx, conversation, fsm.Event{ID: id, Mark: b.Store.Mark(id), Agent: &a})
	if r := (*fsm.Refusal)(nil); errors.As(err, &r) {
		return r
	}
	return err
}

// mayReply refuses a text that must not be kept, and one that the customer's channel can't show. That is said now, while
// whoever wrote it is there.
func (b *Bot) mayReply(ctx context.Context, conversation string, a fsm.AgentActed) error {
	if redactCards(a.Text) != a.Text {
		return &fsm.Refusal{Kind: ErrCardNumber, Action: a.Action, Why: "a card number stands in the text: write its last four digits only"}
	}
	loaded, err := b.Store.Load(ctx, conversation)
	if loaded, err = b.follow(ctx, loaded, err); err != nil {
		return err
	}
	c := &loaded.Conversation
	if c.Handoff == nil {
		return nil // the engine says why not
	}
	k := c.Case(c.Handoff.Case)
	if k == nil {
		return nil
	}
	channel := b.Channels[c.DeskThread(k).Channel()]
	if channel == nil {
		return nil // the send's own result says so
	}
	if _, err := message.Render(message.Message{Text: a.Text}, channel.Capabilities()); errors.Is(err, message.ErrTooLong) {
		return &fsm.Refusal{Kind: ErrReplyTooLong, Action: a.Action, Why: "the text is too long for one message on " + channel.Capabilities().Channel + ": send it in parts"}
	}
	return nil
}

// Find tells which conversation is meant by an ID, a case's or a conversation's own; caseID is empty where it is the
// conversation's. A case that nobody outside opened (the lobby's, a later one) is found while it waits for a person.
// store.ErrNotFound where it is none of these.
func (b *Bot) Find(ctx context.Context, id string) (conversation, caseID string, err error) {
	loaded, err := b.Store.Load(ctx, id)
	if loaded, err = b.follow(ctx, loaded, err); err == nil {
		return loaded.Conversation.ID, "", nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", "", err
	}
	conversation, err = b.Store.FindCase(ctx, id)
	if err == nil {
		loaded, err = b.Store.Load(ctx, conversation)
		loaded, err = b.follow(ctx, loaded, err)
		return loaded.Conversation.ID, id, err
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", "", err
	}
	all, listed := b.Handoffs(ctx)
	if listed != nil {
		return "", "", listed
	}
	for _, v := range all {
		if v.Case == id {
			return v.Conversation, id, nil
		}
	}
	return "", "", err
}
