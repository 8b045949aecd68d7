package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// Receive commits what a webhook said. Nil means that all of it is durable and the provider may be answered.
func (b *Bot) Receive(ctx context.Context, r channels.Received) error {
	for _, m := range r.Inbound {
		if err := b.inbound(ctx, m); err != nil {
			return err
		}
	}
	for _, receipt := range r.Receipts {
		if err := b.receipt(ctx, receipt); err != nil {
			return err
		}
	}
	return nil
}

// inbound finds the conversation of whoever wrote, or begins one, and commits the message to it.
func (b *Bot) inbound(ctx context.Context, m message.Inbound) error {
	loaded, err := b.Store.LoadAddress(ctx, m.From)
	loaded, err = b.follow(ctx, loaded, err)
	if errors.Is(err, store.ErrNotFound) {
		loaded, err = b.Store.Create(ctx, m.From)
	}
	if err != nil {
		return err
	}
	if m.Also != "" {
		// One signed event names both addresses: from now on either leads to one conversation.
		elsewhere, err := b.Store.Alias(ctx, loaded.Conversation.ID, m.Also)
		if other := elsewhere[m.Also]; err == nil && other != "" {
			loaded, err = b.merge(ctx, loaded, m.Also, other)
		}
		if err != nil {
			return err
		}
	}
	event := fsm.Event{ID: m.ID, Mark: b.Store.Mark(m.ID), Received: &fsm.MessageReceived{
		From: m.From, Also: m.Also, Text: m.Text, Choice: m.Choice, Sent: m.At, Media: m.Media, Optout: m.Optout,
	}}
	return b.handle(ctx, loaded.Conversation.ID, &loaded, event)
}

// receipt notes a provider's news. What changes nothing but a rank is no event; a failure, and what settles an effect, is.
// A failure is an event each time that it comes, and the conversation knows it by its mark: its rank may have been noted
// before a commit that never was, and it may say that the customer has opted out.
func (b *Bot) receipt(ctx context.Context, r message.Receipt) error {
	if r.Conversation == "" || r.Key == "" {
		b.Meter.Event("receipt", "foreign") // of a message that isn't ours, or from before
		return nil
	}
	a, err := b.Store.Receipt(ctx, r.Conversation, r.Key, r.Status, r.Message)
	if errors.Is(err, store.ErrNotFound) {
		b.Meter.Event("receipt", "foreign")
		return nil
	}
	if err != nil {
		return err
	}
	failed := r.Status == message.Failed
	if !a.Pending && !failed {
		b.Meter.Event("receipt", string(r.Status))
		return nil
	}
	event := fsm.Event{ID: r.ID, Receipt: &fsm.ReceiptArrived{
		Effect: r.Key, Message: r.Message, Status: r.Status, Code: r.Code, OptedOut: r.OptedOut,
	}}
	if failed {
		event.Mark = b.Store.Mark(r.ID)
	}
	return b.Handle(ctx, r.Conversation, event)
}

// ReportRequest is news from a system of record: psp.paid.
type ReportRequest struct {
	ID    string // the system's own, for the news
	Case  string
	Event string
	Facts map[string]string
}

// Report commits news from a system of record to the case that it is about. store.ErrNotFound where there is no such
// case; Invalid where it isn't what the workflow declares.
func (b *Bot) Report(ctx context.Context, r ReportRequest) error {
	conversation, err := b.Store.FindCase(ctx, r.Case)
	if err != nil {
		return err
	}
	loaded, err := b.Store.Load(ctx, conversation)
	if loaded, err = b.follow(ctx, loaded, err); err != nil {
		return err
	}
	conversation = loaded.Conversation.ID
	k := loaded.Conversation.Case(r.Case)
	if k == nil {
		return fmt.Errorf("report %s: case: %w", r.Event, store.ErrNotFound)
	}
	b.learn(ctx, &loaded.Conversation)
	w := b.Library.Pinned(k.Workflow)
	if w == nil {
		return fmt.Errorf("report %s: workflow %s: %w", r.Event, k.Workflow, fsm.ErrNoWorkflow)
	}
	declared, ok := w.Events[r.Event]
	if !ok {
		return &Invalid{[]Field{{"event", fmt.Sprintf("workflow %s knows no event %q", w.Name, r.Event)}}}
	}
	missing := new(Invalid)
	for name := range declared {
		if _, given := r.Facts[name]; !given { // what isn't said must not be taken from elsewhere
			missing.Problems = append(missing.Problems, Field{"facts." + name, "is missing"})
		}
	}
	if len(missing.Problems) > 0 {
		slices.SortFunc(missing.Problems, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
		return missing
	}
	facts, err := canonical(w, declared, r.Facts)
	if err != nil {
		return err
	}
	id := "report/" + r.Event + "/" + r.ID
	return b.handle(ctx, conversation, &loaded, fsm.Event{ID: id, Mark: b.Store.Mark(id), Reported: &fsm.SystemReported{
		Case: r.Case, Event: r.Event, Facts: facts,
	}})
}
