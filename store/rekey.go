package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/settle-chat/settle/message"
)

// Rekey brings a conversation to the newest keys: its document, addresses and references. Run it over every conversation
// between Promote and Drop. Records that no conversation has (an address suppressed before it had one) stay under
// the old key, and are lost with it.
func (s *Store) Rekey(ctx context.Context, id string) error {
	l, err := s.Load(ctx, id)
	if err != nil {
		return fmt.Errorf("rekey: %w", err)
	}
	p, err := partitionOf(id)
	if err != nil {
		return err
	}
	version := strconv.FormatUint(l.Conversation.Version, 10)
	sealed, err := s.sealDocument(p, l.Conversation, version)
	if err != nil {
		return fmt.Errorf("rekey conversation %s: %w", id, err)
	}
	if _, err := s.keep(ctx, resealScript, []string{p.conversation(id)}, version, sealed); err != nil {
		return fmt.Errorf("rekey conversation %s: %w", id, err)
	}
	var all []message.Address
	for _, a := range l.Conversation.Contact.Addresses {
		all = append(all, a.Address)
	}
	for _, ref := range l.Conversation.Contact.Customers {
		all = append(all, Customer(ref))
	}
	for _, a := range all {
		if _, err := s.LoadAddress(ctx, a); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("rekey conversation %s: %w", id, err)
		}
	}
	return nil
}
