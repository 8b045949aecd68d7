package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// set is servers of which another may take over.
type set interface {
	URL() string
	Replicas() int
	Holds(key string) (master *storetest.Server, replicas []*storetest.Server)
	Failover(key string)
	Ready()
}

func openReplicated(t *testing.T, servers set) *store.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := store.Open(ctx, store.Options{URL: servers.URL(), Keyset: storetest.Keyset(t), Durability: store.Replicated, Replicas: servers.Replicas()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// each set-up that replicated durability is for.
func onSets(t *testing.T, test func(t *testing.T, servers set)) {
	t.Helper()
	t.Parallel()
	for name, start := range map[string]func(testing.TB) set{
		"Sentinel": func(t testing.TB) set { return storetest.NewSentinel(t) },
		"Cluster":  func(t testing.TB) set { return storetest.NewCluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

// frozen freezes the replicas of the server that holds a conversation, and returns what lets them go on.
func frozen(servers set, id string) (resume func()) {
	_, replicas := servers.Holds("settle:{" + id[:3] + "}:")
	for _, r := range replicas {
		r.Pause()
	}
	return func() {
		for _, r := range replicas {
			r.Resume()
		}
	}
}

// While no replica confirms, nothing is acknowledged: no commit, no claim, no repeat. What was written meanwhile is adopted
// once they go on.
func TestNothingIsAcknowledgedBeforeAReplicaHasIt(t *testing.T) {
	onSets(t, func(t *testing.T, servers set) {
		s := openReplicated(t, servers)
		ctx := t.Context()
		l, err := s.Create(ctx, phone)
		if err != nil {
			t.Fatal(err)
		}
		id, e, later := l.Conversation.ID, send("E1", l.Now), send("E2", l.Now)
		if l.Durable {
			t.Error("what Create read is called durable, and nobody has waited for it")
		}
		resume := frozen(servers, id)
		defer resume()
		done, err := s.Commit(ctx, next(l, "twilio/SM1", wanting(e, later)), []fsm.Effect{e}, "n", hold)
		if !errors.Is(err, store.ErrNotReplicated) || len(done.Claims) > 0 {
			t.Errorf("Commit = %d claims, %v; want none and ErrNotReplicated", len(done.Claims), err)
		}
		if _, ok, err := s.Claim(ctx, id, 1, later, "m", hold); ok || !errors.Is(err, store.ErrNotReplicated) {
			t.Errorf("Claim = %v, %v; want ErrNotReplicated", ok, err)
		}
		short, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
		defer cancel()
		if _, err := s.LoadDurable(short, id); err == nil {
			t.Error("LoadDurable = nil, want an error: no replica has what it read")
		}
		if l, err := s.Load(ctx, id); err != nil || l.Conversation.Version != 1 || l.Durable {
			t.Errorf("Load = version %d, durable %v, %v; want 1, as the master has it, and not called durable", l.Conversation.Version, l.Durable, err)
		}
		resume()
		got, err := s.LoadDurable(ctx, id)
		if err != nil || !got.Durable || got.Claims["E1"].Nonce != "n" {
			t.Fatalf("LoadDurable = durable %v, claims %v, %v; want ours", got.Durable, got.Claims, err)
		}
		if c, claimed := got.Claims["E2"]; claimed {
			t.Errorf("E2 is claimed by %s, whose claim was refused: it would lapse and count as begun", c.Nonce)
		}
	})
}

// The same run, without WAIT and with it: the replica is away, an event is committed, the master is killed and the replica
// comes back and takes over. Without WAIT the event was acknowledged, and is lost.
func TestWithoutWaitAFailoverLosesWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	for _, durability := range []string{store.BestEffort, store.Replicated} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			servers := storetest.NewCluster(t)
			s, err := store.Open(t.Context(), store.Options{URL: servers.URL(), Keyset: storetest.Keyset(t), Durability: durability})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			l, err := s.Create(t.Context(), phone)
			if err != nil {
				t.Fatal(err)
			}
			id := l.Conversation.ID
			key := "settle:{" + id[:3] + "}:"
			master, replicas := servers.Holds(key)
			replicas[0].Await(t, "the replica to have its data on disk", func(ctx context.Context, c *redis.Client) bool {
				info, err := c.Info(ctx, "persistence").Result()
				return err == nil && strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0")
			})
			replicas[0].Kill()
			_, err = s.Commit(t.Context(), next(l, "twilio/SM1", nil), nil, "n", hold)
			acknowledged := err == nil
			master.Kill()
			replicas[0].Start()
			servers.TakenOver(key, master)
			master.Start()
			servers.Ready() // nothing is durable before it is a replica
			got, err := s.LoadDurable(t.Context(), id)
			if err != nil && !errors.Is(err, store.ErrNotFound) { // without WAIT its beginning may be lost too
				t.Fatal(err)
			}
			there := got.Conversation.Version == 1
			if want := durability == store.BestEffort; acknowledged != want || there {
				t.Errorf("acknowledged %v, there after the failover %v; want %v and false", acknowledged, there, want)
			}
		})
	}
}

// After a failover there may be another version of the same number. A commit that was stepped from the lost one is not
// written over it.
func TestACommitKnowsItsVersionByItsNonce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		committed(t, b.a, next(l, "e1", nil), "ours")
		stale := load(t, b.a, l.Conversation.ID)
		stale.Nonce = "of a version that was lost"
		c := next(stale, "e2", nil)
		c.Over = stale.Nonce
		if done := commit(t, b.a, c, "n"); !done.Conflict || done.Nonce != "ours" {
			t.Errorf("Commit = conflict %v with %q, want a conflict with ours", done.Conflict, done.Nonce)
		}
		c.Over = "ours"
		committed(t, b.a, c, "n")
	})
}

// What was written before a failover is there after it, and the same client goes on. It does so once as many replicas as it
// was told of are there again: how long the killed one takes to come back isn't the store's, which refuses until then.
func TestAStoreGoesOnAfterAFailover(t *testing.T) {
	onSets(t, func(t *testing.T, servers set) {
		s := openReplicated(t, servers)
		l, err := s.Create(t.Context(), phone)
		if err != nil {
			t.Fatal(err)
		}
		id := l.Conversation.ID
		committed(t, s, next(l, "e1", nil), "n")
		servers.Failover("settle:{" + id[:3] + "}:")
		servers.Ready()
		if l, err = s.LoadDurable(t.Context(), id); err != nil || l.Conversation.Version != 1 {
			t.Fatalf("LoadDurable = version %d, %v; want 1", l.Conversation.Version, err)
		}
		committed(t, s, next(l, "e2", nil), "m")
		due(t, s)
		if _, _, err := s.Next(t.Context()); err != nil {
			t.Errorf("Next: %v", err)
		}
		if _, err := s.Create(t.Context(), "email:a@b.example"); err != nil {
			t.Errorf("Create: %v", err)
		}
	})
}
