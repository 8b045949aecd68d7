package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hold  = 30 * time.Second
	phone = message.Address("sms:+27821234567")
)

// bench is one server with two stores on it, A and B, as two processes would have. Their clocks move together.
type bench struct {
	a, b    *store.Store
	answers *storetest.Answers // A's
	raw     redis.UniversalClient
	keys    *store.Keyset
	url     string
	real    bool

	server *storetest.Server // nil in-process
	ahead  atomic.Int64      // ns
}

func (b *bench) pass(d time.Duration) { b.ahead.Add(int64(d)) }

func (b *bench) offset() time.Duration { return time.Duration(b.ahead.Load()) }

// each runs a test on every kind of server.
func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, onRedis(t))
	})
	t.Run("in-process", func(t *testing.T) {
		t.Parallel()
		server := miniredis.RunT(t)
		server.ClockTTL(true)
		b := &bench{url: "redis://" + server.Addr()}
		b.open(t)
		test(t, b)
	})
}

func onRedis(t *testing.T, args ...string) *bench {
	t.Helper()
	b := &bench{server: storetest.Redis(t, args...), real: true}
	b.url = b.server.URL()
	b.open(t)
	return b
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	b.keys = storetest.Keyset(t)
	client := b.client(t)
	b.answers = new(storetest.Answers)
	client.AddHook(b.answers)
	b.raw = b.client(t)
	b.a, b.b = b.store(t, client), b.store(t, b.client(t))
}

func (b *bench) client(t *testing.T) redis.UniversalClient {
	t.Helper()
	c, err := store.NewClient(b.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (b *bench) store(t *testing.T, client redis.UniversalClient) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Client: client, Keyset: b.keys, InProcess: !b.real, Offset: b.offset})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin makes a conversation.
func (b *bench) begin(t *testing.T, a message.Address) store.Loaded {
	t.Helper()
	l, err := b.a.Create(t.Context(), a)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return l
}

// next is the commit that follows what was loaded, once change has changed the document.
func next(l store.Loaded, event string, change func(c *fsm.Conversation)) fsm.Commit {
	c := l.Conversation
	c.Effects = append([]fsm.Effect(nil), c.Effects...)
	c.Version++
	c.At = l.Now
	if change != nil {
		change(&c)
	}
	return fsm.Commit{Expected: l.Conversation.Version, Conversation: c,
		Journal: []fsm.Entry{{Conversation: c.ID, Version: c.Version, Event: fsm.Event{ID: event, At: l.Now}, Because: []string{"a test"}}}}
}

// send is an effect; its lane is its own where none is named.
func send(id string, due time.Time, lane ...string) fsm.Effect {
	e := fsm.Effect{ID: id, Lane: id, Due: due, Since: due, Attempt: 1, Send: &fsm.Send{To: phone, Kind: fsm.Reply, Message: message.Message{Text: "hello"}}}
	if len(lane) > 0 {
		e.Lane = lane[0]
	}
	return e
}

func wanting(effects ...fsm.Effect) func(c *fsm.Conversation) {
	return func(c *fsm.Conversation) { c.Effects = append(c.Effects, effects...) }
}

func commit(t *testing.T, s *store.Store, c fsm.Commit, nonce string, claim ...fsm.Effect) store.Committed {
	t.Helper()
	done, err := s.Commit(t.Context(), c, claim, nonce, hold)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return done
}

// committed commits and fails on a conflict.
func committed(t *testing.T, s *store.Store, c fsm.Commit, nonce string, claim ...fsm.Effect) store.Committed {
	t.Helper()
	done := commit(t, s, c, nonce, claim...)
	if done.Conflict {
		t.Fatalf("Commit of version %d = conflict with version %d, want it written", c.Conversation.Version, done.Version)
	}
	return done
}

func load(t *testing.T, s *store.Store, id string) store.Loaded {
	t.Helper()
	l, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return l
}

func all() []int {
	list := make([]int, store.Partitions)
	for i := range list {
		list[i] = i
	}
	return list
}

// due is how many conversations are due now; asking moves them on by 5 s.
func due(t *testing.T, s *store.Store) int {
	t.Helper()
	ids, err := s.Due(t.Context(), all(), 100)
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	return len(ids)
}

// score is when a conversation wants attention; zero: never.
func (b *bench) score(t *testing.T, id string) time.Time {
	t.Helper()
	score, err := b.raw.ZScore(context.Background(), fmt.Sprintf("settle:{%s}:due", id[:3]), id).Result()
	if err == redis.Nil {
		return time.Time{}
	}
	if err != nil {
		t.Fatalf("ZSCORE: %v", err)
	}
	return time.UnixMilli(int64(score)).UTC()
}

// stored is a conversation as it lies in Redis: its head, up to the empty line, and its sealed document.
func (b *bench) stored(t *testing.T, id string) (head, document string) {
	t.Helper()
	head, document, ok := strings.Cut(b.raw.Get(t.Context(), b.key(id, "conversation")).Val(), "\n\n")
	if !ok {
		t.Fatalf("conversation %s has no head", id)
	}
	return head, document
}

func (b *bench) put(t *testing.T, id, head, document string) {
	t.Helper()
	if err := b.raw.Set(t.Context(), b.key(id, "conversation"), head+"\n\n"+document, 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) key(id, kind string) string {
	if kind == "conversation" || kind == "transcript" || kind == "receipts" {
		return fmt.Sprintf("settle:{%s}:%s:%s", id[:3], kind, id)
	}
	return fmt.Sprintf("settle:{%s}:%s", id[:3], kind)
}
