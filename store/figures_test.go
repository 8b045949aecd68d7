package store_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

// What waits is counted over all partitions, and a clock that has moved on makes it late; three round trips in all.
func TestFigures(t *testing.T) {
	t.Parallel()
	b := onRedis(t, "--maxmemory", "100mb")
	for i, a := range []message.Address{phone, "sms:+27821234568", "sms:+27821234569"} {
		l := b.begin(t, a)
		c := next(l, "twilio/SM1", func(c *fsm.Conversation) {
			c.Timers = []fsm.Timer{{Name: "silence#1", Due: l.Now.Add(time.Duration(i+1) * time.Minute)}}
			if i < 2 {
				c.Handoff = &fsm.Handoff{Reason: "hardship", Queue: "hardship", At: l.Now}
			}
		})
		c.Letters = []fsm.Letter{{Event: fsm.Event{ID: "twilio/SM3"}, Reason: "step: nil"}}
		committed(t, b.a, c, "n1")
	}
	trips := watched(b.a)
	got, err := b.a.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Answered <= 0 || got.Used == 0 || got.Most != 100<<20 || got.Due != 0 || got.Late != 0 || got.Letters != 3 || got.Handoffs != 2 {
		t.Errorf("Figures = %+v, want nothing due, 3 letters, 2 handoffs, and 100 MB at most", got)
	}
	if diff := cmp.Diff(map[string]int{"time": 1, "pipeline": 1, "info": 1}, trips.seen()); diff != "" {
		t.Errorf("round trips (-want +got):\n%s", diff)
	}
	b.pass(150 * time.Second)
	got, err = b.a.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Due != 2 || got.Late < 85*time.Second || got.Late > 2*time.Minute || got.Oldest < 150*time.Second || got.Oldest > 3*time.Minute {
		t.Errorf("Figures after 150 s = %+v, want the 2 of the first two minutes due, the first about 90 s late, a handoff 150 s old", got)
	}
}

// A Redis that hangs is waited for no longer than the caller says.
func TestFiguresDoNotHang(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b.server.Pause()
	defer b.server.Resume()
	began := time.Now()
	if got, err := b.a.Figures(ctx); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("Figures = %+v, %v after %s, want an error in time", got, err, time.Since(began))
	}
}

// trips are the round trips that a store has told of.
type trips struct {
	mu    sync.Mutex
	count map[string]int // guarded by mu
}

func watched(s *store.Store) *trips {
	w := &trips{count: map[string]int{}}
	s.Watch(func(call string, took time.Duration, failed string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if failed != "" {
			call += " " + failed
		}
		w.count[call]++
	})
	return w
}

func (w *trips) seen() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := maps.Clone(w.count)
	delete(seen, "connect")
	return seen
}

// Each round trip is told under its script's name, with a word for what went wrong: a full Redis, one that is gone, one that
// hangs. A script that the server doesn't know yet, and a key that isn't there, are nothing wrong.
func TestWatch(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	w := watched(b.a)
	l := b.begin(t, phone)
	committed(t, b.a, next(l, "twilio/SM1", nil), "n1")
	if _, err := b.a.Bundle(t.Context(), "none"); err == nil {
		t.Error("there is a bundle")
	}
	for call := range w.seen() {
		if strings.Contains(call, " ") {
			t.Errorf("told of %q: nothing has failed", call)
		}
	}
	if seen := w.seen(); seen["commit"] == 0 || seen["alias"] == 0 || seen["get"] == 0 {
		t.Errorf("told of %v, want the scripts and commands by their names", seen)
	}
	if err := b.raw.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := b.a.Suppress(t.Context(), []message.Address{phone}, true); err == nil {
		t.Error("a full Redis takes a write")
	}
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	b.server.Pause()
	_ = b.a.Ping(short)
	b.server.Resume()
	b.server.Kill()
	_ = b.a.Ping(t.Context())
	got := w.seen()
	if got["set timeout"] != 1 || got["set connection"] != 1 {
		t.Errorf("told of %v, want a timeout of a ping, which sets, and one without a connection", got)
	}
	oom := 0
	for call, n := range got {
		if strings.HasSuffix(call, " oom") {
			oom += n
		}
	}
	if oom != 1 {
		t.Errorf("told of %v, want one oom", got)
	}
}
