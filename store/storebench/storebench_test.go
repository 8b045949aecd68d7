package storebench_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storebench"
	"github.com/settle-chat/settle/store/storetest"
)

const address = message.Address("sms:+447700900001")

// taken records how a conversation is begun, and a commit to it.
func taken(t *testing.T, url string) (id string, seed, webhook []storebench.Call) {
	t.Helper()
	recorder, err := storebench.Record(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = recorder.Client.Close() })
	s, err := store.Open(t.Context(), store.Options{Client: recorder.Client, Keyset: storetest.Keyset(t)})
	if err != nil {
		t.Fatal(err)
	}
	commit := func(a message.Address) {
		l, err := s.LoadAddress(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		c := l.Conversation
		c.Version++
		if _, err := s.Commit(t.Context(), fsm.Commit{Expected: c.Version - 1, Conversation: c, Journal: []fsm.Entry{{}}}, nil, store.Nonce(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []message.Address{"sms:+447700900002", address} { // the first one lets Redis know the scripts
		recorder.Taken()
		l, err := s.Create(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		id, seed = l.Conversation.ID, recorder.Taken()
		commit(a)
		webhook = recorder.Taken()
	}
	return id, seed, webhook
}

// What is sent again is what was recorded, under keys of its own, and is written.
func TestATemplateWritesOtherConversations(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	r, err := storebench.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	id, seed, webhook := taken(t, server.URL())
	begin, write := storebench.NewTemplate(id, seed).Writes(), storebench.NewTemplate(id, webhook)
	if begin.Len() != 2 || write.Len() != 2 {
		t.Fatalf("recorded %d and %d calls, want 2 that write an address and a document, and 2 round trips of a webhook", begin.Len(), write.Len())
	}
	const n = 600 // more than there are partitions
	var calls []storebench.Call
	for i := range n {
		calls = append(calls, begin.For(i)...)
	}
	before := keys(t, r)
	if err := r.RunAll(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, r) - before; got != 2*n {
		t.Errorf("%d keys more, want a record and a conversation for each of %d", got, n)
	}
	for i := range n {
		for j, c := range write.For(i) {
			run := r.Run
			if i%2 == 1 {
				run = r.RunPipelined
			}
			answer, err := run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if j == 1 && answer != "ok" {
				t.Fatalf("commit to conversation %d answers %q, want ok", i, answer)
			}
			if got, want := c.Bytes(), webhook[j].Bytes(); got != want {
				t.Fatalf("call %d for conversation %d has %d bytes, want %d as recorded", j, i, got, want)
			}
		}
	}
	if journals, err := r.Client().Keys(t.Context(), "settle:{p*}:journal").Result(); err != nil || len(journals) != store.Partitions {
		t.Errorf("commits went to %d partitions, %v, want all %d, as real ones", len(journals), err, store.Partitions)
	}
	if err := r.RunAll(t.Context(), write.For(0)); err == nil {
		t.Error("a second commit over the same version wrote, or said so")
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	if left, err := storebench.Open(t.Context(), server.URL()); err != nil {
		t.Errorf("after Close: %v, want the Redis empty", err)
	} else {
		_ = left.Close(t.Context())
	}
}

func keys(t *testing.T, r *storebench.Redis) int {
	t.Helper()
	n, err := r.Client().DBSize(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestOpenRefusesARedisInUse(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	server.Open(t, store.Options{Keyset: storetest.Keyset(t)})
	if _, err := storebench.Open(t.Context(), server.URL()); !errors.Is(err, storebench.ErrInUse) {
		t.Errorf("Open of a Redis that a store uses = %v, want %v", err, storebench.ErrInUse)
	}
	if _, err := storebench.Open(t.Context(), "nonsense://:secret@x"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open of nonsense = %v, want an error without the password", err)
	}
}

// redis-benchmark's commits each do all of a commit's work: every one adds to the journal.
func TestBenchmarkCommitsEachTime(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-benchmark"); err != nil {
		t.Skip("no redis-benchmark on PATH: apt-get install redis-tools")
	}
	server := storetest.Redis(t)
	r, err := storebench.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close(context.WithoutCancel(t.Context())) }()
	id, _, webhook := taken(t, server.URL())
	rate, err := r.Benchmark(t.Context(), server.URL(), webhook[1], 4, 10*time.Millisecond)
	if err != nil || rate <= 0 {
		t.Fatalf("Benchmark = %f, %v", rate, err)
	}
	journal := "settle:{" + id[:3] + "}:journal"
	if n, err := r.Client().XLen(t.Context(), journal).Result(); err != nil || n < 1_000 { // two runs of 500 at least
		t.Errorf("the journal has %d entries, %v, want one for each of 1,000 commits", n, err)
	}
}

// Where a password would have to stand on a command line, or redis-benchmark can't reach, it isn't run.
func TestBenchmarkIsNotRunWithAPassword(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	r, err := storebench.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close(context.WithoutCancel(t.Context())) }()
	for _, url := range []string{"redis://:secret@localhost:1", "rediss://localhost:1", "redis://localhost:1/3", "redis://localhost:1?addr=localhost:2"} {
		if _, err := r.Benchmark(t.Context(), url, storebench.Call{}, 1, time.Millisecond); !errors.Is(err, storebench.ErrNoBenchmark) {
			t.Errorf("Benchmark at %s: %v, want %v", strings.Replace(url, "secret", "***", 1), err, storebench.ErrNoBenchmark)
		}
	}
}

// What Usage counts is Redis's own count.
func TestUsage(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	r, err := storebench.Open(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close(context.WithoutCancel(t.Context())) }()
	var want float64
	for _, name := range []string{"a", "b"} {
		if err := r.Client().Set(t.Context(), "x:"+name, "12345", 0).Err(); err != nil {
			t.Fatal(err)
		}
		want += float64(r.Client().MemoryUsage(t.Context(), "x:"+name).Val())
	}
	if err := r.Client().Set(t.Context(), "y", "no part of it", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Usage(t.Context(), "x:*"); err != nil || got != want || got == 0 {
		t.Errorf("Usage = %f, %v, want %f", got, err, want)
	}
	if got, err := r.Lengths(t.Context(), "x:*"); err != nil || got != 10 {
		t.Errorf("Lengths = %f, %v, want 10", got, err)
	}
}
