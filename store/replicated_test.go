package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// set is servers of which another may take over.
type set interface {
	URL() string
	Holds(key string) (master *storetest.Server, replicas []*storetest.Server)
	Failover(key string)
}

func openReplicated(t *testing.T, url string, keys *store.Keyset) *store.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := store.Open(ctx, store.Options{URL: url, Keyset: keys, Durability: store.Replicated})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestFailoverSmoke(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) set{
		"sentinel": func(t testing.TB) set { return storetest.NewSentinel(t) },
		"cluster":  func(t testing.TB) set { return storetest.NewCluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			servers := start(t)
			t.Logf("up after %s", time.Since(began))
			s := openReplicated(t, servers.URL(), storetest.Keyset(t))
			t.Log(s.Banner())
			l, err := s.Create(t.Context(), phone)
			if err != nil {
				t.Fatal(err)
			}
			id := l.Conversation.ID
			committed(t, s, next(l, "e", nil), "n")
			began = time.Now()
			servers.Failover("settle:{" + id[:3] + "}:")
			t.Logf("failed over after %s", time.Since(began))
			l, err = s.LoadDurable(t.Context(), id)
			if err != nil || l.Conversation.Version != 1 {
				t.Fatal(l.Conversation.Version, err)
			}
			t.Logf("loaded after %s", time.Since(began))
		})
	}
}
