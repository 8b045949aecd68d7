package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/store"
)

var points = []string{"after-commit", "after-claim", "after-gate", "after-provider", "after-system"}

// Two processes serve; each kills itself at one of the named points, again and again, under traffic. No acknowledged event
// is lost or taken twice, no writeback made twice, no message sent twice that isn't in the journal, and every case ends.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	times := 20
	switch {
	case testing.Short():
		times = 2
	case proof():
		times = 200
	case raced:
		times = 8
	}
	p := newProof(t, childConfig{Slow: 2 * time.Millisecond})
	hits := p.kill(times)
	for _, point := range points {
		if hits[point] != times {
			t.Errorf("killed %d times at %s, want %d", hits[point], point, times)
		}
	}
	violations := p.check()
	t.Logf("%d kills, %d events acknowledged, %d cases, %d messages", times*len(points), len(p.acked), len(p.opened), len(p.b.twilio.Messages()))
	for _, v := range violations {
		t.Error(v)
	}
}

// The checker notices: with a guarantee taken away the same run is red.
func TestKilledAndSabotagedIsNoticed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		with childConfig
		want string
	}{
		"without dedupe": {childConfig{NoDedupe: true, Slow: 2 * time.Millisecond}, "taken"},
		"without claims": {childConfig{NoClaims: true, Slow: 200 * time.Millisecond}, "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProof(t, tc.with)
			p.kill(1)
			violations := p.check()
			if !slices.ContainsFunc(violations, func(v string) bool { return strings.Contains(v, tc.want) }) {
				t.Errorf("%d violations reported, want some that say %q: %q", len(violations), tc.want, violations)
			}
		})
	}
}

// crashes is one run: children, traffic, and what was acknowledged.
type crashes struct {
	t      *testing.T
	b      *bench
	config childConfig
	http   *http.Client
	rest   time.Duration // between two messages of a customer

	mu     sync.Mutex
	alive  []*child           // guarded by mu
	fresh  chan struct{}      // guarded by mu; closed when a child takes a dead one's place
	acked  map[string]int     // guarded by mu; event ID -> customer
	opened map[int]bot.Opened // guarded by mu
	next   int                // guarded by mu; customer
}

func newProof(t *testing.T, c childConfig) *crashes {
	b := newBench(t, benchOptions{redis: store.Options{URL: c.Redis, Durability: c.Durability, Replicas: c.Replicas}})
	own := b.childConfig()
	c.Redis, c.Keyset, c.Twilio, c.Ahead, c.Ledger, c.Claim = own.Redis, own.Keyset, own.Twilio, own.Ahead, own.Ledger, own.Claim
	transport := &http.Transport{DisableKeepAlives: true}
	return &crashes{t: t, b: b, config: c, http: &http.Client{Transport: transport, Timeout: 20 * time.Second}, fresh: make(chan struct{}),
		acked: make(map[string]int), opened: make(map[int]bot.Opened)}
}

// kill lets children die so many times at each point while customers write, and tells how often each point was hit.
func (p *crashes) kill(times int) map[string]int {
	p.t.Helper()
	var plan []string
	for range times {
		plan = append(plan, points...)
	}
	rand.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	start := func(point string) *child {
		c := p.config
		c.Point, c.Hits = point, 1+rand.Int32N(6)
		return startChild(p.t, c)
	}
	p.alive = []*child{start(plan[0]), start(plan[1])}
	stop := p.customers(4)
	hits := make(map[string]int)
	begun := 2
	for killed := 0; killed < len(plan); killed++ {
		slot, said := 0, ""
		select {
		case said = <-p.alive[0].ended:
		case said = <-p.alive[1].ended:
			slot = 1
		case <-time.After(60 * time.Second):
			p.t.Fatalf("no child died within a minute; killed so far: %v", hits)
		}
		hits[strings.TrimPrefix(said, "hit ")]++
		point := "" // the last two live
		if begun < len(plan) {
			point = plan[begun]
		}
		begun++
		p.replace(slot, start(point))
	}
	stop()
	p.end()
	return hits
}

// replace puts a child in a dead one's place.
func (p *crashes) replace(slot int, by *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive[slot] = by
	close(p.fresh)
	p.fresh = make(chan struct{})
}

// customers lets so many customers at a time write until stop is called.
func (p *crashes) customers(n int) (stop func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	for range n {
		all.Go(func() { p.traffic(done) })
	}
	return func() {
		close(done)
		all.Wait()
	}
}

// end ends the children that live.
func (p *crashes) end() {
	p.t.Helper()
	for _, k := range p.alive {
		_ = k.stdin.Close()
		if _, ok := wait(k.ended); !ok {
			p.t.Error("a child didn't end when told to")
		}
	}
}

// traffic is one customer after another, each in a hurry: the next message goes out once the last is acknowledged.
func (p *crashes) traffic(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		p.mu.Lock()
		n := p.next
		p.next++
		p.mu.Unlock()
		if n > 1900 { // as many numbers as there are
			return
		}
		if !p.open(n) {
			return
		}
		c := client(n)
		for _, text := range []string{"1", "14 march 2196", "4 friday", "1250", "yes"} {
			select {
			case <-time.After(p.rest):
			case <-done:
			}
			p.deliver(n, p.b.inbound(c, text))
		}
	}
}

// post posts to one child after the other until one says 200, as a provider does. Where two in a row aren't there it waits for
// the next one.
func (p *crashes) post(do func(base string) (int, []byte, error)) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // a provider is patient
	defer cancel()
	var fresh chan struct{} // of before either was tried: one that came meanwhile is not missed
	for slot, failed := rand.N(len(p.alive)), false; ctx.Err() == nil; slot = (slot + 1) % len(p.alive) {
		p.mu.Lock()
		k := p.alive[slot]
		if !failed {
			fresh = p.fresh
		}
		p.mu.Unlock()
		status, body, err := do(k.url)
		switch {
		case err == nil && status == http.StatusOK:
			return body
		case err == nil:
			failed = false
		case !failed: // perhaps the other one
			failed = true
		default:
			select {
			case <-fresh:
			case <-ctx.Done():
			}
			failed = false
		}
	}
	return nil
}

func (p *crashes) open(n int) bool {
	seed(p.b, client(n))
	body := p.post(func(base string) (int, []byte, error) {
		r, err := p.http.Post(fmt.Sprintf("%s/open/%d", base, n), "", nil)
		if err != nil {
			return 0, nil, err
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		return r.StatusCode, b, err
	})
	var o bot.Opened
	if json.Unmarshal(body, &o) != nil {
		p.t.Errorf("case %d was never opened", n)
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened[n] = o
	return true
}

// deliver delivers a webhook until it is acknowledged, and sometimes once more.
func (p *crashes) deliver(n int, w twiliotest.Webhook) {
	for range 1 + rand.N(2) {
		body := p.post(func(base string) (int, []byte, error) { return w.Post(p.b.ctx(), p.http, base) })
		if body == nil {
			p.t.Errorf("a message of customer %d was never acknowledged", n)
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acked["twilio/"+w.Form.Get("MessageSid")] = n
}
