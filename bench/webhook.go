package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/store/storebench"
)

// Webhook is the like-for-like: the real webhook beside the bare one.
type Webhook struct {
	PerSecond float64 `json:"webhook_per_s"` // signed form in, durable commit, 200 out; what the commits make due is left alone
	Bare      float64 `json:"bare_per_s"`    // the faster of the two below
	Ratio     float64 `json:"ratio"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	BareP50   float64 `json:"bare_p50_ms"`
	BareP99   float64 `json:"bare_p99_ms"`
	Pooled    float64 `json:"bare_pooled_per_s"`    // over the store's pool, a round trip for each script
	Pipelined float64 `json:"bare_pipelined_per_s"` // scripts of all requests share round trips

	CPU          float64 `json:"webhook_cpu_us"` // of generator and service, a message
	CPURedis     float64 `json:"webhook_redis_cpu_us"`
	BareCPU      float64 `json:"bare_cpu_us"`
	BareCPURedis float64 `json:"bare_redis_cpu_us"`

	Replying    float64 `json:"replying_per_s"` // the same with every reply sent, beside the webhooks
	ReplyingP50 float64 `json:"replying_p50_ms"`
	ReplyingP99 float64 `json:"replying_p99_ms"`

	Commits     float64 `json:"redis_benchmark_per_s"` // redis-benchmark's EVALSHA of the same commit; zero: not made
	BareToRedis float64 `json:"bare_to_redis"`         // the bare handler's round trips to that
	Check       string  `json:"check"`                 // made, or why not

	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"` // each of the two was measured
	Messages    int     `json:"messages"`
	Bytes       int     `json:"commit_bytes"` // the arguments of one commit
	Fsync       string  `json:"fsync"`
}

// Aims are what it is measured against.
func (w Webhook) Aims() []Aim {
	return []Aim{{"webhook: ratio 0.8 or better", w.Ratio >= 0.8}}
}

// Rows are the figures for people.
func (w Webhook) Rows() []Row {
	most := max(w.PerSecond, w.Bare, w.Replying, w.Commits)
	rows := []Row{
		{"settle: verify, load, step, commit, 200", fmt.Sprintf("%.0f /s", w.PerSecond), w.PerSecond / most},
		{"bare: verify, the same two round trips, 200", fmt.Sprintf("%.0f /s", w.Pooled), w.Pooled / most},
		{"bare, its scripts pipelined", fmt.Sprintf("%.0f /s", w.Pipelined), w.Pipelined / most},
		{"settle, and every reply sent beside it", fmt.Sprintf("%.0f /s", w.Replying), w.Replying / most},
	}
	if w.Commits > 0 {
		rows = append(rows, Row{"redis-benchmark, the same commit alone", fmt.Sprintf("%.0f /s", w.Commits), w.Commits / most})
	} else {
		rows = append(rows, Row{w.Check, "-", 0})
	}
	return append(rows,
		Row{"ratio settle / the faster bare", fmt.Sprintf("%.2f", w.Ratio), 0},
		Row{"ratio bare's round trips / redis-benchmark", fmt.Sprintf("%.2f", w.BareToRedis), 0},
		Row{"settle p50, p99", fmt.Sprintf("%.1f, %.1f ms", w.P50, w.P99), 0},
		Row{"bare p50, p99", fmt.Sprintf("%.1f, %.1f ms", w.BareP50, w.BareP99), 0},
		Row{"with replies p50, p99", fmt.Sprintf("%.1f, %.1f ms", w.ReplyingP50, w.ReplyingP99), 0},
		Row{"processor time of settle, Redis, a message", fmt.Sprintf("%.0f, %.0f µs", w.CPU, w.CPURedis), 0},
		Row{"processor time of bare, Redis, a message", fmt.Sprintf("%.0f, %.0f µs", w.BareCPU, w.BareCPURedis), 0},
		Row{"connections; fsync; bytes of one commit", fmt.Sprintf("%d; %s; %d", w.Connections, w.Fsync, w.Bytes), 0},
	)
}

// turns is how often each of what is compared has its turn.
const turns = 8

