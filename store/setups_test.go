package store_test

import (
	"strings"
	"testing"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// Which promise is taken from which set-up, and in which words it is refused, or limited.
func TestEveryDurabilityOnEverySetUp(t *testing.T) {
	t.Parallel()
	const yes = ""
	for name, tc := range map[string]struct {
		start   func(t *testing.T) string
		refused map[string]string // by durability: in the error
		banner  map[string]string // by durability: in the banner
	}{
		"one server": {
			func(t *testing.T) string { return storetest.Redis(t).URL() },
			map[string]string{store.Durable: yes, store.Replicated: "no replica is attached", store.BestEffort: yes, store.Asserted: yes},
			map[string]string{store.Durable: "", store.BestEffort: "could run as durable", store.Asserted: "was not asked"},
		},
		"one with a replica": {
			func(t *testing.T) string {
				server := storetest.OnPort(t)
				server.Replica(t)
				return "redis://" + server.Addr()
			},
			map[string]string{store.Durable: "with 1 replicas", store.Replicated: yes, store.BestEffort: yes, store.Asserted: yes},
			map[string]string{store.Replicated: "its replicas are lost together", store.BestEffort: "a failover (1 replicas) may lose", store.Asserted: "a failover"},
		},
		"a replica": {
			func(t *testing.T) string {
				server := storetest.OnPort(t)
				return "redis://" + server.Replica(t, "--replica-read-only", "no").Addr()
			},
			map[string]string{store.Durable: "a replica as the server", store.Replicated: "give the address of its master"},
			nil,
		},
		"a replica, and no AOF": {
			func(t *testing.T) string {
				server := storetest.OnPort(t, "--appendonly", "no")
				server.Replica(t)
				return "redis://" + server.Addr()
			},
			map[string]string{store.Replicated: yes},
			map[string]string{store.Replicated: "comes back empty, and empties its replicas"},
		},
		"Sentinel": {
			func(t *testing.T) string { return storetest.NewSentinel(t).URL() },
			map[string]string{store.Durable: "durable with Sentinel", store.Replicated: "set `replicas: 2`", store.BestEffort: yes, store.Asserted: yes},
			map[string]string{store.BestEffort: "a failover (Sentinel)", store.Asserted: "a failover (Sentinel)"},
		},
		"a Cluster": {
			func(t *testing.T) string { return storetest.NewCluster(t).URL() },
			map[string]string{store.Durable: "durable with a Cluster", store.Replicated: yes, store.BestEffort: yes, store.Asserted: yes},
			map[string]string{store.Replicated: "its replicas are lost together", store.BestEffort: "a failover (a Cluster)", store.Asserted: "a failover (a Cluster)"},
		},
		"a Cluster of which one master has lost its replica": {
			func(t *testing.T) string {
				cluster := storetest.NewCluster(t)
				cluster.Nodes()[4].Kill()
				return cluster.URL()
			},
			map[string]string{store.Replicated: "no replica is attached"},
			nil,
		},
		"a Cluster of which one master evicts": {
			func(t *testing.T) string {
				cluster := storetest.NewCluster(t)
				cluster.Nodes()[2].Set(t, "maxmemory-policy", "allkeys-lru")
				return cluster.URL()
			},
			map[string]string{store.Replicated: "would drop customers", store.BestEffort: "would drop customers", store.Asserted: "would drop customers"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := tc.start(t)
			keys := storetest.Keyset(t)
			for durability, refused := range tc.refused {
				s, err := store.Open(t.Context(), store.Options{URL: url, Keyset: keys, Durability: durability})
				if refused != yes {
					if err == nil || !strings.Contains(err.Error(), refused) {
						t.Errorf("Open as %s = %v, want an error with %q", durability, err, refused)
					}
					continue
				}
				if err != nil {
					t.Errorf("Open as %s: %v", durability, err)
					continue
				}
				if want := tc.banner[durability]; !strings.Contains(s.Banner(), want) || (want == "") != (s.Banner() == "") {
					t.Errorf("banner as %s = %q, want %q in it", durability, s.Banner(), want)
				}
				_ = s.Close()
			}
		})
	}
}
