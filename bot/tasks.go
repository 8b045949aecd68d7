package bot

import (
	"context"
	"sync"
)

// tasks counts what is running. Unlike a sync.WaitGroup it may grow while somebody waits.
type tasks struct {
	mu   sync.Mutex
	n    int           // guarded by mu
	none chan struct{} // guarded by mu; closed when n is zero
}

func (t *tasks) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		t.none = make(chan struct{})
	}
	t.n++
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n == 0 {
		close(t.none)
	}
}

// wait returns once nothing is running.
func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	n, none := t.n, t.none
	t.mu.Unlock()
	if n == 0 {
		return nil
	}
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
