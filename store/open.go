package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The names of durability (CORE.md, section 8).
const (
	Durable    = "durable"     // AOF, fsync always, one server: what was acknowledged survives any crash
	BestEffort = "best-effort" // what the server does; the banner says what may be lost
	Asserted   = "asserted"    // durable, says the operator, where the server refuses to tell
)

// Options is what Open needs.
type Options struct {
	URL    string                // redis://, rediss:// or unix://; ?addr=... for a Cluster's other nodes, ?master_name=... for Sentinel
	Client redis.UniversalClient // instead of URL; made with NewClient's settings, closed by its maker
	Keyset *Keyset

	Durability string               // Durable where empty
	InProcess  bool                 // the server is inside this process and lasts no longer: nothing is checked
	Offset     func() time.Duration // a demo's clock, added to Redis's; nil in production
	Warn       func(message string) // told of documents that grow too large; names the conversation's ID, nothing personal
}

// Open connects and checks that this Redis keeps its promises: that it answers, is new enough, never evicts, is as
// durable as the options say, holds this keyset's data and has 256 partitions. Its errors say what to set.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Keyset == nil {
		return nil, fmt.Errorf("open store: %w: none given; make one with `settle keys new`", ErrKeyset)
	}
	s := &Store{redis: o.Client, keys: o.Keyset, options: o}
	if s.redis == nil {
		client, err := NewClient(o.URL)
		if err != nil {
			return nil, err
		}
		s.redis, s.owned = client, true
	}
	if err := s.check(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func (s *Store) check(ctx context.Context) error {
	if err := s.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	if s.options.InProcess {
		s.banner = "in-process store: everything is lost when this process ends"
	} else if err := s.checkServer(ctx); err != nil {
		return err
	}
	if err := s.checkPartitions(ctx); err != nil {
		return err
	}
	return s.checkKeyset(ctx)
}

func (s *Store) checkPartitions(ctx context.Context) error {
	if err := s.redis.SetNX(ctx, partitionsKey, Partitions, 0).Err(); err != nil {
		return fmt.Errorf("write %s: %w", partitionsKey, err)
	}
	n, err := s.redis.Get(ctx, partitionsKey).Result()
	if err != nil {
		return fmt.Errorf("read %s: %w", partitionsKey, err)
	}
	if n != strconv.Itoa(Partitions) {
		return fmt.Errorf("this Redis was laid out with %q partitions, this release has %d: use the release that made it, or another Redis", n, Partitions)
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
	if err := s.redis.SetNX(ctx, keysetKey, sealed, 0).Err(); err != nil {
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
	if err := s.redis.Set(ctx, keysetKey, sealed, 0).Err(); err != nil {
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

func (s *Store) checkServer(ctx context.Context) error {
	info, err := s.info(ctx)
	if err != nil {
		return err
	}
	return errors.Join(checkVersion(info), checkEviction(info), s.checkDurability(ctx, info))
}

// info is what Redis says of itself.
func (s *Store) info(ctx context.Context) (map[string]string, error) {
	raw, err := s.redis.Info(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("ask Redis for INFO: %w: its user needs +info", err)
	}
	return infoFields(raw), nil
}

func checkVersion(info map[string]string) error {
	if major, _, _ := strings.Cut(info["redis_version"], "."); len(major) == 1 && major < "7" {
		return fmt.Errorf("this Redis, %s, is too old: 7.0 or Valkey 7.2 at least", info["redis_version"])
	}
	return nil
}

func checkEviction(info map[string]string) error {
	if policy := info["maxmemory_policy"]; policy != "noeviction" {
		return fmt.Errorf("this Redis has maxmemory-policy %q and would drop customers when full: set `maxmemory-policy noeviction`", policy)
	}
	return nil
}

func (s *Store) checkDurability(ctx context.Context, info map[string]string) error {
	switch s.options.Durability {
	case "", Durable:
		return s.checkDurable(ctx, info)
	case Asserted:
		s.banner = "durability asserted: Redis was not asked whether it runs with appendonly yes and appendfsync always"
		return nil
	case BestEffort:
		s.banner = "best-effort durability: " + s.mayLose(ctx, info)
		return nil
	}
	return fmt.Errorf("durability %q: one of %s, %s, %s", s.options.Durability, Durable, BestEffort, Asserted)
}

func (s *Store) checkDurable(ctx context.Context, info map[string]string) error {
	if failover := canFailOver(info, s.redis); failover != "" {
		return fmt.Errorf("durability durable with %s: a failover may lose what was acknowledged; use one server, or set `durability: best-effort`", failover)
	}
	for _, want := range []struct{ key, value string }{{"appendonly", "yes"}, {"appendfsync", "always"}, {"no-appendfsync-on-rewrite", "no"}} {
		got, err := s.redis.ConfigGet(ctx, want.key).Result()
		if err != nil {
			var answer redis.Error
			if errors.As(err, &answer) {
				return fmt.Errorf("durability durable: Redis refuses CONFIG GET: allow it (+config|get), or set `durability: asserted` once you know that it runs with appendonly yes and appendfsync always")
			}
			return fmt.Errorf("ask Redis for %s: %w", want.key, err)
		}
		if got[want.key] != want.value {
			return fmt.Errorf("durability durable: Redis has %s %s: set `%s %s`, or `durability: best-effort`", want.key, got[want.key], want.key, want.value)
		}
	}
	return nil
}

func (s *Store) mayLose(ctx context.Context, info map[string]string) string {
	var risks []string
	if failover := canFailOver(info, s.redis); failover != "" {
		risks = append(risks, "a failover ("+failover+") may lose the last acknowledged events")
	}
	config, err := s.redis.ConfigGet(ctx, "append*").Result()
	switch {
	case err != nil:
		risks = append(risks, "Redis doesn't say how it writes to disk")
	case config["appendonly"] != "yes":
		risks = append(risks, "everything since the last snapshot is lost when Redis ends (appendonly no)")
	case config["appendfsync"] != "always":
		risks = append(risks, "about a second is lost when the machine stops (appendfsync "+config["appendfsync"]+")")
	}
	if len(risks) == 0 {
		return "this server could run as durable"
	}
	return strings.Join(risks, "; ")
}

// canFailOver says by what another server may take over, empty where none can.
func canFailOver(info map[string]string, client redis.UniversalClient) string {
	_, cluster := client.(*redis.ClusterClient)
	switch {
	case cluster || info["redis_mode"] == "cluster":
		return "a Cluster"
	case info["redis_mode"] == "sentinel":
		return "Sentinel"
	case info["role"] == "slave":
		return "a replica as the server"
	case info["connected_slaves"] != "" && info["connected_slaves"] != "0":
		return info["connected_slaves"] + " replicas"
	}
	return ""
}

func infoFields(raw string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(raw) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[key] = value
		}
	}
	return fields
}
