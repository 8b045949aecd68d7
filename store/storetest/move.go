package storetest

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Move is a Cluster's slot on its way from one master to another, as `redis-cli --cluster reshard` moves one. Between Begin
// and End the first one answers for the keys that it still has, and says ASK for the others.
type Move struct {
	From, To *Server

	t        testing.TB
	c        *Cluster
	slot     int64
	from, to string // the Cluster's own names
}

// Begin lets the slot of a key begin to move to another master. No key has moved yet.
func (c *Cluster) Begin(key string) *Move {
	c.t.Helper()
	m := &Move{t: c.t, c: c}
	m.From, _ = c.Holds(key)
	for _, s := range c.nodes[:3] {
		if s != m.From {
			m.To = s
		}
	}
	m.from, m.to = c.name(m.From), c.name(m.To)
	m.From.Ask(c.t, func(ctx context.Context, r *redis.Client) {
		var err error
		m.slot, err = r.ClusterKeySlot(ctx, key).Result()
		c.must(err)
	})
	m.set(m.To, "IMPORTING", m.from)
	m.set(m.From, "MIGRATING", m.to)
	return m
}

func (m *Move) set(at *Server, state, of string) {
	m.t.Helper()
	at.Ask(m.t, func(ctx context.Context, r *redis.Client) {
		m.c.must(r.Do(ctx, "CLUSTER", "SETSLOT", m.slot, state, of).Err())
	})
}

// Keys are those of the slot that haven't moved.
func (m *Move) Keys() (keys []string) {
	m.t.Helper()
	m.From.Ask(m.t, func(ctx context.Context, r *redis.Client) {
		var err error
		keys, err = r.ClusterGetKeysInSlot(ctx, int(m.slot), 1000).Result()
		m.c.must(err)
	})
	return keys
}

// Key moves one key.
func (m *Move) Key(key string) {
	m.t.Helper()
	m.From.Ask(m.t, func(ctx context.Context, r *redis.Client) {
		m.c.must(r.Do(ctx, "MIGRATE", "127.0.0.1", portOf(m.To.addr), key, 0, patience.Milliseconds()).Err())
	})
}

// End gives the slot to the other master. All keys must have moved.
func (m *Move) End() {
	m.t.Helper()
	m.set(m.To, "NODE", m.to)
	for _, s := range m.c.nodes[:3] {
		if s != m.To {
			m.set(s, "NODE", m.to)
		}
	}
}
