package bot_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// servers are several, of which another may take over from the one that holds a key.
type servers interface {
	URL() string
	Replicas() int
	Ready()
	Holds(key string) (master *storetest.Server, replicas []*storetest.Server)
	Failover(key string)
}

// setUps are those that replicated durability is for.
var setUps = map[string]func(testing.TB) servers{
	"Sentinel": func(t testing.TB) servers { return storetest.NewSentinel(t) },
	"Cluster":  func(t testing.TB) servers { return storetest.NewCluster(t) },
}

// A master is killed under traffic, and a replica takes over: no acknowledged event is lost or taken twice, no writeback
// made twice, no message sent twice that isn't in the journal, and every case ends.
func TestFailoverUnderTraffic(t *testing.T) {
	t.Parallel()
	failovers := 1
	switch {
	case testing.Short():
		t.Skip("a failover takes seconds")
	case proof():
		failovers = 20
	}
	for name, start := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := start(t)
			p := newProof(t, childConfig{Redis: set.URL(), Durability: store.Replicated, Replicas: set.Replicas(), Slow: 2 * time.Millisecond})
			p.failOver(set, failovers)
			violations := p.check()
			t.Logf("%d failovers, %d events acknowledged, %d cases, %d messages", failovers, len(p.acked), len(p.opened), len(p.b.twilio.Messages()))
			for _, v := range violations {
				t.Error(v)
			}
		})
	}
}

// failOver lets two children serve customers while masters are killed.
func (p *crashes) failOver(set servers, times int) {
	p.t.Helper()
	p.alive = []*child{startChild(p.t, p.config), startChild(p.t, p.config)}
	for range times {
		set.Ready() // without traffic: it may take longer than there are customers
		done := make(chan struct{})
		var customers sync.WaitGroup
		for range 4 {
			customers.Go(func() { p.traffic(done) })
		}
		p.progress(20)
		set.Failover(fmt.Sprintf("settle:{p%02x}:", rand.N(store.Partitions)))
		p.progress(20)
		close(done)
		customers.Wait()
	}
	p.end()
}

// progress returns once so many more events are acknowledged.
func (p *crashes) progress(more int) {
	p.t.Helper()
	acked := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.acked)
	}
	from, late := acked(), time.After(time.Minute)
	for tick := time.Tick(5 * time.Millisecond); acked() < from+more; {
		select {
		case <-tick:
		case <-late:
			p.t.Fatalf("%d events were acknowledged within a minute, want %d; %d before, of %d customers", acked()-from, more, from, p.next)
		}
	}
}

// While no replica confirms, a message isn't acknowledged, nor when it comes again, and nothing is sent for it. Once the
// replica goes on, it is, and was taken once.
func TestNoReplicaIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes the eight seconds that a commit is tried for")
	}
	server := storetest.OnPort(t)
	replica := server.Replica(t)
	b := newBench(t, benchOptions{redis: store.Options{URL: "redis://" + server.Addr(), Durability: store.Replicated}})
	taken, frozen := client(1), client(2)
	for _, c := range []customer{taken, frozen} {
		b.open(c)
	}
	again, first := b.inbound(taken, "1"), b.inbound(frozen, "1")
	if status := b.webhook(again); status != 200 {
		t.Fatalf("webhook answered %d, want 200", status)
	}
	b.settle()
	before := len(b.twilio.Messages())
	replica.Pause()
	var both sync.WaitGroup
	for what, hook := range map[string]twiliotest.Webhook{"repeated": again, "first": first} {
		both.Go(func() {
			if status := b.webhook(hook); status != 503 {
				t.Errorf("the %s webhook answered %d while no replica confirmed, want 503", what, status)
			}
		})
	}
	both.Wait()
	if n := len(b.twilio.Messages()); n != before {
		t.Errorf("%d messages left while no replica confirmed, want none", n-before)
	}
	replica.Resume()
	for _, hook := range []twiliotest.Webhook{again, first} {
		if status := b.webhook(hook); status != 200 {
			t.Errorf("webhook answered %d once the replica went on, want 200", status)
		}
	}
	b.settle()
	if n := len(b.heard(frozen)); n != 2 {
		t.Errorf("%d messages, want the first and one answer", n)
	}
}