// MeasureWebhook measures webhooks. ErrVoid.
func MeasureWebhook(ctx context.Context, o Options) (r Webhook, err error) {
	w, err := newWorld(ctx, o)
	if err != nil {
		return r, err
	}
	defer w.close()
	r.Connections = o.Connections
	if r.Fsync, err = w.redis.Fsync(ctx); err != nil {
		return r, err
	}
	recorded, err := w.compare(ctx, &r)
	if err != nil {
		return r, err
	}
	r.Bytes = recorded.webhook[0].For(0)[1].Bytes()
	o.Say("redis-benchmark: the same commit")
	r.Commits, err = w.redis.Benchmark(ctx, w.url, recorded.webhook[0].For(0)[1], o.Connections, o.For/2)
	switch {
	case errors.Is(err, storebench.ErrNoBenchmark):
		r.Check = err.Error()
	case err != nil:
		return r, err
	default:
		r.Check = "made"
		r.BareToRedis = 2 * r.Bare / r.Commits
	}
	if err := w.replying(ctx, &r); err != nil {
		return r, err
	}
	if r.Check == "made" && r.BareToRedis < 0.5 {
		return r, fmt.Errorf("%w: the bare handler's round trips are %.2f of redis-benchmark's, below half: something else holds it up", ErrVoid, r.BareToRedis)
	}
	return r, nil
}

// compare measures the real webhook and the bare one in turns.
func (w *world) compare(ctx context.Context, r *Webhook) (*recorded, error) {
	w.Say("A conversation is opened, and what its webhooks send to Redis is recorded")
	m, err := w.model(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := w.record(ctx, m)
	if err != nil {
		return nil, err
	}
	real, err := w.serve(false)
	if err != nil {
		return nil, err
	}
	pooled, err := w.serveBare(recorded, w.redis.Run)
	if err != nil {
		return nil, err
	}
	pipelined, err := w.serveBare(recorded, w.redis.RunPipelined)
	if err != nil {
		return nil, err
	}
	seedRaw := func(ctx context.Context, from, n int) error { return w.seedRaw(ctx, recorded, from, n) }
	sides := []*side{
		{world: w, address: real.address, number: realNumber, seed: func(ctx context.Context, from, n int) error { return w.seed(ctx, m, from, n) }},
		{world: w, address: pooled, number: bareNumber, seed: seedRaw},
		{world: w, address: pipelined, number: bareNumber, seed: seedRaw, used: 5_000_000}, // customers of its own
	}
	for _, s := range sides {
		if err := w.prepare(ctx, s, w.For); err != nil {
			return nil, err
		}
	}
	w.Say("Webhooks and bare handlers, in turns: %s each", w.For)
	if w.Profile != nil {
		if err := pprof.StartCPUProfile(w.Profile); err != nil {
			return nil, fmt.Errorf("begin a CPU profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	all, err := inTurns(ctx, turns, w.For/turns, sides[0].run, sides[1].run, sides[2].run)
	if err != nil {
		return nil, err
	}
	webhooks, bares := all[0], all[1]
	r.PerSecond, r.Seconds, r.Messages = webhooks.perSecond(), webhooks.took.Seconds(), webhooks.done
	r.Pooled, r.Pipelined = all[1].perSecond(), all[2].perSecond()
	if r.Pipelined > r.Pooled {
		bares = all[2]
	}
	r.Bare = bares.perSecond()
	r.Ratio = r.PerSecond / r.Bare
	r.P50, r.P99 = ms(quantile(webhooks.sorted(), .5)), ms(quantile(webhooks.each, .99))
	r.BareP50, r.BareP99 = ms(quantile(bares.sorted(), .5)), ms(quantile(bares.each, .99))
	r.CPU, r.CPURedis = webhooks.cpuEach()
	r.BareCPU, r.BareCPURedis = bares.cpuEach()
	return recorded, nil
}

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

// replying measures webhooks once more, in a world of its own, with everything done that they make due.
func (w *world) replying(ctx context.Context, r *Webhook) error {
	w.close() // its Redis would do what was left alone there
	fresh, err := newWorld(ctx, w.Options)
	if err != nil {
		return err
	}
	defer fresh.close()
	s, err := fresh.replies(ctx, w.For)
	if err != nil {
		return err
	}
	w.Say("Webhooks, with every reply sent")
	all, err := s.run(ctx, w.For)
	if err != nil {
		return err
	}
	r.Replying, r.ReplyingP50, r.ReplyingP99 = all.perSecond(), ms(quantile(all.sorted(), .5)), ms(quantile(all.each, .99))
	return nil
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
