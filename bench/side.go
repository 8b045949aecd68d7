package bench

import (
	"context"
	"time"

	"github.com/settle-chat/settle/bot"
)

// side is one of what is compared: a handler, and customers that have not written yet.
type side struct {
	world   *world
	bot     *bot.Bot // nil: nobody asks whether it still works
	address string
	number  func(int) string
	seed    func(ctx context.Context, from, n int) error
	used    int
	rate    float64 // as far as known
	load    *load
	queue   *queue
}

// more seeds customers and signs their messages.
func (s *side) more(ctx context.Context, n int) error {
	if err := s.seed(ctx, s.used, n); err != nil {
		return err
	}
	s.queue = newQueue(s.address, s.used, n, s.number)
	s.used += n
	return nil
}

// prepare warms a side up and gives it as many customers as it will need.
func (w *world) prepare(ctx context.Context, s *side, d time.Duration) error {
	var err error
	if s.load, err = w.newLoad(s.address, w.Connections); err != nil {
		return err
	}
	for _, n := range []int{4 * w.Connections, 16 * w.Connections} { // the first is for pools and caches
		if w.Conversations > 0 {
			n = min(n, w.Conversations)
		}
		if err := s.more(ctx, n); err != nil {
			return err
		}
		warm, err := s.run(ctx, d)
		if err != nil {
			return err
		}
		s.rate = warm.perSecond()
	}
	n := w.needed(s.rate, d)
	w.Say("%d conversations are written", n)
	return s.more(ctx, n)
}

func (s *side) run(ctx context.Context, d time.Duration) (sample, error) {
	before, err := s.world.cpu(ctx)
	if err != nil {
		return sample{}, err
	}
	done, err := s.load.closed(ctx, s.queue, d)
	if err != nil {
		return sample{}, err
	}
	after, err := s.world.cpu(ctx)
	done.cpu = cpu{after.here - before.here, after.redis - before.redis}
	return done, err
}

// replies is a side that sends replies, warm and with customers for d.
func (w *world) replies(ctx context.Context, d time.Duration) (*side, error) {
	m, err := w.model(ctx)
	if err != nil {
		return nil, err
	}
	real, err := w.serve(true)
	if err != nil {
		return nil, err
	}
	s := &side{world: w, bot: real.bot, address: real.address, number: realNumber, seed: func(ctx context.Context, from, n int) error { return w.seed(ctx, m, from, n) }}
	return s, w.prepare(ctx, s, d)
}
