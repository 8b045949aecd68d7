package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Durabilities are the names that Options.Durability may have.
func Durabilities() []string { return []string{Durable, Replicated, BestEffort, Asserted} }

// checkDurability refuses what isn't true, and leaves what may be lost in the banner.
func (s *Store) checkDurability(ctx context.Context, servers []server) error {
	switch s.options.Durability {
	case "", Durable:
		return s.checkDurable(ctx, servers)
	case Replicated:
		return s.checkReplicated(servers)
	case Asserted:
		s.banner = "durability asserted: Redis was not asked whether it runs with appendonly yes and appendfsync always"
		if failover := canFailOver(servers, s.redis); failover != "" {
			s.banner += "; a failover (" + failover + ") may lose the last acknowledged events"
		}
		return nil
	case BestEffort:
		s.banner = "best-effort durability: " + s.mayLose(ctx, servers)
		return nil
	}
	return fmt.Errorf("durability %q: one of %s", s.options.Durability, strings.Join(Durabilities(), ", "))
}

func (s *Store) checkDurable(ctx context.Context, servers []server) error {
	if failover := canFailOver(servers, s.redis); failover != "" {
		return fmt.Errorf("durability durable with %s: a failover may lose what was acknowledged; use one server, or set `durability: replicated`, or `best-effort` where that may be", failover)
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

// confirming is how many replicas must have a write before it is answered.
func (s *Store) confirming() int { return max(s.options.Replicas, 1) }

// checkReplicated wants a replica behind every server now, and every one of them to be waited for. Later a missing one shows
// as ErrNotReplicated, and nothing is acknowledged.
//
// All, not one of several: while Sentinels let one take over, the old server may live on with the other. That one would
// confirm what the new server never gets.
func (s *Store) checkReplicated(servers []server) error {
	err := each(servers, func(one server) error {
		if one.info["role"] != "master" {
			return errors.New("durability replicated: this is a replica: give the address of its master, or of the Sentinels")
		}
		switch n := one.attached(); {
		case n == 0:
			return errors.New("durability replicated: no replica is attached: attach one (`replicaof`) and wait until it is online, or set another durability")
		case n < s.confirming():
			return fmt.Errorf("durability replicated: %d replicas are online, and %d must confirm: attach more, or set `replicas: %d`", n, s.confirming(), n)
		case n > s.confirming():
			return fmt.Errorf("durability replicated: %d replicas are online, and %d confirm: the other may take over without what was acknowledged; set `replicas: %d`", n, s.confirming(), n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	risks := []string{"what was acknowledged is lost only if a server and its replicas are lost together"}
	for _, one := range servers {
		if one.info["aof_enabled"] != "1" {
			risks = append(risks, one.name+"appendonly is off: a server that restarts before a replica takes over comes back empty, and empties its replicas")
		}
	}
	s.banner = "replicated durability: " + strings.Join(risks, "; ")
	return nil
}

func (s *Store) mayLose(ctx context.Context, servers []server) string {
	var risks []string
	if failover := canFailOver(servers, s.redis); failover != "" {
		risks = append(risks, "a failover ("+failover+") may lose the last acknowledged events")
	}
	for _, one := range servers {
		if risk := written(ctx, one); risk != "" {
			risks = append(risks, one.name+risk)
		}
	}
	if len(risks) == 0 {
		return "this server could run as durable"
	}
	return strings.Join(risks, "; ")
}

// written is what may be lost when a server ends.
func written(ctx context.Context, one server) string {
	config, err := one.client.ConfigGet(ctx, "append*").Result()
	switch {
	case err != nil:
		return "Redis doesn't say how it writes to disk"
	case config["appendonly"] != "yes":
		return "everything since the last snapshot is lost when Redis ends (appendonly no)"
	case config["appendfsync"] != "always":
		return "about a second is lost when the machine stops (appendfsync " + config["appendfsync"] + ")"
	}
	return ""
}

// canFailOver says by what another server may take over, empty where none can.
func canFailOver(servers []server, client redis.UniversalClient) string {
	if bySentinel(client) {
		return "Sentinel"
	}
	if _, cluster := client.(*redis.ClusterClient); cluster {
		return "a Cluster"
	}
	for _, one := range servers {
		switch info := one.info; {
		case info["redis_mode"] == "cluster":
			return "a Cluster"
		case info["redis_mode"] == "sentinel":
			return "Sentinel"
		case info["role"] == "slave":
			return "a replica as the server"
		case info["connected_slaves"] != "" && info["connected_slaves"] != "0":
			return info["connected_slaves"] + " replicas"
		}
	}
	return ""
}
