package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Named errors.
var (
	// ErrNotFound is returned where there is no such conversation, case, letter or bundle. An address that points to a
	// conversation without a document isn't found either: Create goes on from there.
	ErrNotFound = errors.New("not found")
	// ErrTooLarge is returned for a document above MaxDocument: the conversation must be set aside for a person.
	ErrTooLarge = errors.New("too large")
)

// What a document may weigh. Most stay under 8 KB: history lives in transcript and journal.
const (
	WarnDocument = 16 << 10
	MaxDocument  = 64 << 10
)

// Store keeps conversations. It is safe for concurrent use. Open makes one.
type Store struct {
	redis   redis.UniversalClient
	keys    *Keyset
	options Options
	banner  string
	owned   bool // the client was made by Open

	replicated bool                                         // a write is answered once a replica has it
	lands      func(context.Context, string) (pipes, error) // the server that holds a key, where another may take over from it; else nil
}

// Banner says what may be lost, for the operator to read at start; empty where nothing is.
func (s *Store) Banner() string { return s.banner }

// Close ends the connections that Open made.
func (s *Store) Close() error {
	if !s.owned {
		return nil
	}
	return s.redis.Close()
}

// Now is Redis's time, moved by the demo's offset: the time that all deadlines are in.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.again(ctx, func() (err error) {
		now, err = s.redis.Time(ctx).Result()
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return time.UnixMilli(now.UnixMilli() + s.offset()).UTC(), nil
}
