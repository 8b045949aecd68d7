package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The names of durability (CORE.md, section 8).
const (
	Durable    = "durable"     // AOF, fsync always, one server: what was acknowledged survives any crash
	Replicated = "replicated"  // the replicas have what was acknowledged: it survives the loss of a server
	BestEffort = "best-effort" // what the server does; the banner says what may be lost
	Asserted   = "asserted"    // durable, says the operator, where the server refuses to tell
)

// Options is what Open needs.
type Options struct {
	URL    string                // redis://, rediss:// or unix://; ?addr=... for a Cluster's other nodes, ?master_name=... for Sentinel
	Login  Login                 // instead of the URL's
	Guards Login                 // the Sentinels'; none: they ask for none
	CA     string                // PEM: who has signed the servers' certificates, instead of those that this machine trusts
	Client redis.UniversalClient // instead of URL; made with NewClient's settings, closed by its maker
	Keyset *Keyset

	Durability string               // Durable where empty
	Replicas   int                  // how many confirm what is Replicated: as many as a server has; one where zero
	InProcess  bool                 // the server is inside this process and lasts no longer: nothing is checked
	Offset     func() time.Duration // a demo's clock, added to Redis's; nil in production
	Warn       func(message string) // told of documents that grow too large; names the conversation's ID, nothing personal
}

// Login is a user of Redis's and its password. The default user has no name.
type Login struct{ User, Password string }

// Open connects and checks that this Redis keeps its promises: that it answers, is new enough, never evicts, is as
// durable as the options say, holds this keyset's data and has 256 partitions. Its errors say what to set.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Keyset == nil {
		return nil, fmt.Errorf("open store: %w: none given; make one with `settle keys new`", ErrKeyset)
	}
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// connect makes a store that has checked nothing.
func connect(o Options) (*Store, error) {
	s := &Store{redis: o.Client, keys: o.Keyset, options: o}
	if s.redis == nil {
		client, err := newClient(o)
		if err != nil {
			return nil, err
		}
		s.redis, s.owned = client, true
	}
	s.replicated = o.Durability == Replicated && !o.InProcess
	if s.replicated || mayFailOver(s.redis) {
		s.lands = masterOf(s.redis)
	}
	return s, nil
}

func (s *Store) check(ctx context.Context) error {
	if err := s.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w%s", err, trust(err))
	}
	if s.options.InProcess {
		s.banner = "in-process store: everything is lost when this process ends"
	} else if err := s.checkServers(ctx); err != nil {
		return err
	}
	if err := s.checkLayout(ctx); err != nil {
		return err
	}
	return s.checkKeyset(ctx)
}

// layout names the form of the keys that doc.go describes. 1, before there was a release, kept a conversation as a hash.
var layout = strconv.Itoa(Partitions) + " partitions, layout 2"

func (s *Store) checkLayout(ctx context.Context) error {
	note := func(c redis.Cmdable) redis.Cmder { return c.SetNX(ctx, layoutKey, layout, 0) }
	if err := s.put(ctx, layoutKey, note); err != nil {
		return fmt.Errorf("write %s: %w", layoutKey, err)
	}
	n, err := s.redis.Get(ctx, layoutKey).Result()
	if err != nil {
		return fmt.Errorf("read %s: %w", layoutKey, err)
	}
	if n != layout {
		return fmt.Errorf("this Redis is laid out as %q, this release does it as %q: use the release that made it, or another Redis", n, layout)
	}
	return nil
}

// checkKeyset reads a value that only this keyset can have written. Without it a wrong keyset would show as customers
// that nobody has ever heard of.
func (s *Store) checkKeyset(ctx context.Context) error {
	want := s.keys.hidden("keyset", "check")
	sealed, err := s.keys.sealed([]byte(want), keysetKey, "")
	if err != nil {
		return err
	}
	note := func(c redis.Cmdable) redis.Cmder { return c.SetNX(ctx, keysetKey, sealed, 0) }
	if err := s.put(ctx, keysetKey, note); err != nil {
		return fmt.Errorf("write %s: %w", keysetKey, err)
	}
	stored, err := s.redis.Get(ctx, keysetKey).Bytes()
	if err != nil {
		return fmt.Errorf("read %s: %w", keysetKey, err)
	}
	if err := s.wrote(stored); err != nil {
		return err
	}
	// Written again under the primary key, so that it opens after the old one is dropped.
	note = func(c redis.Cmdable) redis.Cmder { return c.Set(ctx, keysetKey, sealed, 0) }
	if err := s.put(ctx, keysetKey, note); err != nil {
		return fmt.Errorf("write %s: %w", keysetKey, err)
	}
	return nil
}

// wrote says whether our keyset has written the value at keysetKey.
func (s *Store) wrote(stored []byte) error {
	got, err := s.keys.opened(stored, keysetKey, "")
	if err != nil || string(got) != s.keys.hidden("keyset", "check") {
		return fmt.Errorf("%w: this Redis was written with another one: give the one that made it, or use an empty Redis", ErrKeyset)
	}
	return nil
}
