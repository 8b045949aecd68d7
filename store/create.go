package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// Create returns the conversation of an address, and begins one at version 0 where there is none. The other addresses and
// Customer references become aliases of it, unless they already belong to another conversation: then they are in neither
// (see Alias, whose answer tells which).
//
// The address record is written first: of two processes one wins, and both return the same conversation. A crash between
// record and document leaves an address without a document, which the next Create goes on from.
func (s *Store) Create(ctx context.Context, first message.Address, others ...message.Address) (Loaded, error) {
	l, err := s.LoadAddress(ctx, first)
	if errors.Is(err, ErrNotFound) {
		l, err = s.begin(ctx, first, others)
	} else if err == nil {
		_, err = s.Alias(ctx, l.Conversation.ID, others...)
	}
	if err != nil {
		return Loaded{}, fmt.Errorf("create a conversation: %w", err)
	}
	return l, nil
}

func (s *Store) begin(ctx context.Context, first message.Address, others []message.Address) (Loaded, error) {
	records := s.keys.records(first)
	id, err := s.own(ctx, first, newID(records[0].partition))
	if err != nil {
		return Loaded{}, err
	}
	elsewhere, err := s.Alias(ctx, id, others...)
	if err != nil {
		return Loaded{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Loaded{}, err
	}
	c := fsm.Conversation{Schema: fsm.Schema, ID: id, Created: now, At: now}
	for _, a := range append([]message.Address{first}, others...) {
		if _, theirs := elsewhere[a]; theirs {
			continue
		}
		if ref, ok := customerOf(a); ok {
			c.Contact.Customers = append(c.Contact.Customers, ref)
		} else {
			c.Contact.Addresses = append(c.Contact.Addresses, fsm.Reachable{Address: a, Since: now})
		}
	}
	if err := s.writeFirst(ctx, c); err != nil {
		return Loaded{}, err
	}
	return s.LoadAddress(ctx, first) // ours, or that of whoever was faster
}

// writeFirst writes a conversation's document at version 0, unless there is one.
func (s *Store) writeFirst(ctx context.Context, c fsm.Conversation) error {
	p, err := partitionOf(c.ID)
	if err != nil {
		return err
	}
	plain, err := c.Encode()
	if err != nil {
		return fmt.Errorf("encode conversation %s: %w", c.ID, err)
	}
	sealed, err := s.keys.sealed(plain, p.conversation(c.ID), "0")
	if err != nil {
		return err
	}
	_, err = s.keep(ctx, createScript, []string{p.conversation(c.ID)}, sealed)
	return err
}

// Alias lets addresses and Customer references point to a conversation. Those that point to another one already are left
// as they are, and returned with that one's ID.
func (s *Store) Alias(ctx context.Context, id string, addresses ...message.Address) (elsewhere map[message.Address]string, err error) {
	if _, err := partitionOf(id); err != nil {
		return nil, err
	}
	for _, a := range addresses {
		owner, err := s.own(ctx, a, id)
		if err != nil {
			return nil, fmt.Errorf("alias of conversation %s: %w", id, err)
		}
		if owner != id {
			if elsewhere == nil {
				elsewhere = make(map[message.Address]string)
			}
			elsewhere[a] = owner
		}
	}
	return elsewhere, nil
}

// own lets an address point to id unless it points somewhere, and returns where. While lookup keys are being rotated there
// is a record under each; the oldest key's decides, so that two processes which write with different keys still agree, and
// what is found in any, a suppression or a lockout, goes into all.
func (s *Store) own(ctx context.Context, a message.Address, id string) (string, error) {
	records, c := s.keys.records(a), carried{owner: id}
	if len(records) > 1 {
		var err error
		if c, err = s.known(ctx, records, id); err != nil {
			return "", err
		}
	}
	for _, record := range oldestFirst(records) {
		if err := s.carry(ctx, record, &c); err != nil {
			return "", err
		}
	}
	return c.owner, nil
}

// carried is what an address' records hold between them.
type carried struct {
	owner, suppressed string
	lockout           fsm.Lockout
}

// known reads all of an address' records. Where none points anywhere, it is to be id.
func (s *Store) known(ctx context.Context, records []record, id string) (carried, error) {
	var all carried
	for _, record := range records {
		fields, err := s.redis.HMGet(ctx, record.key, "conversation", "suppressed", "lockout").Result()
		if err != nil {
			return carried{}, fmt.Errorf("read an address record: %w", err)
		}
		if c, ok := fields[0].(string); ok && all.owner == "" {
			all.owner = c
		}
		if fields[1] == "1" {
			all.suppressed = "1"
		}
		field, _ := fields[2].(string)
		l, err := lockoutOf(field)
		if err != nil {
			return carried{}, err
		}
		all.lockout = all.lockout.Noted(l, time.Time{}) // one address' records: the later reset counts, and no time has passed
	}
	all.owner = cmp.Or(all.owner, id)
	return all, nil
}

// carry writes what was found under other lookup keys under one of them, and learns where that record points.
func (s *Store) carry(ctx context.Context, to record, c *carried) error {
	r, err := s.keep(ctx, aliasScript, []string{to.key}, c.owner, c.suppressed)
	if err != nil {
		return err
	}
	c.owner = r.text(0)
	if c.lockout.IsZero() {
		return nil
	}
	return s.noteLockout(ctx, to, c.lockout)
}

// Suppress writes or lifts the suppression of addresses, in their own records: it outlives conversation, archive and
// erasure, and the gate asks it before every send. Done twice it is done once.
func (s *Store) Suppress(ctx context.Context, addresses []message.Address, stopped bool) error {
	for _, a := range addresses {
		for _, record := range s.keys.records(a) {
			err := s.put(ctx, record.key, func(c redis.Cmdable) redis.Cmder {
				if stopped {
					return c.HSet(ctx, record.key, "suppressed", "1")
				}
				return c.HDel(ctx, record.key, "suppressed")
			})
			if err != nil {
				return fmt.Errorf("write the suppression of %d addresses: %w", len(addresses), err)
			}
		}
	}
	return nil
}

// Suppressed reads an address' suppression.
func (s *Store) Suppressed(ctx context.Context, a message.Address) (bool, error) {
	for _, record := range s.keys.records(a) {
		stopped, err := s.redis.HGet(ctx, record.key, "suppressed").Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return false, fmt.Errorf("read a suppression: %w", err)
		}
		if stopped == "1" {
			return true, nil
		}
	}
	return false, nil
}
