package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/web"
)

func scrape(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics have no line %q:\n%s", line, text)
		}
	}
}

// What became of a writeback is judged against its system's objective.
func TestWritebacksAreJudged(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	m := web.NewMeter(registry, map[string]web.Objective{"core": {Share: .999, Within: time.Hour}}, []string{"sms"})
	wantLines(t, scrape(t, registry), // what must never happen is at zero before it does
		`settle_writebacks_total{result="overdue",system="core"} 0`, `settle_effects_total{kind="send",name="sms",result="account"} 0`,
		`settle_events_total{kind="received",result="poison"} 0`, `settle_objective_ratio{system="core"} 0.999`, `settle_objective_seconds{system="core"} 3600`)
	for _, w := range []struct {
		result fsm.Result
		took   time.Duration
	}{
		{fsm.OK, time.Second}, {fsm.OK, time.Hour}, {fsm.OK, time.Hour + 1}, {fsm.Declined, 2 * time.Hour}, {fsm.Permanent, time.Second},
		{fsm.Retry, time.Minute}, {fsm.Unknown, time.Minute}, // there is time: nothing is said yet
		{fsm.Retry, 2 * time.Hour}, {fsm.Unknown, 3 * time.Hour}, {fsm.Lapsed, 3 * time.Hour}, {fsm.Throttled, 3 * time.Hour},
	} {
		m.WroteBack("core", w.result, w.took)
	}
	wantLines(t, scrape(t, registry),
		`settle_writebacks_total{result="acknowledged",system="core"} 2`, `settle_writebacks_total{result="late",system="core"} 1`,
		`settle_writebacks_total{result="declined",system="core"} 1`, `settle_writebacks_total{result="failed",system="core"} 1`,
		`settle_writebacks_total{result="overdue",system="core"} 4`, `settle_writeback_seconds_count{system="core"} 3`)
}

// asked is a store that counts how often its figures are asked for.
type asked struct {
	times  atomic.Int64
	answer func(context.Context) (store.Figures, error)
}

func (a *asked) figures(ctx context.Context) (store.Figures, error) {
	a.times.Add(1)
	return a.answer(ctx)
}

func figures(a *asked) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	b := bot.New(bot.Options{Systems: map[string]integrations.System{"core": nil}, Slots: 8})
	registry.MustRegister(&web.Figures{Store: a.figures, Bot: b, Log: zerolog.Nop()})
	return registry
}

func TestFiguresAreAskedOnceForMany(t *testing.T) {
	t.Parallel()
	a := &asked{answer: func(context.Context) (store.Figures, error) {
		return store.Figures{
			Answered: 2 * time.Millisecond, Due: 3, Late: time.Minute, Letters: 4, Handoffs: 5, Oldest: time.Hour, Used: 1000, Most: 2000,
		}, nil
	}}
	registry := figures(a)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			wantLines(t, scrape(t, registry), "settle_redis_up 1", "settle_redis_round_trip_seconds 0.002", "settle_due_conversations 3",
				"settle_due_late_seconds 60", "settle_letters 4", "settle_handoffs 5", "settle_handoff_oldest_seconds 3600",
				"settle_redis_memory_bytes 1000", "settle_redis_memory_limit_bytes 2000", `settle_slots{pool="reply"} 8`,
				`settle_slots_taken{pool="system core"} 0`, `settle_breaker_open{system="core"} 0`)
		})
	}
	all.Wait()
	if n := a.times.Load(); n != 1 {
		t.Errorf("Redis was asked %d times for 20 scrapes, want once", n)
	}
}

// Where Redis doesn't answer, a scrape takes two seconds and no longer, says so, and says nothing that isn't known.
func TestFiguresWithoutRedis(t *testing.T) {
	t.Parallel()
	a := &asked{answer: func(ctx context.Context) (store.Figures, error) {
		<-ctx.Done()
		return store.Figures{}, ctx.Err()
	}}
	began := time.Now()
	text := scrape(t, figures(a))
	if took := time.Since(began); took < time.Second || took > 10*time.Second {
		t.Errorf("the scrape took %s, want about two seconds", took)
	}
	wantLines(t, text, "settle_redis_up 0", `settle_breaker_open{system="core"} 0`)
	if strings.Contains(text, "settle_letters ") || strings.Contains(text, "settle_due_late_seconds ") {
		t.Errorf("the metrics say what isn't known:\n%s", text)
	}
}

func TestMeterOfRedis(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	told := web.RedisMeter(registry)
	told("commit", time.Millisecond, "")
	told("commit", time.Second, "oom")
	wantLines(t, scrape(t, registry), `settle_redis_seconds_count{call="commit"} 2`, `settle_redis_errors_total{call="commit",failure="oom"} 1`)
}
