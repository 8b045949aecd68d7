package store_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Cluster refuses a script whose keys are in several slots, even where one server has them all. What asks all partitions
// at once is answered by three servers.
func TestEveryScriptStaysInOneSlot(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	everything(t, openReplicated(t, cluster))
}

// everything does all that a store can.
func everything(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Create(ctx, phone, "email:a@b.example", store.Customer("C-1"))
	must(err)
	id, e := l.Conversation.ID, send("E1", l.Now)
	c := next(l, "e", func(c *fsm.Conversation) {
		c.Effects = []fsm.Effect{e}
		c.Handoff = &fsm.Handoff{At: l.Now}
	})
	c.Transcript, c.Letters = []fsm.Line{{Text: "x"}}, []fsm.Letter{{Reason: "x"}}
	committed(t, s, c, "n", e)
	if _, err := s.LoadAddress(ctx, "email:a@b.example"); err != nil {
		t.Errorf("LoadAddress: %v", err)
	}
	if got := gate(t, s, store.GateRequest{Conversation: id, Effect: "E1", Nonce: "n", Address: phone, Sender: "+27", Rate: 1,
		Caps: []store.Cap{{Name: "c", Most: 1, Within: time.Hour}}}); !got.Pass {
		t.Errorf("Gate = %+v, want pass", got)
	}
	must(s.Suppress(ctx, []message.Address{phone, "email:a@b.example"}, true))
	must(s.Unclaim(ctx, id, "E1", "n", time.Time{}))
	if _, ok, err := s.Claim(ctx, id, 1, e, "m", hold); !ok || err != nil {
		t.Errorf("Claim = %v, %v; want granted", ok, err)
	}
	must(s.SentMessage(ctx, id, "E1", "SM1"))
	must(s.Reschedule(ctx, id))
	due(t, s)
	must(s.PutLetter(ctx, id, fsm.Letter{}))
	if _, err := s.Letters(ctx); err != nil {
		t.Errorf("Letters: %v", err)
	}
	if _, err := s.Handoffs(ctx); err != nil {
		t.Errorf("Handoffs: %v", err)
	}
	if f, err := s.Figures(ctx); err != nil || f.Letters != 1 || f.Handoffs != 1 || f.Used == 0 {
		t.Errorf("Figures = %+v, %v, want a letter (both were of one event), a handoff, and what its servers use", f, err)
	}
	if _, err := s.PutCase(ctx, s.CaseID("a", "b"), id); err != nil {
		t.Errorf("PutCase: %v", err)
	}
	if _, err := s.LoadDurable(ctx, id); err != nil {
		t.Errorf("LoadDurable: %v", err)
	}
	if _, _, err := s.Next(ctx); err != nil {
		t.Errorf("Next: %v", err)
	}
	if right, _, err := s.Tally(ctx, l.Now, 2, 1); err != nil || right != 2 {
		t.Errorf("Tally = %d, %v; want 2", right, err)
	}
	if _, err := s.Lockout(ctx, phone, "email:a@b.example"); err != nil {
		t.Errorf("Lockout: %v", err)
	}
	must(s.NoteLockout(ctx, []message.Address{phone}, fsm.Lockout{}))
	must(s.Repoint(ctx, id, id, phone))
	must(s.PutBundle(ctx, "3f9a", []byte("x")))
	must(s.SetCurrent(ctx, "w", "3f9a"))
	if _, err := s.Bundle(ctx, "3f9a"); err != nil {
		t.Errorf("Bundle: %v", err)
	}
	if _, err := s.BeginCampaign(ctx, "c", "w", time.Second); err != nil {
		t.Errorf("BeginCampaign: %v", err)
	}
	if _, err := s.Campaigns(ctx); err != nil {
		t.Errorf("Campaigns: %v", err)
	}
	must(s.Rekey(ctx, id))
	if entries, err := s.ConversationJournal(ctx, id); err != nil || len(entries) != 1 {
		t.Errorf("ConversationJournal = %d entries, %v; want 1", len(entries), err)
	}
	if _, err := s.Transcript(ctx, id, 0); err != nil {
		t.Errorf("Transcript: %v", err)
	}
	seen := 0
	for _, err := range s.Conversations(ctx) {
		must(err)
		seen++
	}
	if seen != 1 {
		t.Errorf("Conversations goes through %d, want 1", seen)
	}
}

// A Cluster's connection breaks after a commit was sent. The commit isn't sent again, whatever go-redis would do by itself:
// one that was written would come back as somebody else's, and what it has claimed would be nobody's.
func TestACommitGoesToAClusterOnce(t *testing.T) {
	t.Parallel()
	for _, durability := range []string{store.Asserted, store.Replicated} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			cluster := storetest.NewCluster(t)
			client, err := store.NewClient(cluster.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = client.Close() }()
			by := make(detour)
			for _, s := range cluster.Nodes()[:3] {
				by[s.Addr()] = s.Proxy(t)
			}
			client.(*redis.ClusterClient).OnNewNode(func(node *redis.Client) { node.AddHook(by) })
			s, err := store.Open(t.Context(), store.Options{Client: client, Keyset: storetest.Keyset(t), Durability: durability, Replicas: 1})
			if err != nil {
				t.Fatal(err)
			}
			l, err := s.Create(t.Context(), phone)
			if err != nil {
				t.Fatal(err)
			}
			committed(t, s, next(l, "e1", nil), "n1") // the server knows the script
			l = load(t, s, l.Conversation.ID)
			master, _ := cluster.Holds("settle:{" + l.Conversation.ID[:3] + "}:")
			master.Ask(t, func(ctx context.Context, c *redis.Client) {
				if err := c.ConfigResetStat(ctx).Err(); err != nil {
					t.Fatal(err)
				}
			})
			e := send("E1", l.Now)
			by[master.Addr()].CutAfter("evalsha")
			if done, err := s.Commit(t.Context(), next(l, "e2", wanting(e)), []fsm.Effect{e}, "n2", hold); err == nil {
				t.Errorf("Commit = conflict %v with %q; want an error: its answer was cut", done.Conflict, done.Nonce)
			}
			master.Ask(t, func(ctx context.Context, c *redis.Client) {
				stats, err := c.Info(ctx, "commandstats").Result()
				if err != nil || !strings.Contains(stats, "cmdstat_evalsha:calls=1,") {
					t.Errorf("commands that the server saw = %q, %v; want one evalsha", stats, err)
				}
			})
			got, err := s.LoadDurable(t.Context(), l.Conversation.ID)
			if err != nil || got.Conversation.Version != 2 || got.Nonce != "n2" || got.Claims["E1"].Nonce != "n2" {
				t.Errorf("LoadDurable = version %d by %q, claims %v, %v; want 2, by ours, and its claim", got.Conversation.Version, got.Nonce, got.Claims, err)
			}
		})
	}
}

// detour goes to each server by a network that fails.
type detour map[string]*storetest.Proxy

func (d detour) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if p := d[addr]; p != nil {
			addr = p.Addr()
		}
		return next(ctx, network, addr)
	}
}

func (detour) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (detour) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
