package bot

import (
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/store"
)

// wakes are the times, sooner than the next poll, at which this process knows that something is due: it has committed it.
// They are a hint and nothing rests on them. They let the poll of all partitions be rare and what is known be on time.
type wakes struct {
	mu    sync.Mutex
	at    map[int]time.Time // guarded by mu; by partition
	armed time.Time         // guarded by mu; zero: not
	timer *time.Timer
}

func newWakes() *wakes {
	w := &wakes{at: make(map[int]time.Time), timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}

// note says that a conversation is due in a while. What the next poll finds anyway is left to it.
func (w *wakes) note(conversation string, in time.Duration) {
	n, ok := store.PartitionOf(conversation)
	if !ok || in > pollEvery {
		return
	}
	at := time.Now().Add(in + time.Millisecond) // Redis's time has whole milliseconds, rounded up
	w.mu.Lock()
	defer w.mu.Unlock()
	if is, ok := w.at[n]; !ok || at.Before(is) {
		w.at[n] = at
		w.arm(at)
	}
}

// due takes out the partitions whose time has come.
func (w *wakes) due(now time.Time) []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []int
	for n, at := range w.at {
		if !at.After(now) {
			all = append(all, n)
			delete(w.at, n)
		}
	}
	w.armed = time.Time{}
	w.timer.Stop() // also one that has fired and wasn't seen yet
	for _, at := range w.at {
		w.arm(at)
	}
	return all
}

// union is all partitions of both, each once.
func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// atOnce is a channel that never waits where there are partitions left, and else always.
func atOnce(left []int) <-chan struct{} {
	if len(left) == 0 {
		return nil
	}
	return closed
}

// arm sets the timer to a time, unless it is set to an earlier one; mu is held.
func (w *wakes) arm(at time.Time) {
	if w.armed.IsZero() || at.Before(w.armed) {
		w.armed = at
		w.timer.Reset(time.Until(at))
	}
}
