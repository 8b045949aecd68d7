package simulator

import (
	"container/heap"
	"slices"
	"time"

	"github.com/settle-chat/settle/channels"
)

// job is one thing that a network does later for one telephone: a message's next status, or a webhook.
type job struct {
	at   time.Time
	step *bubble

	hook  *channels.Received
	said  *bubble // the customer's message that the webhook brings, if any
	tries int     // failed before
}

// later adds a job behind those due at the same time; mu is held.
func (n *Network) later(p *phone, j job) {
	at := len(p.jobs)
	for at > 0 && p.jobs[at-1].at.After(j.at) {
		at--
	}
	p.jobs = slices.Insert(p.jobs, at, j)
	n.wakeAt(p, j.at)
}

// wakeAt has somebody look at a telephone at a time; mu is held.
func (n *Network) wakeAt(p *phone, at time.Time) {
	n.seq++
	heap.Push(&n.wakes, wake{at: at, seq: n.seq, phone: p})
	signal(n.wake)
}

// wake is when to look at a telephone. What is due there may have been done before: then it is stale.
type wake struct {
	at    time.Time
	seq   uint64
	phone *phone
}

func (w wake) stale() bool { return len(w.phone.jobs) == 0 || w.phone.jobs[0].at.After(w.at) }

// wakes is a heap, the earliest first.
type wakes []wake

func (w wakes) Len() int { return len(w) }
func (w wakes) Less(i, j int) bool {
	if !w[i].at.Equal(w[j].at) {
		return w[i].at.Before(w[j].at)
	}
	return w[i].seq < w[j].seq
}
func (w wakes) Swap(i, j int) { w[i], w[j] = w[j], w[i] }
func (w *wakes) Push(x any)   { *w = append(*w, x.(wake)) }
func (w *wakes) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	(*w)[last] = wake{} // so that its telephone isn't kept by a place that is free
	*w = (*w)[:last]
	return x
}

// first drops stale wakes and returns the first of the others; mu is held.
func (n *Network) first() (wake, bool) {
	for len(n.wakes) > 0 {
		if w := n.wakes[0]; !w.stale() {
			return w, true
		}
		heap.Pop(&n.wakes)
	}
	return wake{}, false
}

// Due is when the network next has something to do; false where nothing is on its way.
func (n *Network) Due() (time.Time, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w, ok := n.first()
	return w.at, ok
}
