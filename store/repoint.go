package store

import (
	"context"
	"fmt"

	"github.com/settle-chat/settle/message"
)

// Repoint lets addresses and Customer references that point to a conversation point to the one that it has moved to. It may
// be done again and by anybody: what points anywhere else stays. Until it is done, whoever loads follows Conversation.Moved.
func (s *Store) Repoint(ctx context.Context, from, to string, addresses ...message.Address) error {
	for _, id := range []string{from, to} {
		if _, err := partitionOf(id); err != nil {
			return err
		}
	}
	for _, a := range addresses {
		for _, record := range s.keys.records(a) {
			if _, err := s.keep(ctx, repointScript, []string{record.key}, from, to); err != nil {
				return fmt.Errorf("let an address point to conversation %s: %w", to, err)
			}
		}
	}
	return nil
}
