package store_test

import (
	"strings"
	"testing"
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
