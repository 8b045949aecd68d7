package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// mover commits one event after the other to a conversation, as a bot does: what isn't confirmed is read again and, where it
// isn't there, tried again.
type mover struct {
	s     *store.Store
	id    string
	tries atomic.Int32 // commits sent
	acked atomic.Int32 // events that are known to be durable
}

func (m *mover) commit(ctx context.Context, l store.Loaded) error {
	for ctx.Err() == nil {
		event := fmt.Sprintf("e%d", m.acked.Load())
		nonce := store.Nonce()
		expected := l.Conversation.Version
		done, err := m.s.Commit(ctx, next(l, event, nil), nil, nonce, hold)
		m.tries.Add(1)
		if err == nil && !done.Conflict {
			m.acked.Add(1)
		}
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("commit: %w: it is there", err)
		}
		again, lerr := m.load(ctx, m.s.LoadDurable)
		if lerr != nil {
			return lerr
		}
		if (err != nil || done.Conflict) && again.Conversation.Version == expected+1 && again.Nonce == nonce {
			m.acked.Add(1)
		}
		l = again
	}
	return nil
}

// load reads until there is an answer. That there is no such conversation is never one.
func (m *mover) load(ctx context.Context, read func(context.Context, string) (store.Loaded, error)) (l store.Loaded, err error) {
	for err = context.Canceled; err != nil && ctx.Err() == nil; {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		l, err = read(short, m.id)
		cancel()
		if errors.Is(err, store.ErrNotFound) {
			return l, fmt.Errorf("load: %w: it is there", err)
		}
	}
	return l, nil
}

// While a slot moves from one master to another a conversation in it stays what it is: what is acknowledged is there
// afterwards, once. While some of its keys have moved commits are refused, and tried again; once all have, and before the
// Cluster knows it, they are taken by the new master, which takes them only from who asks by ASKING.
func TestASlotMovesUnderCommits(t *testing.T) {
	t.Parallel()
	for _, durability := range []string{store.Asserted, store.Replicated} {
		t.Run(durability, func(t *testing.T) {
			t.Parallel()
			cluster := storetest.NewCluster(t)
			s, err := store.Open(t.Context(), store.Options{URL: cluster.URL(), Keyset: storetest.Keyset(t), Durability: durability, Replicas: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			l, err := s.Create(t.Context(), phone)
			if err != nil {
				t.Fatal(err)
			}
			m := &mover{s: s, id: l.Conversation.ID}
			// All six keys of a commit exist: a script whose keys are here, there or nowhere is answered TRYAGAIN.
			first := next(l, "first", func(c *fsm.Conversation) {
				c.Effects, c.Handoff = []fsm.Effect{send("E1", l.Now)}, &fsm.Handoff{At: l.Now}
			})
			first.Transcript, first.Letters = []fsm.Line{{Text: "x"}}, []fsm.Letter{{Reason: "x"}}
			committed(t, s, first, "n")
			if l, err = s.LoadDurable(t.Context(), m.id); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- m.commit(ctx, l) }()
			// after waits for so many more, or fails the test.
			after := func(what string, of *atomic.Int32, more int32) {
				t.Helper()
				late := time.After(20 * time.Second)
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				for from := of.Load(); of.Load() < from+more; {
					select {
					case <-tick.C:
					case err := <-ended:
						t.Fatalf("%s: %v", what, err)
					case <-late:
						t.Fatalf("%s: %d more, want %d", what, of.Load()-from, more)
					}
				}
			}
			after("before it moves", &m.acked, 3)
			move := cluster.Begin("settle:{" + m.id[:3] + "}:due")
			after("all keys are there still", &m.acked, 3)
			for keys := move.Keys(); len(keys) > 0; keys = move.Keys() {
				move.Key(keys[0])
				if read, err := m.load(t.Context(), s.Load); err != nil || read.Conversation.Version == 0 {
					t.Fatalf("Load with %d keys left = version %d, %v", len(keys)-1, read.Conversation.Version, err)
				}
			}
			after("all keys have moved, and nobody knows", &m.acked, 3)
			move.End()
			after("the other master has the slot", &m.acked, 3)
			stop()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			m.check(t)
		})
	}
}

// check wants every acknowledged event in the journal, once, and one version for each.
func (m *mover) check(t *testing.T) {
	t.Helper()
	entries, err := m.s.ConversationJournal(t.Context(), m.id)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for i, e := range entries {
		seen[e.Entry.Event.ID]++
		if e.Version != uint64(i+1) {
			t.Errorf("entry %d of the journal is of version %d, want %d", i, e.Version, i+1)
		}
	}
	for i := range m.acked.Load() {
		if event := fmt.Sprintf("e%d", i); seen[event] != 1 {
			t.Errorf("event %s was acknowledged, and is in the journal %d times, want once", event, seen[event])
		}
	}
	t.Logf("%d commits sent, %d events acknowledged, %d in the journal", m.tries.Load(), m.acked.Load(), len(entries))
}

// Only what waits for the replicas has moved: what was read is there, and isn't looked for elsewhere.
func TestAMovedMarkIsNoMovedConversation(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	s := openReplicated(t, cluster)
	l, err := s.Create(t.Context(), phone)
	if err != nil {
		t.Fatal(err)
	}
	id := l.Conversation.ID
	committed(t, s, next(l, "e1", nil), "n")
	waited := "settle:{" + id[:3] + "}:waited"
	move := cluster.Begin(waited)
	move.Key(waited)
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.LoadDurable(short, id); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("LoadDurable = %v, want an error that no replica has been waited for", err)
	}
	for _, key := range move.Keys() {
		move.Key(key)
	}
	move.End()
	if l, err := s.LoadDurable(t.Context(), id); err != nil || l.Conversation.Version != 1 {
		t.Errorf("LoadDurable once it has moved = version %d, %v; want 1", l.Conversation.Version, err)
	}
}
