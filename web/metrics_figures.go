package web

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/store"
)

// How the figures are asked for: never while a customer waits, and not once for each of many who ask.
const (
	figuresPatience = 2 * time.Second
	figuresKept     = 3 * time.Second
)

// Figures are the gauges: what Redis holds and how it answers, and how busy this process is. Redis is asked when somebody
// scrapes, for two seconds at most, and the answer is kept for three.
type Figures struct {
	Store func(context.Context) (store.Figures, error)
	Bot   *bot.Bot
	Log   zerolog.Logger

	mu   sync.Mutex
	last store.Figures // guarded by mu, and so on
	err  error
	at   time.Time
}

var _ prometheus.Collector = (*Figures)(nil)

func figure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	redisUp       = figure("settle_redis_up", "1 where Redis has answered this scrape.")
	redisAnswered = figure("settle_redis_round_trip_seconds", "Time of one round trip to Redis, at this scrape.")
	redisUsed     = figure("settle_redis_memory_bytes", "What Redis's data weighs, on all its servers.")
	redisMost     = figure("settle_redis_memory_limit_bytes", "Redis's maxmemory, of all its servers; 0: it has none.")
	due           = figure("settle_due_conversations", "Conversations whose time has come and that nobody has taken up.")
	late          = figure("settle_due_late_seconds", "Since when the first of them has waited.")
	letters       = figure("settle_letters", "Letters that wait for an operator.")
	handoffs      = figure("settle_handoffs", "Conversations that wait for a person, or are with one.")
	oldest        = figure("settle_handoff_oldest_seconds", "How long the first of them has waited.")
	slotsTaken    = figure("settle_slots_taken", "Calls that this process makes right now, by pool.", "pool")
	slotsAll      = figure("settle_slots", "Calls that it can make at once, by pool.", "pool")
	breakerOpen   = figure("settle_breaker_open", "1 where this process leaves a system alone, as it has answered nobody.", "system")
)

// Describe is prometheus's.
func (f *Figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		redisUp, redisAnswered, redisUsed, redisMost, due, late, letters, handoffs, oldest, slotsTaken, slotsAll, breakerOpen,
	} {
		to <- d
	}
}

// Collect is prometheus's. Where Redis doesn't answer, settle_redis_up says so and what it would say is left out.
func (f *Figures) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, p := range f.Bot.Pools() {
		gauge(slotsTaken, float64(p.Taken), p.Name)
		gauge(slotsAll, float64(p.Size), p.Name)
	}
	for system, open := range f.Bot.Breakers() {
		gauge(breakerOpen, one(open), system)
	}
	now, err := f.read()
	gauge(redisUp, one(err == nil))
	if err != nil {
		return
	}
	gauge(redisAnswered, now.Answered.Seconds())
	gauge(redisUsed, float64(now.Used))
	gauge(redisMost, float64(now.Most))
	gauge(due, float64(now.Due))
	gauge(late, now.Late.Seconds())
	gauge(letters, float64(now.Letters))
	gauge(handoffs, float64(now.Handoffs))
	gauge(oldest, now.Oldest.Seconds())
}

func (f *Figures) read() (store.Figures, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.at.IsZero() && time.Since(f.at) < figuresKept {
		return f.last, f.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), figuresPatience)
	defer cancel()
	f.last, f.err = f.Store(ctx)
	f.at = time.Now()
	if f.err != nil {
		f.Log.Warn().Err(f.err).Msg("figures are not read: settle_redis_up is 0")
	}
	return f.last, f.err
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Facts are what doesn't change while a process runs.
type Facts struct{ Version, Commit, Go, Durability string }

// Register puts them in a registry.
func (f Facts) Register(reg prometheus.Registerer) {
	build := gauges("settle_build_info", "1, with what this program is.", "version", "commit", "go")
	durability := gauges("settle_durability_info", "1, with the durability that is configured.", "mode")
	build.WithLabelValues(f.Version, f.Commit, f.Go).Set(1)
	durability.WithLabelValues(f.Durability).Set(1)
	reg.MustRegister(build, durability)
}

// RedisMeter counts round trips to Redis, in a registry: what store.Watch wants to tell.
func RedisMeter(reg prometheus.Registerer) func(call string, took time.Duration, failed string) {
	seconds := histograms("settle_redis_seconds", "Time of a round trip to Redis, by script or command.", quick, "call")
	failures := counters("settle_redis_errors_total", "Round trips to Redis that failed, and how.", "call", "failure")
	reg.MustRegister(seconds, failures)
	return func(call string, took time.Duration, failed string) {
		seconds.WithLabelValues(call).Observe(took.Seconds())
		if failed != "" {
			failures.WithLabelValues(call, failed).Inc()
		}
	}
}
