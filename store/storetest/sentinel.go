package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Sentinel is a master, two replicas, and three Sentinels that let one of them take over within a second or two.
type Sentinel struct {
	t       testing.TB
	way     string    // of its URL
	servers []*Server // the first began as the master
	guards  []*Server
}

// MasterName is what the Sentinels call the master.
const MasterName = "settle"

// NewSentinel starts them, and returns once the Sentinels know the replicas and one another.
func NewSentinel(t testing.TB) *Sentinel {
	t.Helper()
	s := &Sentinel{t: t, way: "redis"}
	master := OnPort(t)
	s.servers = []*Server{master, master.Replica(t), master.Replica(t)}
	s.watch("port PORT")
	return s
}

// NewEncryptedSentinel starts those that take encrypted connections alone, and returns their CA, as PEM. args are further
// arguments of the servers, guards further lines of the Sentinels' configuration.
func NewEncryptedSentinel(t testing.TB, args []string, guards ...string) (s *Sentinel, ca string) {
	t.Helper()
	shown := newCertificate(t)
	s = &Sentinel{t: t, way: "rediss"}
	for _, port := range freePorts(t, 3) {
		of := args
		if len(s.servers) > 0 {
			of = append([]string{"--replicaof", "127.0.0.1 " + portOf(s.servers[0].addr)}, args...)
		}
		one := prepared(t, nil)
		one.listenEncrypted(port, shown, of...)
		one.Start()
		s.servers = append(s.servers, one)
	}
	lines := []string{"port 0", "tls-port PORT", "tls-replication yes"}
	for i := 0; i < len(shown.files); i += 2 {
		lines = append(lines, strings.TrimPrefix(shown.files[i], "--")+" "+shown.files[i+1])
	}
	s.watch(append(lines, guards...)...)
	return s, shown.ca
}

// watch starts the Sentinels with further lines of configuration.
func (s *Sentinel) watch(lines ...string) {
	t := s.t
	t.Helper()
	for _, port := range freePorts(t, 3) {
		g := prepared(t, nil)
		file := filepath.Join(g.dir, "sentinel.conf")
		settings := fmt.Sprintf("bind 127.0.0.1\nunixsocket %s\nunixsocketperm 700\ndir %s\nsentinel monitor %s 127.0.0.1 %s 2\n"+
			"sentinel down-after-milliseconds %s 500\nsentinel failover-timeout %s 2000\nsentinel parallel-syncs %s 2\n",
			filepath.Join(g.dir, "s"), g.dir, MasterName, portOf(s.servers[0].addr), MasterName, MasterName, MasterName)
		settings += strings.ReplaceAll(strings.Join(lines, "\n"), "PORT", port) + "\n"
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			t.Fatalf("write a Sentinel's configuration: %v", err)
		}
		g.addr, g.args, g.says = "127.0.0.1:"+port, []string{file, "--sentinel"}, "+monitor master"
		g.Start()
		s.guards = append(s.guards, g)
	}
	s.Ready()
}

// Ready returns once every Sentinel sees a master with two replicas, and the others, and both replicas have what it has. To
// kill another one before that is a second loss: then there is a replica that may take over and has too little.
func (s *Sentinel) Ready() {
	s.t.Helper()
	for _, g := range s.guards {
		g.Await(s.t, "the Sentinels to see everybody", func(ctx context.Context, r *redis.Client) bool {
			if r.Do(ctx, "SENTINEL", "CKQUORUM", MasterName).Err() != nil {
				return false
			}
			is := redis.NewMapStringStringCmd(ctx, "SENTINEL", "MASTER", MasterName)
			_ = r.Process(ctx, is)
			return is.Val()["num-slaves"] == "2" && is.Val()["num-other-sentinels"] == "2" && is.Val()["flags"] == "master"
		})
	}
	master, _ := s.Holds("")
	master.hasReplicas(s.t, 2)
}

// Replicas is how many must confirm.
func (s *Sentinel) Replicas() int { return 2 }

// URL names the Sentinels.
func (s *Sentinel) URL() string {
	return s.way + "://" + s.guards[0].addr + "?addr=" + s.guards[1].addr + "&addr=" + s.guards[2].addr + "&master_name=" + MasterName
}

// Holds is the master, as the Sentinels say, and the other two. The key is any.
func (s *Sentinel) Holds(string) (master *Server, replicas []*Server) {
	s.t.Helper()
	s.guards[0].Ask(s.t, func(ctx context.Context, r *redis.Client) {
		addr, err := r.Do(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MasterName).StringSlice()
		if err != nil || len(addr) != 2 {
			s.t.Fatalf("ask a Sentinel for the master: %v, %v", addr, err)
		}
		for _, one := range s.servers {
			if portOf(one.addr) == addr[1] {
				master = one
			} else {
				replicas = append(replicas, one)
			}
		}
	})
	return master, replicas
}

// Failover kills the master, waits until another one has taken over and has a replica, and brings the killed one back as
// another one of its. (Left to the Sentinels it would be a master with old data for eight seconds.)
// Before the next one call Ready.
func (s *Sentinel) Failover(string) {
	s.t.Helper()
	old, _ := s.Holds("")
	old.Kill()
	s.guards[0].Await(s.t, "another server to take over", func(context.Context, *redis.Client) bool {
		now, _ := s.Holds("")
		return now != old
	})
	now, _ := s.Holds("")
	now.hasReplicas(s.t, 1)
	old.args = append(old.args, "--replicaof", "127.0.0.1 "+portOf(now.addr))
	old.Start()
}
