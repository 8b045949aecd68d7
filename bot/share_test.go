package bot_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
)

// Processes share what is due, whatever it is: none does much more than its part, and hardly anything is looked at in vain.
func TestProcessesShareWhatIsDue(t *testing.T) {
	t.Parallel()
	type run struct{ processes, due int }
	runs := []run{{3, 600}}
	switch {
	case proof():
		runs = []run{{3, 3000}, {5, 3000}}
	case testing.Short():
		runs = []run{{3, 300}}
	}
	for _, r := range runs {
		t.Run("", func(t *testing.T) {
			b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.CommitOnly = true }})
			b.openMany(r.due)
			sends := b.shared(r.processes, func() bool { return len(b.twilio.Messages()) >= r.due })
			b.evenly("first messages", sends, func(d did) int { return d.Sends }, r.due)

			b.pass(3 * 24 * time.Hour) // silence: every case has a timer
			reminded := 2 * r.due
			timers := b.shared(r.processes, func() bool { return len(b.twilio.Messages()) >= reminded })
			b.evenly("timers", timers, func(d did) int { return d.Timers }, r.due)
		})
	}
}

// openMany opens cases of which nothing is done yet.
func (b *bench) openMany(n int) {
	b.t.Helper()
	next := make(chan int)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for i := range next {
				seed(b, client(i))
				if _, err := b.bot.Open(b.ctx(), request(client(i))); err != nil {
					b.t.Errorf("open case %d: %v", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
}

// shared lets so many processes begin at once, waits until it is done, and tells what each did.
func (b *bench) shared(processes int, done func() bool) []did {
	b.t.Helper()
	c := b.childConfig()
	c.Waits, c.Claim = true, 0 // the usual one: on a busy machine a shorter one lapses, and a first message isn't sent again
	children := make([]*child, processes)
	for i := range children {
		children[i] = startChild(b.t, c)
	}
	began := time.Now()
	for _, k := range children {
		r, err := http.Post(k.url+"/begin", "", nil)
		if err != nil {
			b.t.Fatal(err)
		}
		_ = r.Body.Close()
	}
	b.eventually("all of it done", done)
	b.t.Logf("%d processes: %s", processes, time.Since(began).Round(time.Millisecond))
	all := make([]did, processes)
	for i, k := range children {
		_ = k.stdin.Close()
		said, ok := wait(k.ended)
		if err := json.Unmarshal([]byte(said), &all[i]); !ok || err != nil {
			b.t.Fatalf("a child said %q at its end: %v", said, err)
		}
	}
	return all
}

// evenly wants what was due to be done by all of them, none more than 1.8 times its part, which of three is 60 %.
func (b *bench) evenly(what string, all []did, count func(did) int, due int) {
	b.t.Helper()
	done, most, looked := 0, 0, 0
	for _, d := range all {
		done += count(d)
		most = max(most, count(d))
		looked += d.Looked
	}
	b.t.Logf("%s: %d done by %d processes, %d by the one that did most (%d %%), %d conversations looked at: %+v",
		what, done, len(all), most, 100*most/max(done, 1), looked, all)
	if done < due {
		b.t.Errorf("%d %s done, want %d", done, what, due)
	}
	if float64(most) > 1.8/float64(len(all))*float64(done) {
		b.t.Errorf("one of %d processes did %d of %d %s, want %.0f %% at most", len(all), most, done, what, 180/float64(len(all)))
	}
	if looked > due+due/2 {
		b.t.Errorf("%d conversations were looked at for %d %s, want half as many more at most", looked, due, what)
	}
}

// eventually waits until something is so.
func (b *bench) eventually(what string, is func() bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.t.Fatalf("not within two minutes: %s", what)
		}
	}
}
