package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// OnPort starts a server on a port of loopback's, for others to be replicas of it. It writes to disk in the background:
// what these servers promise is that another one has it.
func OnPort(t testing.TB, args ...string) *Server {
	t.Helper()
	s := prepared(t, nil)
	s.listen(freePorts(t, 1)[0], args...)
	s.Start()
	return s
}

// listen gives a server a port. Until it is started another process may take it: Start then says so.
func (s *Server) listen(port string, args ...string) {
	s.addr = net.JoinHostPort("127.0.0.1", port)
	s.args = append(s.args, "--port", port, "--bind", "127.0.0.1", "--appendfsync", "everysec", "--repl-diskless-sync", "yes",
		"--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb", "--repl-ping-replica-period", "1")
	s.args = append(s.args, args...)
}

// Addr is its HOST:PORT, of those that have one.
func (s *Server) Addr() string { return s.addr }

// Replica starts a replica of a server with a port, and returns once it has what that one has.
func (s *Server) Replica(t testing.TB, args ...string) *Server {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.addr)
	r := OnPort(t, append([]string{"--replicaof", host + " " + port}, args...)...)
	s.Await(t, "a replica", func(ctx context.Context, c *redis.Client) bool {
		info, err := c.Info(ctx, "replication").Result()
		return err == nil && strings.Contains(info, "port="+portOf(r.addr)+",state=online")
	})
	return r
}

// hasReplicas waits until so many replicas have what this master has.
func (s *Server) hasReplicas(t testing.TB, n int) {
	t.Helper()
	s.Await(t, "replicas that have all", func(ctx context.Context, c *redis.Client) bool {
		info, err := c.Info(ctx, "replication").Result()
		return err == nil && strings.Contains(info, "role:master") && strings.Count(info, "state=online") >= n
	})
}

// Ask runs something on a server, over its socket.
func (s *Server) Ask(t testing.TB, ask func(context.Context, *redis.Client)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := redis.NewClient(&redis.Options{Network: "unix", Addr: strings.TrimPrefix(s.URL(), "unix://"), MaxRetries: -1})
	defer func() { _ = c.Close() }()
	ask(ctx, c)
}

// Set changes one of a server's settings.
func (s *Server) Set(t testing.TB, key, value string) {
	t.Helper()
	s.Ask(t, func(ctx context.Context, c *redis.Client) {
		if err := c.ConfigSet(ctx, key, value).Err(); err != nil {
			t.Fatalf("set %s: %v", key, err)
		}
	})
}

// Await asks a server again and again until it says what is wanted.
func (s *Server) Await(t testing.TB, what string, is func(context.Context, *redis.Client) bool) {
	t.Helper()
	s.Ask(t, func(ctx context.Context, c *redis.Client) {
		for tick := time.Tick(10 * time.Millisecond); !is(ctx, c); {
			select {
			case <-ctx.Done():
				t.Fatalf("waited %s for %s", patience, what)
			case <-tick:
			}
		}
	})
}

// patience is how long anything here may take.
const patience = 30 * time.Second

// freePorts finds ports that nobody listens on, below those that the system gives to outgoing connections: a server that
// starts a moment later, or again after it was killed, would find its own taken. Nor is one given to two tests of a process.
func freePorts(t testing.TB, n int) (ports []string) {
	t.Helper()
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.N(20000)))
		if err != nil && tries > 10*n {
			t.Fatalf("find a free port: %v", err)
		}
		if err != nil {
			continue
		}
		port := portOf(l.Addr().String())
		_ = l.Close()
		if _, given := givenPorts.LoadOrStore(port, true); !given {
			ports = append(ports, port)
		}
	}
	return ports
}

var givenPorts sync.Map // the ports that freePorts has given

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}
