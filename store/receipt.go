package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/settle-chat/settle/message"
)

// receiptTTL is how long after the last news a conversation's receipts are kept.
const receiptTTL = 35 * 24 * time.Hour

// receiptFields is from how many fields on receipts older than receiptTTL are looked for and dropped.
const receiptFields = 512

// ReceiptAnswer says what a receipt has changed.
type ReceiptAnswer struct {
	Pending bool           // the effect still waits for its result: this receipt settles it and must be stepped as an event
	Moved   bool           // the message has come further; count it. False: a repeat, or overtaken
	Status  message.Status // how far the message has come
}

// Receipt notes a provider's news that changes nothing but a rank (sent, delivered, read): no step, no version, one round
// trip. Never backwards. Whether the effect is pending is read in the same script, from the plain list of pending effects
// that each commit writes beside the document. ErrNotFound where there is no such conversation: nothing is kept then.
func (s *Store) Receipt(ctx context.Context, conversation, effect string, status message.Status, id message.ID) (ReceiptAnswer, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return ReceiptAnswer{}, err
	}
	if !isWord(effect) || strings.HasPrefix(effect, "m:") || status.Rank() == 0 {
		return ReceiptAnswer{}, fmt.Errorf("receipt for conversation %s: no effect of ours, or status %q unknown: %w", conversation, status, ErrNotFound)
	}
	var sealed []byte
	if id != "" { // a provider's ID may hold the phone number (WhatsApp's does)
		if sealed, err = s.keys.sealed([]byte(id), receiptPlace(p, conversation, effect), ""); err != nil {
			return ReceiptAnswer{}, err
		}
	}
	r, err := s.keep(ctx, receiptScript, []string{p.conversation(conversation), p.receipts(conversation)},
		effect, status.Rank(), sealed, s.offset(), receiptTTL.Milliseconds(), receiptFields)
	if err != nil {
		return ReceiptAnswer{}, fmt.Errorf("note a receipt for conversation %s: %w", conversation, err)
	}
	if r.text(0) == "missing" {
		return ReceiptAnswer{}, fmt.Errorf("receipt for conversation %s: %w", conversation, ErrNotFound)
	}
	return ReceiptAnswer{Pending: r.text(0) == "pending", Moved: r.text(1) == "1", Status: statusOf(r.text(2))}, nil
}

// SentMessage notes the provider's ID of one of our messages once it is accepted.
func (s *Store) SentMessage(ctx context.Context, conversation, effect string, id message.ID) error {
	_, err := s.Receipt(ctx, conversation, effect, message.Accepted, id)
	return err
}

// SentMessages are the provider's IDs of the messages sent in this conversation, by effect: a Finder that looks for an
// ambiguous send leaves these out, they are already ours.
func (s *Store) SentMessages(ctx context.Context, conversation string) (map[string]message.ID, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return nil, err
	}
	fields, err := s.hash(ctx, p.receipts(conversation))
	if err != nil {
		return nil, err
	}
	ids := make(map[string]message.ID)
	for field, sealed := range fields {
		effect, ok := strings.CutPrefix(field, "m:")
		if !ok {
			continue
		}
		id, err := s.keys.opened([]byte(sealed), receiptPlace(p, conversation, effect), "")
		if err != nil {
			return nil, err
		}
		ids[effect] = message.ID(id)
	}
	return ids, nil
}

// Statuses are how far the messages of a conversation have come, by effect.
func (s *Store) Statuses(ctx context.Context, conversation string) (map[string]message.Status, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return nil, err
	}
	fields, err := s.hash(ctx, p.receipts(conversation))
	if err != nil {
		return nil, err
	}
	statuses := make(map[string]message.Status)
	for effect, value := range fields {
		if !strings.HasPrefix(effect, "m:") {
			rank, _, _ := strings.Cut(value, " ")
			statuses[effect] = statusOf(rank)
		}
	}
	return statuses, nil
}

func receiptPlace(p partition, conversation, effect string) string {
	return p.receipts(conversation) + "|" + effect
}

func statusOf(rank string) message.Status {
	for _, s := range []message.Status{message.Accepted, message.Sent, message.Delivered, message.Read, message.Failed} {
		if fmt.Sprint(s.Rank()) == rank {
			return s
		}
	}
	return ""
}

// hash reads a whole hash.
func (s *Store) hash(ctx context.Context, key string) (fields map[string]string, err error) {
	err = s.again(ctx, func() error {
		fields, err = s.redis.HGetAll(ctx, key).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return fields, nil
}
