package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

// Objective is what is expected of a system's writebacks: so many of them acknowledged within a time.
type Objective struct {
	Share  float64
	Within time.Duration
}

// Meter counts what the bot does, in a registry.
type Meter struct {
	objectives map[string]Objective

	events, effects, held, retried  *prometheus.CounterVec
	opened, handedOff, ended        *prometheus.CounterVec
	wroteBack                       *prometheus.CounterVec
	step, commit, batch             prometheus.Histogram
	ran, replied, writing, resolved *prometheus.HistogramVec
}

var _ bot.Meter = (*Meter)(nil)

// NewMeter makes a meter. One registry takes one. What is expected of each system stands beside what it does, so that an
// alert can compare the two. channels are those that are written to.
func NewMeter(reg prometheus.Registerer, objectives map[string]Objective, channels []string) *Meter {
	alone := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	m := &Meter{
		objectives: objectives,
		events:     counters("settle_events_total", "Events handled, and what became of them.", "kind", "result"),
		effects:    counters("settle_effects_total", "Runs of effects, by channel or operation, and their results.", "kind", "name", "result"),
		held:       counters("settle_sends_held_total", "Messages that were held or refused, by what stopped them.", "by"),
		retried:    counters("settle_commits_retried_total", "Commits that had to be tried again: another was first, or Redis's answer was lost.", "why"),
		opened:     counters("settle_cases_opened_total", "Cases opened.", "workflow"),
		handedOff:  counters("settle_cases_handed_off_total", "Cases handed to a person.", "workflow"),
		ended:      counters("settle_cases_ended_total", "Cases ended, by outcome.", "workflow", "outcome"),
		wroteBack: counters("settle_writebacks_total", "What became of writebacks: acknowledged in the objective's time, late, declined, failed for good, or overdue: "+
			"an attempt without an answer after that time.", "system", "result"),
		step:     alone("settle_step_seconds", "Time of one step: what an event means, worked out.", quick),
		commit:   alone("settle_commit_seconds", "Time of one commit with its load, steps and tries.", quick),
		batch:    alone("settle_commit_events", "Events in one commit.", []float64{1, 2, 4, 8, 16, 32, 64}),
		ran:      histograms("settle_effect_seconds", "Time of one run of an effect: gate, call and answer.", quick, "kind", "name"),
		replied:  histograms("settle_reply_seconds", "Time from a customer's message to the provider's taking the reply, lookups in between with it.", slow, "channel"),
		writing:  histograms("settle_writeback_seconds", "Time from a writeback's being wanted to its acknowledgement.", long, "system"),
		resolved: histograms("settle_case_seconds", "Time from a case's opening to its end.", cases, "workflow"),
	}
	share := gauges("settle_objective_ratio", "The share of a system's writebacks that is to be acknowledged in time.", "system")
	within := gauges("settle_objective_seconds", "The time in which a system's writebacks are to be acknowledged.", "system")
	for system, o := range objectives {
		share.WithLabelValues(system).Set(o.Share)
		within.WithLabelValues(system).Set(o.Within.Seconds())
	}
	reg.MustRegister(m.events, m.effects, m.held, m.retried, m.opened, m.handedOff, m.ended, m.wroteBack, m.step, m.commit, m.batch, m.ran,
		m.replied, m.writing, m.resolved, share, within)
	m.begin(channels)
	return m
}

// begin puts what must never happen at zero: Prometheus sees no increase in a series that begins at one.
func (m *Meter) begin(channels []string) {
	for _, kind := range bot.EventKinds {
		m.events.WithLabelValues(kind, "poison")
	}
	for _, channel := range channels {
		for _, kind := range []string{"send", "issue-code"} {
			m.effects.WithLabelValues(kind, channel, "account")
		}
	}
	for system := range m.objectives {
		for _, result := range []string{"acknowledged", "late", "declined", "failed", "overdue"} {
			m.wroteBack.WithLabelValues(system, result)
		}
	}
}

// Event counts one event.
func (m *Meter) Event(kind, result string) { m.events.WithLabelValues(kind, result).Inc() }

// Step counts one step.
func (m *Meter) Step(took time.Duration) { m.step.Observe(took.Seconds()) }

// Commit counts one commit.
func (m *Meter) Commit(events int, took time.Duration) {
	m.commit.Observe(took.Seconds())
	m.batch.Observe(float64(events))
}

// Retried counts one commit that must be tried again.
func (m *Meter) Retried(why string) { m.retried.WithLabelValues(why).Inc() }

// Held counts one message that was not sent now.
func (m *Meter) Held(by string) { m.held.WithLabelValues(by).Inc() }

// Effect counts one run of an effect, or what else is to be known of it.
func (m *Meter) Effect(kind, name, result string) {
	m.effects.WithLabelValues(kind, name, result).Inc()
}

// Ran counts how long a run took.
func (m *Meter) Ran(kind, name string, took time.Duration) {
	m.ran.WithLabelValues(kind, name).Observe(took.Seconds())
}

// Replied counts one reply.
func (m *Meter) Replied(channel string, took time.Duration) {
	m.replied.WithLabelValues(channel).Observe(took.Seconds())
}

// WroteBack counts a writeback's result, against what is expected of its system.
func (m *Meter) WroteBack(system string, result fsm.Result, took time.Duration) {
	late := took > m.objectives[system].Within
	word := ""
	switch {
	case result == fsm.OK && late:
		word = "late"
	case result == fsm.OK:
		word = "acknowledged"
	case result == fsm.Declined:
		word = "declined"
	case result == fsm.Permanent:
		word = "failed"
	case late:
		word = "overdue"
	default:
		return // it is tried again, and there is time
	}
	m.wroteBack.WithLabelValues(system, word).Inc()
	if result == fsm.OK {
		m.writing.WithLabelValues(system).Observe(took.Seconds())
	}
}

// Opened counts a case that was opened.
func (m *Meter) Opened(workflow string) { m.opened.WithLabelValues(workflow).Inc() }

// HandedOff counts a case that was handed to a person.
func (m *Meter) HandedOff(workflow string) { m.handedOff.WithLabelValues(workflow).Inc() }

// Ended counts a case that has ended.
func (m *Meter) Ended(workflow, outcome string, took time.Duration) {
	m.ended.WithLabelValues(workflow, outcome).Inc()
	m.resolved.WithLabelValues(workflow).Observe(took.Seconds())
}
