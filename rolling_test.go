package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// Three processes behind a balancer are restarted in turn, twice, under a steady stream of signed webhooks, and before each
// restart another version of the workflows is published: every webhook is answered with 200 by the first process that gets
// it, and every message is in the journal once.
func TestRollingRestartFailsNoWebhook(t *testing.T) {
	t.Parallel()
	rounds, wait := 2, "1s"
	if os.Getenv("SETTLE_PROOF") == "1" {
		rounds, wait = 10, "2s"
	}
	p := newPremises(t)
	redis := storetest.Redis(t)
	p.set("shutdown: {wait: 0s}", fmt.Sprintf("shutdown: {wait: %s}\nredis: {url: %q}", wait, redis.URL()))
	p.copyContent()
	text := welcomeText
	lb := newBalancer(t)
	running := make([]*process, 3)
	behind := make([]*backend, 3)
	for i := range running {
		running[i] = p.start()
		behind[i] = lb.add(running[i])
	}
	lb.await(len(running))

	stream := &stream{p: p, to: lb.server.URL, sent: make(map[string]string)}
	stop := stream.start(8)
	for round := range rounds {
		for i := range running {
			to := fmt.Sprintf("This is version r%dp%d.", round, i) // not "1 ... 2": the loader takes that for options numbered by hand
			p.welcomes(text, to)
			text = to
			if err := running[i].cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := running[i].cmd.Wait(); err != nil {
				t.Errorf("a process ended with %v, want 0\n%s", err, running[i].log)
			}
			lb.remove(behind[i])
			running[i] = p.start()
			behind[i] = lb.add(running[i])
			lb.await(len(running))
		}
	}
	stop()
	t.Logf("%d restarts, %d webhooks, %d of them not answered with 200", rounds*len(running), stream.total.Load(), stream.failed.Load())
	if n := stream.failed.Load(); n != 0 {
		t.Errorf("%d of %d webhooks failed, want none", n, stream.total.Load())
	}
	if n := lb.retried.Load(); n != 0 {
		t.Errorf("%d webhooks needed a second connection, want none: a balancer mustn't have to repeat a POST", n)
	}
	stream.check(p.openStore(redis))
}

// stream is customers who write, one message after the other.
type stream struct {
	p      *premises
	to     string
	total  atomic.Int64
	failed atomic.Int64

	mu   sync.Mutex
	sent map[string]string // guarded by mu; event ID -> who wrote
}

// streamRest is how long each customer thinks between two messages.
const streamRest = 20 * time.Millisecond

// start lets so many customers write until the function that it returns is called.
func (s *stream) start(customers int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: customers}, Timeout: 20 * time.Second}
	var all sync.WaitGroup
	for n := range customers {
		all.Go(func() {
			tick := time.NewTicker(streamRest)
			defer tick.Stop()
			for i := 0; ctx.Err() == nil; i++ {
				s.say(client, fmt.Sprintf("+447700900%03d", 10*n+i%10))
				select {
				case <-tick.C:
				case <-ctx.Done():
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
		client.CloseIdleConnections()
	}
}

func (s *stream) say(client *http.Client, from string) {
	w := s.p.twilio.Inbound(hereURL+"/channels/sms/inbound", from, hereSMS, "hello")
	status, body, err := w.Post(context.Background(), client, s.to)
	s.total.Add(1)
	if err != nil || status != http.StatusOK {
		s.failed.Add(1)
		s.p.t.Logf("a webhook was answered with %d, %q, %v", status, body, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent["twilio/"+w.Form.Get("MessageSid")] = from
}

// check finds every message in the journal of whoever wrote it, once.
func (s *stream) check(st *store.Store) {
	s.p.t.Helper()
	taken, read := make(map[string]int), make(map[string]bool)
	for _, from := range s.sent {
		if read[from] {
			continue
		}
		read[from] = true
		l, err := st.LoadAddress(s.p.t.Context(), message.Address("sms:"+from))
		if err != nil {
			s.p.t.Fatal(err)
		}
		entries, err := st.ConversationJournal(s.p.t.Context(), l.Conversation.ID)
		if err != nil {
			s.p.t.Fatal(err)
		}
		for _, e := range entries {
			if e.Entry.Event.Received != nil {
				taken[e.Entry.Event.ID]++
			}
		}
	}
	for id := range s.sent {
		if taken[id] != 1 {
			s.p.t.Errorf("message %s is in the journal %d times, want once", id, taken[id])
		}
	}
	if len(taken) != len(s.sent) {
		s.p.t.Errorf("%d messages are in the journal, %d were sent", len(taken), len(s.sent))
	}
}

// openStore opens the premises' data on a Redis of the test's.
func (p *premises) openStore(redis *storetest.Server) *store.Store {
	p.t.Helper()
	data, err := os.ReadFile(p.path("keyset.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	keys, err := store.ParseKeyset(data)
	if err != nil {
		p.t.Fatal(err)
	}
	return redis.Open(p.t, store.Options{Keyset: keys})
}
