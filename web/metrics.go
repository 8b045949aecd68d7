package web

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/settle-chat/settle/bot"
)

type metrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newMetrics(reg *prometheus.Registry) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "settle_http_requests_total", Help: "Requests answered, by route pattern, method and status.",
		}, []string{"route", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "settle_http_request_seconds", Help: "Time to answer a request, by route pattern.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
	}
	reg.MustRegister(m.requests, m.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m metrics) request(route, verb string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method(verb), strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

// Meter counts what the bot does, in a registry.
type Meter struct {
	events  *prometheus.CounterVec
	effects *prometheus.CounterVec
	held    *prometheus.CounterVec
	took    prometheus.Histogram
	batch   prometheus.Histogram
}

var _ bot.Meter = (*Meter)(nil)

// NewMeter makes a meter. One registry takes one.
func NewMeter(reg prometheus.Registerer) *Meter {
	m := &Meter{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "settle_events_total", Help: "Events handled, by kind and what became of them.",
		}, []string{"kind", "result"}),
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "settle_effects_total", Help: "Effects run, by kind, channel or operation, and result.",
		}, []string{"kind", "name", "result"}),
		held: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "settle_sends_held_total", Help: "Messages that were held or refused, by what stopped them.",
		}, []string{"by"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "settle_commit_seconds", Help: "Time from an event's arrival in the queue to its commit.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "settle_commit_events", Help: "Events in one commit.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128},
		}),
	}
	reg.MustRegister(m.events, m.effects, m.held, m.took, m.batch)
	return m
}

// Event counts one event.
func (m *Meter) Event(kind, result string) { m.events.WithLabelValues(kind, result).Inc() }

// Effect counts one run of an effect.
func (m *Meter) Effect(kind, name, result string) {
	m.effects.WithLabelValues(kind, name, result).Inc()
}

// Commit counts one commit.
func (m *Meter) Commit(events int, took time.Duration) {
	m.took.Observe(took.Seconds())
	m.batch.Observe(float64(events))
}

// Held counts one message that was not sent now.
func (m *Meter) Held(kind string) { m.held.WithLabelValues(kind).Inc() }
