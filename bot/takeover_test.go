package bot_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// Three processes serve, one is killed under traffic: the others take over everything that it had claimed within the claim and
// a poll, nothing is lost, and no writeback is made twice.
func TestKilledAmongThreeIsTakenOver(t *testing.T) {
	t.Parallel()
	kills := 2
	if proof() {
		kills = 20
	}
	const poll, slack = time.Second, 1500 * time.Millisecond // the latter is a busy machine's
	p := newProof(t, childConfig{Slow: 150 * time.Millisecond})
	p.rest = 50 * time.Millisecond
	start := func() *child { return startChild(t, p.config) }
	p.alive = []*child{start(), start(), start()}
	stop := p.customers(8)
	for i := range kills {
		acked := p.ackedSoFar()
		p.b.eventually("traffic flows", func() bool { return p.ackedSoFar() > acked+20 })
		slot := i % len(p.alive)
		p.alive[slot].kill()
		if _, ok := wait(p.alive[slot].ended); !ok {
			t.Fatal("a killed child lives on")
		}
		killed := time.Now()
		claims := p.claims()
		stood := len(claims)
		p.b.eventually("the claims are settled", func() bool { return p.settled(claims) })
		took := time.Since(killed)
		t.Logf("kill %d: claims stood in %d conversations, the last was settled after %s", i+1, stood, took.Round(time.Millisecond))
		if most := childClaim + poll + slack; took > most {
			t.Errorf("what was claimed was taken over after %s, want at most %s: the claim and a poll", took, most)
		}
		p.replace(slot, start())
	}
	stop()
	p.end()
	for _, v := range p.check() {
		t.Error(v)
	}
	lapsed := 0
	for _, o := range p.opened {
		lapsed += p.b.entries(o, func(e fsm.Event) bool { return e.Done != nil && e.Done.Result == fsm.Lapsed })
	}
	t.Logf("%d kills, %d events acknowledged, %d cases, %d effects taken over from the dead", kills, len(p.acked), len(p.opened), lapsed)
	if lapsed == 0 {
		t.Error("the dead had claimed nothing: this has proven nothing")
	}
}

func (p *crashes) ackedSoFar() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acked)
}

// claims are all that stand now, by conversation.
func (p *crashes) claims() map[string][]store.Claim {
	p.t.Helper()
	p.mu.Lock()
	var conversations []string
	for _, o := range p.opened {
		conversations = append(conversations, o.Conversation)
	}
	p.mu.Unlock()
	all := make(map[string][]store.Claim)
	for _, id := range conversations {
		l, err := p.b.store.Load(p.b.ctx(), id)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, c := range l.Claims {
			all[id] = append(all[id], c)
		}
	}
	return all
}

// settled says whether none of these claims stands any more, and forgets those that don't.
func (p *crashes) settled(claims map[string][]store.Claim) bool {
	for id, were := range claims {
		l, err := p.b.store.Load(p.b.ctx(), id)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, was := range were {
			if is, ok := l.Claims[was.Effect]; ok && is.Nonce == was.Nonce && is.Attempt == was.Attempt {
				return false
			}
		}
		delete(claims, id)
	}
	return true
}
