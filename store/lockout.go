package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// noteTries is how often a record is read anew because others write it too.
const noteTries = 20

// NoteLockout writes what a conversation has counted into its addresses' own records: it outlives conversation, archive and
// erasure. Done twice, late or by two at once it is as if done once; fsm.Lockout.Noted says what becomes less, and when.
// Whoever deletes a conversation does this first, for its effects are deleted with it.
func (s *Store) NoteLockout(ctx context.Context, addresses []message.Address, counts fsm.Lockout) error {
	for _, a := range addresses {
		for _, record := range s.keys.records(a) {
			if err := s.noteLockout(ctx, record, counts); err != nil {
				return fmt.Errorf("write the lockout of %d addresses: %w", len(addresses), err)
			}
		}
	}
	return nil
}

func (s *Store) noteLockout(ctx context.Context, to record, counts fsm.Lockout) error {
	for range noteTries {
		r, err := s.readDurable(ctx, loadAddressScript, to.keys(), s.offset(), "")
		if err != nil {
			return err
		}
		was := r.text(3)
		have, err := lockoutOf(was)
		if err != nil {
			return err
		}
		plain, err := json.Marshal(have.Noted(counts, r.time(0)))
		if err != nil {
			return fmt.Errorf("encode a lockout: %w", err)
		}
		if string(plain) == was {
			return nil
		}
		if r, err = s.keep(ctx, lockoutScript, []string{to.key}, was, plain); err != nil || r.text(0) == "1" {
			return err
		}
	}
	return errors.New("others write the record all the time: try again")
}

// Lockout is what the records of addresses hold, the strictest of all: what a conversation begins with that begins there.
// One round trip.
func (s *Store) Lockout(ctx context.Context, addresses ...message.Address) (fsm.Lockout, error) {
	var commands []*redis.StringCmd
	err := s.again(ctx, func() error {
		p := s.redis.Pipeline()
		commands = nil
		for _, a := range addresses {
			for _, record := range s.keys.records(a) {
				commands = append(commands, p.HGet(ctx, record.key, "lockout"))
			}
		}
		_, err := p.Exec(ctx)
		if errors.Is(err, redis.Nil) {
			return nil // each command has its own error
		}
		return err
	})
	var all fsm.Lockout
	for _, c := range commands {
		if err == nil && !errors.Is(c.Err(), redis.Nil) {
			err = c.Err()
		}
		if err == nil {
			var one fsm.Lockout
			one, err = lockoutOf(c.Val())
			all = all.Strictest(one)
		}
	}
	if err != nil {
		return fsm.Lockout{}, fmt.Errorf("read the lockout of %d addresses: %w", len(addresses), err)
	}
	return all, nil
}

// lockoutOf reads the field of a record: times and counts, nothing personal, so it isn't sealed.
func lockoutOf(field string) (l fsm.Lockout, err error) {
	if field == "" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(field), &l); err != nil {
		return fsm.Lockout{}, fmt.Errorf("address record: %w: its lockout is no JSON of this form", ErrCorrupt)
	}
	return l, nil
}
