package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"

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
	BareBusy    float64 `json:"bare_busy"`             // of this machine's processors, what the bare handler, its generator and Redis had
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
		Row{"bare's share of the processors", fmt.Sprintf("%.2f", w.BareBusy), 0},
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
	if err := w.compare(ctx, &r); err != nil {
		return r, err
	}
	return r, w.replying(ctx, &r)
}

// least is how much of what redis-benchmark reaches the bare handler's round trips must, or how much of the machine's
// processors it must have had: where they are few, generator, handler and Redis share what redis-benchmark leaves to Redis.
const least = 0.5

// check holds the bare handler against redis-benchmark: a yardstick that is held up by something else is none. ErrVoid.
func (r *Webhook) check(rates []float64, err error) error {
	if errors.Is(err, storebench.ErrNoBenchmark) {
		r.Check = err.Error()
		return nil
	}
	if err != nil {
		return err
	}
	r.Check = "made"
	for _, rate := range rates {
		r.Commits += rate / float64(len(rates))
	}
	if r.BareToRedis = 2 * r.Bare / r.Commits; r.BareToRedis < least && r.BareBusy < least {
		return fmt.Errorf("%w: the bare handler's round trips are %.2f of redis-benchmark's, and it had %.2f of the processors, both below half: something else holds it up; run it again on a quieter machine",
			ErrVoid, r.BareToRedis, r.BareBusy)
	}
	return nil
}

// compare measures the real webhook and the bare one in turns.
func (w *world) compare(ctx context.Context, r *Webhook) error {
	w.Say("A conversation is opened, and what its webhooks send to Redis is recorded")
	m, err := w.model(ctx)
	if err != nil {
		return err
	}
	recorded, err := w.record(ctx, m)
	if err != nil {
		return err
	}
	r.Bytes = recorded.commit().Bytes()
	real, err := w.serve(false)
	if err != nil {
		return err
	}
	pooled, err := w.serveBare(recorded, w.redis.Run)
	if err != nil {
		return err
	}
	pipelined, err := w.serveBare(recorded, w.redis.RunPipelined)
	if err != nil {
		return err
	}
	seedRaw := func(ctx context.Context, from, n int) error { return w.seedRaw(ctx, recorded, from, n) }
	sides := []*side{
		{world: w, address: real.address, number: realNumber, seed: func(ctx context.Context, from, n int) error { return w.seed(ctx, m, from, n) }},
		{world: w, address: pooled, number: bareNumber, seed: seedRaw},
		{world: w, address: pipelined, number: bareNumber, seed: seedRaw, used: 5_000_000}, // customers of its own
	}
	for _, s := range sides {
		if err := w.prepare(ctx, s, w.For); err != nil {
			return err
		}
	}
	first, err := w.benchmark(ctx, recorded)
	if err != nil && !errors.Is(err, storebench.ErrNoBenchmark) {
		return err
	}
	w.Say("Webhooks and bare handlers, in turns: %s each", w.For)
	all, err := w.inTurns(ctx, sides)
	if err != nil {
		return err
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
	r.BareBusy = r.Bare * (r.BareCPU + r.BareCPURedis) / 1e6 / float64(runtime.NumCPU())
	second, err := w.benchmark(ctx, recorded)
	return r.check([]float64{first, second}, err)
}

// inTurns measures sides a b c a b c: what slows the machine down slows all. Where one has no customers left it is the last
// time for all.
func (w *world) inTurns(ctx context.Context, sides []*side) ([]sample, error) {
	if w.Profile != nil {
		if err := pprof.StartCPUProfile(w.Profile); err != nil {
			return nil, fmt.Errorf("begin a CPU profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	all := make([]sample, len(sides))
	for turn, out := 0, false; turn < turns && !out; turn++ {
		for i, side := range sides {
			s, err := side.run(ctx, w.For/turns)
			if err != nil {
				return nil, err
			}
			all[i].add(s)
			out = out || side.queue.empty()
		}
	}
	return all, nil
}

// benchmark lets redis-benchmark run the recorded commit, before the turns and after them.
func (w *world) benchmark(ctx context.Context, r *recorded) (float64, error) {
	w.Say("redis-benchmark, the same commit")
	return w.redis.Benchmark(ctx, w.url, r.commit(), w.Connections, w.For/4)
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
