package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// server is one Redis that holds keys, and what it says of itself.
type server struct {
	name   string // empty where there is only one
	client *redis.Client
	info   map[string]string
}

// servers asks all that together hold all keys. A Cluster's client would ask any one of its nodes.
func (s *Store) servers(ctx context.Context) ([]server, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]server, len(nodes))
	for i, node := range nodes {
		list[i].client = node
		if len(nodes) > 1 {
			list[i].name = "server " + node.Options().Addr + ": "
		}
		raw, err := node.Info(ctx).Result()
		if err != nil {
			return nil, fmt.Errorf("%sask Redis for INFO: %w%s", list[i].name, err, allow(err, "+info"))
		}
		list[i].info = infoFields(raw)
	}
	return list, nil
}

// allow says which permission is missing, where that is what an error means.
func allow(err error, rule string) string {
	if redis.IsPermissionError(err) {
		return ": its user needs " + rule
	}
	return ""
}

func (s *Store) checkServers(ctx context.Context) error {
	servers, err := s.servers(ctx)
	if err != nil {
		return err
	}
	return errors.Join(each(servers, checkVersion), each(servers, checkEviction), s.checkWhole(ctx), s.checkDurability(ctx, servers))
}

// each checks every server.
func each(servers []server, check func(server) error) error {
	var faults []error
	for _, one := range servers {
		if err := check(one); err != nil {
			faults = append(faults, fmt.Errorf("%s%w", one.name, err))
		}
	}
	return errors.Join(faults...)
}

func checkVersion(one server) error {
	if major, _, _ := strings.Cut(one.info["redis_version"], "."); len(major) == 1 && major < "7" {
		return fmt.Errorf("this Redis, %s, is too old: 7.0 or Valkey 7.2 at least", one.info["redis_version"])
	}
	return nil
}

func checkEviction(one server) error {
	if policy := one.info["maxmemory_policy"]; policy != "noeviction" {
		return fmt.Errorf("this Redis has maxmemory-policy %q and would drop customers when full: set `maxmemory-policy noeviction`", policy)
	}
	return nil
}

// checkWhole asks a Cluster whether some server has each of its slots.
func (s *Store) checkWhole(ctx context.Context) error {
	cluster, ok := s.redis.(*redis.ClusterClient)
	if !ok {
		return nil
	}
	raw, err := cluster.ClusterInfo(ctx).Result()
	if err != nil {
		return fmt.Errorf("ask Redis for CLUSTER INFO: %w%s", err, allow(err, "+cluster|info"))
	}
	if state := infoFields(raw)["cluster_state"]; state != "ok" {
		return fmt.Errorf("the Cluster's state is %q: give every slot a server, and wait until `redis-cli cluster info` says ok", state)
	}
	return nil
}

// mayFailOver says whether a client follows when another server takes over.
func mayFailOver(client redis.UniversalClient) bool {
	_, cluster := client.(*redis.ClusterClient)
	return cluster || bySentinel(client)
}

// bySentinel says whether a client asks Sentinels where its server is. Such a one has no address of its own, and says so.
func bySentinel(client redis.UniversalClient) bool {
	one, ok := client.(*redis.Client)
	return ok && one.Options().Addr == "FailoverClient"
}

// attached counts the replicas that receive what this server writes.
func (one server) attached() (n int) {
	for i := 0; ; i++ {
		replica, ok := one.info["slave"+strconv.Itoa(i)]
		if !ok {
			return n
		}
		if strings.Contains(replica, "state=online") {
			n++
		}
	}
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
