package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Cluster is three masters and a replica of each, that take over within a second or two.
type Cluster struct {
	t     testing.TB
	way   string // of its URL
	nodes []*Server
	ids   map[string]*Server // by the Cluster's own names
}

// NewCluster starts one, and returns once it takes writes and every replica has what its master has.
func NewCluster(t testing.TB, args ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, way: "redis"}
	c.start((*Server).listen, args...)
	return c
}

// NewEncryptedCluster starts one that takes encrypted connections alone, and returns its CA, as PEM.
func NewEncryptedCluster(t testing.TB, args ...string) (c *Cluster, ca string) {
	t.Helper()
	shown := newCertificate(t)
	c = &Cluster{t: t, way: "rediss"}
	c.start(func(s *Server, port string, args ...string) { s.listenEncrypted(port, shown, args...) }, append([]string{"--tls-cluster", "yes"}, args...)...)
	return c, shown.ca
}

func (c *Cluster) start(listen func(s *Server, port string, args ...string), args ...string) {
	t := c.t
	t.Helper()
	c.ids = make(map[string]*Server)
	ports := freePorts(t, 12)
	for i := range 6 {
		s := prepared(t, nil)
		listen(s, ports[2*i], append([]string{"--cluster-enabled", "yes", "--cluster-port", ports[2*i+1], "--cluster-node-timeout", "1000",
			"--cluster-replica-validity-factor", "0"}, args...)...)
		s.Start()
		c.nodes = append(c.nodes, s)
	}
	for i, s := range c.nodes {
		s.Ask(t, func(ctx context.Context, r *redis.Client) {
			id, err := r.Do(ctx, "CLUSTER", "MYID").Text()
			if err != nil {
				t.Fatalf("name of a Cluster's node: %v", err)
			}
			c.ids[id] = s
			if i < 3 {
				c.must(r.ClusterAddSlotsRange(ctx, 16384*i/3, 16384*(i+1)/3-1).Err())
			}
			// Nodes that come together with the same epoch sort that out one by one, in seconds.
			c.must(r.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
			if i > 0 {
				c.must(r.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", portOf(c.nodes[0].addr), ports[1]).Err())
			}
		})
	}
	for i, s := range c.nodes {
		s.Await(t, "the Cluster's nodes to know each other", func(ctx context.Context, r *redis.Client) bool {
			known, err := r.ClusterNodes(ctx).Result()
			return err == nil && strings.Count(known, " connected") == 6 && !strings.Contains(known, "handshake")
		})
		if i >= 3 {
			s.Ask(t, func(ctx context.Context, r *redis.Client) {
				c.must(r.ClusterReplicate(ctx, c.name(c.nodes[i-3])).Err())
			})
		}
	}
	for _, s := range c.nodes {
		s.Await(t, "the Cluster to be whole", func(ctx context.Context, r *redis.Client) bool {
			state, err := r.ClusterInfo(ctx).Result()
			known, again := r.ClusterNodes(ctx).Result()
			return err == nil && again == nil && strings.Contains(state, "cluster_state:ok") && strings.Count(known, " slave ")+strings.Count(known, "myself,slave ") == 3
		})
	}
	for _, s := range c.nodes[:3] {
		s.hasReplicas(t, 1)
	}
}

// Replicas is how many must confirm.
func (c *Cluster) Replicas() int { return 1 }

// URL names three of its nodes.
func (c *Cluster) URL() string {
	return c.way + "://" + c.nodes[0].addr + "?addr=" + c.nodes[1].addr + "&addr=" + c.nodes[5].addr
}

// Nodes are its servers, first those that began as masters, then their replicas in the same order.
func (c *Cluster) Nodes() []*Server { return c.nodes }

// Holds is the master that has a key, and its replicas.
func (c *Cluster) Holds(key string) (master *Server, replicas []*Server) {
	c.t.Helper()
	of := make(map[string][]*Server)
	c.living().Ask(c.t, func(ctx context.Context, r *redis.Client) {
		slot, err := r.ClusterKeySlot(ctx, key).Result()
		c.must(err)
		nodes, err := r.ClusterNodes(ctx).Result()
		c.must(err)
		for line := range strings.Lines(nodes) {
			f := strings.Fields(line) // ID, address, flags, its master, four more, its slots
			if len(f) < 8 {
				continue
			}
			if !strings.Contains(f[2], "fail") {
				of[f[3]] = append(of[f[3]], c.ids[f[0]])
			}
			for _, slots := range f[8:] { // a server that is down has them until another takes over
				var from, to int64
				if n, _ := fmt.Sscanf(slots, "%d-%d", &from, &to); n == 2 && from <= slot && slot <= to {
					master = c.ids[f[0]]
				}
			}
		}
	})
	if master == nil {
		c.t.Fatalf("no server of the Cluster has the slot of %s", key)
	}
	return master, of[c.name(master)]
}

// Failover kills the master that has a key, waits until another one has it and takes writes, and brings the killed one back
// as its replica.
func (c *Cluster) Failover(key string) {
	c.t.Helper()
	old, _ := c.Holds(key)
	old.Kill()
	now := c.TakenOver(key, old)
	old.Start()
	now.hasReplicas(c.t, 1)
}

// Ready returns once the Cluster takes writes, and each of its living servers is a master with a replica that has all, or such
// a replica.
func (c *Cluster) Ready() {
	c.living().whole(c.t)
	for _, s := range c.nodes {
		if s.process == nil {
			continue
		}
		s.Await(c.t, "its server to have a replica, or to be one", func(ctx context.Context, r *redis.Client) bool {
			info, err := r.Info(ctx, "replication").Result()
			return err == nil && (strings.Contains(info, "state=online") || strings.Contains(info, "master_link_status:up"))
		})
	}
}

func (s *Server) whole(t testing.TB) {
	t.Helper()
	s.Await(t, "the Cluster to be whole again", func(ctx context.Context, r *redis.Client) bool {
		state, err := r.ClusterInfo(ctx).Result()
		return err == nil && strings.Contains(state, "cluster_state:ok")
	})
}

// TakenOver waits until another server than this one has a key and takes writes, and returns it.
func (c *Cluster) TakenOver(key string, from *Server) (now *Server) {
	c.t.Helper()
	c.living().Await(c.t, "a replica to take over", func(context.Context, *redis.Client) bool {
		now, _ = c.Holds(key)
		return now != from
	})
	now.whole(c.t)
	return now
}

func (c *Cluster) living() *Server {
	for _, s := range c.nodes {
		if s.process != nil {
			return s
		}
	}
	c.t.Fatal("no server of the Cluster lives")
	return nil
}

func (c *Cluster) name(of *Server) string {
	for id, s := range c.ids {
		if s == of {
			return id
		}
	}
	return ""
}

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("make a Cluster: %v", err)
	}
}
