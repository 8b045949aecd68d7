package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// PutCase notes in which conversation a case is, before the commit that opens it: a note without its case is harmless. The
// first note stands, and is returned: the same case launched for another contact belongs to the first.
func (s *Store) PutCase(ctx context.Context, id, conversation string) (owner string, err error) {
	p, err := casePartition(id)
	if err != nil {
		return "", err
	}
	if _, err := partitionOf(conversation); err != nil {
		return "", err
	}
	note := func(c redis.Cmdable) redis.Cmder { return c.SetNX(ctx, p.caseOf(id), conversation, 0) }
	if err := s.put(ctx, p.caseOf(id), note); err != nil {
		return "", fmt.Errorf("note case %s: %w", id, err)
	}
	return s.FindCase(ctx, id)
}

// FindCase tells in which conversation a case is. ErrNotFound.
func (s *Store) FindCase(ctx context.Context, id string) (conversation string, err error) {
	p, err := casePartition(id)
	if err != nil {
		return "", err
	}
	err = s.again(ctx, func() error {
		conversation, err = s.redis.Get(ctx, p.caseOf(id)).Result()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("case %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("find case %s: %w", id, err)
	}
	return conversation, nil
}
