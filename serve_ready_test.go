package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Redis that answers and keeps nothing isn't ready for webhooks, says the probe by name, and is ready once it takes writes.
func TestNotReadyWhileRedisRefusesWrites(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t, "--dbfilename", "appendonlydir") // a snapshot can't take the place of a directory
	p := newPremises(t)
	p.set("data_dir: data", fmt.Sprintf("data_dir: data\nredis: {url: %q}", server.URL()))
	p.serve()
	p.becomes("/readyz", 200)
	client, err := store.NewClient(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, tc := range []struct {
		name, says string
		breaks     [][]any
		mends      [][]any
	}{
		{"full", "OOM", [][]any{{"config", "set", "maxmemory", "1"}}, [][]any{{"config", "set", "maxmemory", "0"}}},
		{"a replica", "READONLY", [][]any{{"replicaof", "127.0.0.1", "9"}}, [][]any{{"replicaof", "no", "one"}}},
		{"can't save", "MISCONF", [][]any{{"config", "set", "save", "3600 1"}, {"bgsave"}}, [][]any{{"config", "set", "save", ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			redisDoes(t, client, tc.breaks)
			if body := p.becomes("/readyz", 503); !strings.Contains(body, `"redis"`) || strings.Contains(body, `"bot"`) {
				t.Errorf("/readyz says %s, want the probe redis, and it alone", body)
			}
			if status, _ := p.get("/healthz"); status != 200 {
				t.Errorf("/healthz = %d while Redis takes no writes, want 200: a restart helps nobody", status)
			}
			if !strings.Contains(p.log.String(), tc.says) {
				t.Errorf("the log doesn't say why (%s):\n%s", tc.says, p.log)
			}
			redisDoes(t, client, tc.mends)
			p.becomes("/readyz", 200)
		})
	}
	if n := strings.Count(p.log.String(), "probe fails"); n != 3 {
		t.Errorf("%d lines say that the probe fails, want 3: one each time, not one for each time it is asked", n)
	}
}

func redisDoes(t *testing.T, client redis.UniversalClient, commands [][]any) {
	t.Helper()
	for _, c := range commands {
		if err := client.Do(t.Context(), c...).Err(); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
	}
}

// However often it is asked, Redis is written to once a second at most.
func TestProbeIsNoLoad(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	p := newPremises(t)
	p.set("data_dir: data", fmt.Sprintf("data_dir: data\nredis: {url: %q}", server.URL()))
	p.serve()
	client, err := store.NewClient(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	redisDoes(t, client, [][]any{{"config", "resetstat"}})
	began := time.Now()
	for range 200 {
		p.get("/readyz")
	}
	most := int(time.Since(began)/probeEvery) + 1
	stats, err := client.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	var calls int
	_, after, _ := strings.Cut(stats, "cmdstat_set:calls=")
	if _, err := fmt.Sscanf(after, "%d", &calls); err != nil || calls < 1 || calls > most {
		t.Errorf("200 probes wrote %d times (%v), want one to %d", calls, err, most)
	}
}

// After SIGTERM it isn't ready and still answers, each time on a connection that ends; a second signal ends it at once.
func TestLeaving(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	p := newPremises(t)
	p.set("shutdown: {wait: 0s}", fmt.Sprintf("shutdown: {wait: 2m}\nredis: {url: %q}", server.URL()))
	s := p.start()
	p.becomes("/readyz", 200)
	if p.post().Close {
		t.Error("a webhook's connection is closed while nobody leaves, want it kept")
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if body := p.becomes("/readyz", 503); !strings.Contains(body, `"shutdown"`) || strings.Contains(body, `"bot"`) {
		t.Errorf("/readyz says %s, want the probe shutdown, and it alone", body)
	}
	if status, _ := p.get("/healthz"); status != 200 {
		t.Errorf("/healthz = %d while it leaves, want 200", status)
	}
	if r := p.post(); r.StatusCode != 200 || !r.Close {
		t.Errorf("a webhook while it leaves: %d, connection closed: %v; want 200, and closed", r.StatusCode, r.Close)
	}
	p.hears(2) // the bot still works
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait() // killed by the signal
	if took := time.Since(began); took > shutdownWhole {
		t.Errorf("after a second SIGTERM it took %s, want it ended at once", took)
	}
}

// post delivers a message and gives the answer.
func (p *premises) post() *http.Response {
	p.t.Helper()
	r, err := p.twilio.Inbound(hereURL+"/channels/sms/inbound", customer, hereSMS, "hello").Request(p.t.Context(), p.url)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}
