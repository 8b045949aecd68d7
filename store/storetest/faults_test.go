package storetest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A cut answer is lost after Redis has acted.
func TestProxyCutsAfterTheRequest(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	proxy := server.Proxy(t)
	client, err := store.NewClient(proxy.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Incr(t.Context(), "n").Err(); err != nil {
		t.Fatal(err)
	}
	proxy.Cut(1)
	if err := client.Incr(t.Context(), "n").Err(); err == nil {
		t.Error("INCR has an answer, want it cut")
	}
	proxy.Cut(0)
	if n, err := client.Incr(t.Context(), "n").Result(); n != 3 || err != nil {
		t.Errorf("INCR = %d, %v; want 3: the one without an answer was done", n, err)
	}
	if n := proxy.Cuts(); n != 1 {
		t.Errorf("%d answers cut, want 1", n)
	}
}

// In a silence nothing comes through; what was sent arrives when it ends.
func TestProxyIsSilent(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	proxy := server.Proxy(t)
	client, err := store.NewClient(proxy.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Incr(t.Context(), "n").Err(); err != nil {
		t.Fatal(err)
	}
	proxy.Silence()
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := client.Incr(soon, "n").Err(); err == nil {
		t.Error("INCR has an answer in the silence")
	}
	direct := server.Client(t)
	if n, err := direct.Get(t.Context(), "n").Int(); n != 1 || err != nil {
		t.Errorf("n = %d, %v in the silence; want 1", n, err)
	}
	proxy.Speak()
	patient, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	for n := 0; n != 2; {
		if n, err = direct.Get(patient, "n").Int(); err != nil || n > 2 {
			t.Fatalf("n = %d, %v after the silence; want 2: what was sent arrives", n, err)
		}
	}
	if n := proxy.Most(); n != 1 {
		t.Errorf("%d connections at most, want 1", n)
	}
}

// A full disk ends Redis, and what it had acknowledged is there again.
func TestFilledServerDies(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	server.Fillable()
	client := server.Client(t)
	if err := client.Set(t.Context(), "a", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Fill(t, 100)
	if err := client.Set(t.Context(), "b", strings.Repeat("b", 200), 0).Err(); err == nil {
		t.Error("SET is acknowledged, want no answer: there is no room for it")
	}
	if log, err := server.Died(t.Context()); err != nil || !strings.Contains(log, "Can't recover from AOF write error") {
		t.Errorf("Died = %q, %v; want the reason", log, err)
	}
	server.Start()
	if a, err := client.Get(t.Context(), "a").Result(); a != "1" || err != nil {
		t.Errorf("a = %q, %v; want 1", a, err)
	}
	if n, err := client.Exists(t.Context(), "b").Result(); n != 0 || err != nil {
		t.Errorf("b is there (%d, %v), want it cut off", n, err)
	}
}
