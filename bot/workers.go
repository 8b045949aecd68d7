package bot

import "sync/atomic"

// workers are goroutines that are kept for the next thing to do: a new one would grow its stack anew for each message.
type workers struct {
	next chan func()
	idle atomic.Int64
}

// mostIdle is how many wait for something to do; what comes beyond them has a goroutine of its own.
const mostIdle = 256

// work runs f on a worker, at once.
func (b *Bot) work(f func()) {
	select {
	case b.workers.next <- f:
	default:
		go b.worker(f)
	}
}

func (b *Bot) worker(f func()) {
	for {
		f()
		if b.workers.idle.Add(1) > mostIdle {
			b.workers.idle.Add(-1)
			return
		}
		select {
		case f = <-b.workers.next:
			b.workers.idle.Add(-1)
		case <-b.stop:
			return
		}
	}
}
