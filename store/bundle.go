package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// PutBundle keeps everything that a case pins (workflow, fragments, messages, operations) under its content hash. It is
// sealed, not for secrecy: nobody but us can put another workflow under that hash. Put twice it is put once.
func (s *Store) PutBundle(ctx context.Context, hash string, data []byte) error {
	sealed, err := s.keys.sealed(data, bundleKey(hash), "")
	if err != nil {
		return err
	}
	if err := s.put(ctx, bundleKey(hash), func(c redis.Cmdable) redis.Cmder { return c.Set(ctx, bundleKey(hash), sealed, 0) }); err != nil {
		return fmt.Errorf("keep bundle %s: %w", hash, err)
	}
	return nil
}

// Bundle reads one. ErrNotFound.
func (s *Store) Bundle(ctx context.Context, hash string) ([]byte, error) {
	var sealed []byte
	err := s.again(ctx, func() (err error) {
		sealed, err = s.redis.Get(ctx, bundleKey(hash)).Bytes()
		return err
	})
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("bundle %s: %w", hash, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read bundle %s: %w", hash, err)
	}
	return s.keys.opened(sealed, bundleKey(hash), "")
}

// SetCurrent says which bundle new cases of a workflow begin with. Put the bundle first.
func (s *Store) SetCurrent(ctx context.Context, workflow, hash string) error {
	if err := s.put(ctx, bundlesKey, func(c redis.Cmdable) redis.Cmder { return c.HSet(ctx, bundlesKey, workflow, hash) }); err != nil {
		return fmt.Errorf("publish workflow %q: %w", workflow, err)
	}
	return nil
}

// Current are the workflows by name, each with its current bundle's hash.
func (s *Store) Current(ctx context.Context) (map[string]string, error) {
	return s.hash(ctx, bundlesKey)
}
