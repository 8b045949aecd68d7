package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
)

// StoredLetter is a dead letter: an event that could not be stepped, and why.
type StoredLetter struct {
	ID           string     `json:"id"` // p07-...: partition and the event's keyed hash
	Conversation string     `json:"conversation"`
	Letter       fsm.Letter `json:"letter"`
}

// PutLetter keeps a letter that goes with no commit. Once for each event: a repeat changes nothing.
func (s *Store) PutLetter(ctx context.Context, conversation string, letter fsm.Letter) error {
	p, err := partitionOf(conversation)
	if err != nil {
		return err
	}
	field, sealed, err := s.sealLetter(p, conversation, letter)
	if err != nil {
		return err
	}
	if _, err := s.keep(ctx, letterScript, []string{p.letters()}, field, sealed); err != nil {
		return fmt.Errorf("keep a letter of conversation %s: %w", conversation, err)
	}
	return nil
}

func (s *Store) sealLetter(p partition, conversation string, letter fsm.Letter) (field string, sealed []byte, err error) {
	name := letter.Event.ID
	if !letter.Unstepped { // what a retry leaves for a person is another letter than the one that it makes go
		name = "stepped/" + name
	}
	field = s.keys.hidden("letter", name)
	sealed, err = s.sealJSON(StoredLetter{p.name() + "-" + field, conversation, letter}, letterPlace(p, field), "")
	return field, sealed, err
}

func letterPlace(p partition, field string) string { return p.letters() + "|" + field }

// Letters lists all dead letters, the oldest event first.
func (s *Store) Letters(ctx context.Context) ([]StoredLetter, error) {
	var hashes [Partitions]*redis.MapStringStringCmd
	pipe := s.redis.Pipeline()
	for i := range hashes {
		hashes[i] = pipe.HGetAll(ctx, partition(i).letters())
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	var letters []StoredLetter
	for i, h := range hashes {
		for field, sealed := range h.Val() {
			l, err := s.openLetter(partition(i), field, sealed)
			if err != nil {
				return nil, err
			}
			letters = append(letters, l)
		}
	}
	slices.SortFunc(letters, func(a, b StoredLetter) int {
		return cmp.Or(a.Letter.Event.At.Compare(b.Letter.Event.At), strings.Compare(a.ID, b.ID))
	})
	return letters, nil
}

// Letter reads one. ErrNotFound.
func (s *Store) Letter(ctx context.Context, id string) (StoredLetter, error) {
	p, err := partitionOf(id) // of the same form as a conversation's ID
	if err != nil {
		return StoredLetter{}, fmt.Errorf("letter: %w", ErrNotFound)
	}
	field := id[4:]
	sealed, err := s.redis.HGet(ctx, p.letters(), field).Result()
	if errors.Is(err, redis.Nil) {
		return StoredLetter{}, fmt.Errorf("letter %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return StoredLetter{}, fmt.Errorf("read letter %s: %w", id, err)
	}
	return s.openLetter(p, field, sealed)
}

// NoteReason writes why a letter's event can't be stepped now. One that was dropped meanwhile stays dropped.
func (s *Store) NoteReason(ctx context.Context, id, reason string) error {
	l, err := s.Letter(ctx, id)
	if err != nil {
		return err
	}
	l.Letter.Reason = reason
	p, err := partitionOf(id)
	if err != nil {
		return err
	}
	sealed, err := s.sealJSON(l, letterPlace(p, id[4:]), "")
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, reasonScript, []string{p.letters()}, id[4:], sealed); err != nil {
		return fmt.Errorf("note the reason of letter %s: %w", id, err)
	}
	return nil
}

// DropLetter discards one, retried or given up. Dropped twice it is dropped.
func (s *Store) DropLetter(ctx context.Context, id string) error {
	p, err := partitionOf(id)
	if err != nil {
		return fmt.Errorf("letter: %w", ErrNotFound)
	}
	if err := s.put(ctx, p.letters(), func(c redis.Cmdable) redis.Cmder { return c.HDel(ctx, p.letters(), id[4:]) }); err != nil {
		return fmt.Errorf("drop letter %s: %w", id, err)
	}
	return nil
}

func (s *Store) openLetter(p partition, field, sealed string) (StoredLetter, error) {
	plain, err := s.keys.opened([]byte(sealed), letterPlace(p, field), "")
	if err != nil {
		return StoredLetter{}, err
	}
	var l StoredLetter
	if err := json.Unmarshal(plain, &l); err != nil {
		return StoredLetter{}, fmt.Errorf("letter %s-%s: %w", p.name(), field, ErrCorrupt)
	}
	return l, nil
}
