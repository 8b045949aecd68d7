package store_test

import (
	"strings"
	"testing"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Redis that is full answers a ping and keeps nothing.
func TestProbe(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	client, err := store.NewClient(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := server.Open(t, store.Options{Client: client, Keyset: storetest.Keyset(t)})
	for _, tc := range []struct{ maxmemory, says string }{{"0", ""}, {"1", "OOM"}, {"0", ""}} {
		if err := client.ConfigSet(t.Context(), "maxmemory", tc.maxmemory).Err(); err != nil {
			t.Fatal(err)
		}
		err := s.Probe(t.Context())
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("Probe with maxmemory %s = %v, want %q", tc.maxmemory, err, tc.says)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping with maxmemory %s = %v: the probe proves nothing that it doesn't", tc.maxmemory, err)
		}
	}
	if ttl := client.PTTL(t.Context(), "settle:probe").Val(); ttl <= 0 {
		t.Errorf("the probe's key has TTL %s, want one", ttl)
	}
}
