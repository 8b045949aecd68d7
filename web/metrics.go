package web

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the server's own. What the bot does is counted by a Meter, what is asked of Redis by Figures.
type metrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newMetrics(reg *prometheus.Registry) metrics {
	m := metrics{
		requests: counters("settle_http_requests_total", "Requests answered, by route pattern.", "route", "method", "status"),
		took:     histograms("settle_http_request_seconds", "Time to answer a request, by route pattern.", quick, "route"),
	}
	reg.MustRegister(m.requests, m.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m metrics) request(route, verb string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method(verb), strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

// Buckets, in seconds.
var (
	quick = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10} // what a machine waits for
	slow  = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}              // what a customer waits for
	long  = []float64{1, 10, 60, 300, 900, 3600, 4 * 3600, 24 * 3600}                       // what a record waits for
	cases = []float64{60, 600, 3600, 6 * 3600, day, 3 * day, 7 * day, 14 * day, 30 * day, 90 * day}
)

const day = 24 * 3600

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}
