package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
)

// ErrChain is returned where a conversation's journal has a gap, a fork (two commits of one version) or an entry that does
// not follow the one before it.
var ErrChain = errors.New("journal chain broken")

// JournalEntry is one entry as it is stored.
type JournalEntry struct {
	ID           string // in the partition's stream
	Conversation string
	Version      uint64 // of the commit
	Position     int    // among the commit's entries
	Previous     string // the digest of the conversation's entry before; empty for its first
	Digest       string // SHA-256 over conversation, version, position and the sealed entry, in base64url
	Entry        fsm.Entry
}

// Journal reads a partition's journal after an entry ID (empty: from the beginning), at most count entries, opened. Each
// is checked by itself; VerifyChain checks a conversation's as a whole.
func (s *Store) Journal(ctx context.Context, n int, after string, count int) ([]JournalEntry, error) {
	if n < 0 || n >= Partitions {
		return nil, fmt.Errorf("read journal: partition %d: 0 to %d", n, Partitions-1)
	}
	from := "-"
	if after != "" {
		from = "(" + after
	}
	key := partition(n).journal()
	var stored []redis.XMessage
	err := s.again(ctx, func() (err error) {
		stored, err = s.redis.XRangeN(ctx, key, from, "+", int64(count)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	entries := make([]JournalEntry, len(stored))
	for i, m := range stored {
		if entries[i], err = s.openEntry(partition(n), m); err != nil {
			return nil, fmt.Errorf("%s, entry %s: %w", key, m.ID, err)
		}
	}
	return entries, nil
}

// ConversationJournal reads all entries of one conversation, in order, and verifies their chain. It reads the partition's
// whole journal: for replay and evidence, not for serving.
func (s *Store) ConversationJournal(ctx context.Context, conversation string) ([]JournalEntry, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return nil, err
	}
	const page = 500
	var entries []JournalEntry
	after := ""
	for {
		list, err := s.Journal(ctx, int(p), after, page)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			after = e.ID
			if e.Conversation == conversation {
				entries = append(entries, e)
			}
		}
		if len(list) < page {
			return entries, VerifyChain(entries)
		}
	}
}

// VerifyChain checks that one conversation's entries follow one another: versions by one, positions by one, each naming the
// digest of the one before. The first may be any: what was before it has been exported.
func VerifyChain(entries []JournalEntry) error {
	for i := 1; i < len(entries); i++ {
		before, e := entries[i-1], entries[i]
		follows := e.Version == before.Version && e.Position == before.Position+1 ||
			e.Version == before.Version+1 && e.Position == 0
		if !follows || e.Previous != before.Digest || e.Conversation != before.Conversation {
			return fmt.Errorf("conversation %s: %w: entry %d.%d after %d.%d", e.Conversation, ErrChain,
				e.Version, e.Position, before.Version, before.Position)
		}
	}
	return nil
}

func (s *Store) openEntry(p partition, m redis.XMessage) (JournalEntry, error) {
	field := func(name string) string {
		v, _ := m.Values[name].(string)
		return v
	}
	e := JournalEntry{ID: m.ID, Conversation: field("conversation"), Previous: field("previous"), Digest: field("digest")}
	var err error
	if e.Version, err = strconv.ParseUint(field("version"), 10, 64); err != nil {
		return e, fmt.Errorf("version: %w", ErrCorrupt)
	}
	if e.Position, err = strconv.Atoi(field("position")); err != nil {
		return e, fmt.Errorf("position: %w", ErrCorrupt)
	}
	sealed := []byte(field("entry"))
	if digestOf(e.Conversation, field("version"), e.Position, sealed) != e.Digest {
		return e, fmt.Errorf("digest: %w", ErrCorrupt)
	}
	plain, err := s.keys.opened(sealed, journalPlace(p, e.Conversation), at(field("version"), e.Position))
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(plain, &e.Entry); err != nil {
		return e, fmt.Errorf("entry: %w", ErrCorrupt)
	}
	return e, nil
}
