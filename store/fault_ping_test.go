package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Redis that is full answers PING, and refuses every write: it isn't ready.
func TestPingAsksWhetherWritesAreTaken(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	for limit, want := range map[string]string{"1": "OOM", "0": ""} {
		if err := b.raw.ConfigSet(t.Context(), "maxmemory", limit).Err(); err != nil {
			t.Fatal(err)
		}
		if err := b.raw.Ping(t.Context()).Err(); err != nil {
			t.Errorf("PING with maxmemory %s: %v", limit, err)
		}
		if err := b.a.Ping(t.Context()); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Ping with maxmemory %s = %v, want %q", limit, err, want)
		}
	}
}

// A Cluster isn't ready where one of its masters refuses writes, and that one is named: a third of all conversations is there.
func TestPingAsksEveryMaster(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t, "--cluster-require-full-coverage", "no")
	s, err := store.Open(t.Context(), store.Options{URL: cluster.URL(), Keyset: storetest.Keyset(t), Durability: store.BestEffort})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	masters := cluster.Nodes()[:3]
	ping := func(refuses *storetest.Server, why string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.Ping(ctx)
		for _, m := range masters {
			want := m == refuses
			if got := err != nil && strings.Contains(err.Error(), m.Addr()); got != want {
				t.Errorf("Ping = %v; names %s: %v, want %v", err, m.Addr(), got, want)
			}
		}
		if refuses == nil && err != nil || refuses != nil && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("Ping = %v, want %q", err, why)
		}
	}
	ping(nil, "")
	for _, m := range masters {
		m.Set(t, "maxmemory", "1")
		ping(m, "OOM")
		m.Set(t, "maxmemory", "0")
	}
	ping(nil, "")
	for _, replica := range cluster.Nodes()[4:] {
		replica.Kill() // nobody takes over
	}
	ping(nil, "")
	masters[1].Pause()
	ping(masters[1], "")
	masters[1].Resume()
	serves := func() {
		t.Helper()
		masters[0].Await(t, "all masters to serve", func(context.Context, *redis.Client) bool { return s.Ping(t.Context()) == nil })
	}
	serves()
	masters[2].Kill()
	ping(masters[2], "connect")
	masters[2].Start()
	serves()
}
