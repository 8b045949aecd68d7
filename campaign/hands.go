package campaign

import (
	"context"
	"sync"
)

// hands do something with many rows, a few at once. The first error ends it.
type hands struct {
	rows    chan Row
	ctx     context.Context
	stop    context.CancelCauseFunc
	running sync.WaitGroup
}

const howMany = 16

func begin(ctx context.Context, do func(context.Context, Row) error) *hands {
	h := &hands{rows: make(chan Row)}
	h.ctx, h.stop = context.WithCancelCause(ctx)
	for range howMany {
		h.running.Go(func() {
			for r := range h.rows {
				if h.ctx.Err() != nil {
					continue
				}
				if err := do(h.ctx, r); err != nil {
					h.stop(err)
				}
			}
		})
	}
	return h
}

// give hands over one row. Its error is why no more are taken.
func (h *hands) give(r Row) error {
	select {
	case h.rows <- r:
		return nil
	case <-h.ctx.Done():
		return context.Cause(h.ctx)
	}
}

// end waits for the rows that were given. Its error is the first that one of them met, else the giver's own.
func (h *hands) end(giver error) error {
	close(h.rows)
	h.running.Wait()
	err := context.Cause(h.ctx)
	h.stop(nil)
	if err != nil {
		return err
	}
	return giver
}
