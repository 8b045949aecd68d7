package bot_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/settle-chat/settle/bot"
)

// simResult is what one seed has shown.
type simResult struct {
	seed       uint64
	digest     string // of everything that was sent, written and journalled
	violations []string
	timeline   string
	faults     map[string]int
	events     int // journalled
	messages   int
	changes    int
	passed     time.Duration // on Redis's clock
}

// simulate runs one seed from beginning to end.
func simulate(t *testing.T, seed uint64, mutant simMutant) (result simResult) {
	t.Helper()
	if _, err := library(); err != nil { // outside the bubble, once for all
		t.Fatal(err)
	}
	cryptotest.SetGlobalRandom(t, seed)
	back := bot.SetJitter(func(most time.Duration) time.Duration {
		return time.Duration(uint64(time.Now().UnixNano()) * 0x9E3779B97F4A7C15 >> 1 % uint64(most))
	})
	defer back()
	synctest.Test(t, func(t *testing.T) {
		w := newSim(t, seed, mutant)
		w.run()
		result = w.check()
		_ = w.raw.Close()
		w.server.Close()
	})
	return result
}

// run lets everything happen: some minutes of faults, then calm, then days that nobody disturbs.
func (w *simWorld) run() {
	r := w.draw("run")
	w.procs = make([]*simProc, 2+r.IntN(2))
	for i := range w.procs {
		time.Sleep(between(r, time.Millisecond, 900*time.Millisecond))
		w.start(i, 0)
	}
	storm := time.Now().Add(between(r, 2*time.Minute, 5*time.Minute))
	people := 2 + r.IntN(3)
	for n := range people {
		w.goes(func() { w.person(n).live(storm.Add(90 * time.Second)) })
	}
	w.goes(func() { w.chaos(storm) })
	w.goes(func() { w.desk(storm.Add(time.Minute)) })
	w.goes(func() { w.watch(storm.Add(3 * time.Minute)) })
	time.Sleep(time.Until(storm))
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	w.tell("calm")
	time.Sleep(3 * time.Minute) // for the last 90 s of which nobody says anything any more
	for i := range 30 {         // days pass: what waits for a time gets it
		w.jump(between(w.draw("days"), time.Hour, 12*time.Hour))
		if i%6 == 5 {
			w.jump(3 * 24 * time.Hour)
		}
		time.Sleep(between(w.draw("wait"), 3*time.Second, 5*time.Second))
	}
	time.Sleep(time.Minute)
	for _, p := range w.alive() {
		p.end()
	}
	w.going.Wait()
	for _, p := range w.procs {
		_ = p.client.Close()
	}
}

// chaos makes processes die and freeze, Redis go away and its clock jump.
func (w *simWorld) chaos(until time.Time) {
	r := w.draw("chaos")
	lives := make([]int, len(w.procs))
	for {
		time.Sleep(between(r, 2*time.Second, 25*time.Second))
		if !time.Now().Before(until) {
			return
		}
		slot := r.IntN(len(w.procs))
		w.mu.Lock()
		p := w.procs[slot]
		w.mu.Unlock()
		switch n := r.IntN(100); {
		case p == nil || p.isDead():
			continue
		case n < 40:
			after := between(r, 10*time.Millisecond, 40*time.Second)
			w.fault("crash", "%s, the next one in %s", p.name, after)
			p.crash()
			lives[slot]++
			life := lives[slot]
			w.goes(func() {
				time.Sleep(after)
				w.start(slot, life)
				time.Sleep(90 * time.Second) // its goroutines have ended by then
				_ = p.client.Close()
			})
		case n < 55:
			d := between(r, time.Second, 70*time.Second)
			w.fault("freeze", "%s for %s", p.name, d)
			p.freeze(d)
		case n < 70:
			d := between(r, 100*time.Millisecond, 15*time.Second)
			w.fault("Redis away", "for %s", d)
			w.mu.Lock()
			w.away = time.Now().Add(d)
			w.mu.Unlock()
		case n < 90:
			by := between(r, time.Second, 90*time.Second)
			if r.IntN(3) == 0 {
				by = between(r, 10*time.Minute, 9*time.Hour)
			}
			w.fault("clock forwards", "by %s", by)
			w.jump(by)
		default:
			by := between(r, 10*time.Millisecond, 5*time.Minute)
			w.fault("clock back", "by %s", by)
			w.jump(-by)
		}
	}
}

// digest is one number for all that was sent, written and journalled, and when.
func simDigest(lines []string) string {
	sort.Strings(lines)
	h := sha256.New()
	for _, l := range lines {
		fmt.Fprintln(h, l)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
