package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/web"
)

// What stands around the table in docs/metrics.md, which is written from the program.
const (
	metricsPage  = "docs/metrics.md"
	metricsBegin = "<!-- The table: go test -run TestPagesOfMetrics -update . -->\n\n"
	metricsEnd   = "\n<!-- The table's end. -->\n"
)

// metricsUse is what each metric is for: whoever looks at it learns what to do.
var metricsUse = map[string]string{
	"settle_build_info":               "which versions run side by side: SettleVersionsDiffer, SettleDown",
	"settle_durability_info":          "what may be lost: SettleNotDurable",
	"settle_http_requests_total":      "5xx on a channel's route: SettleWebhooksFail; 403: SettleWebhooksForged",
	"settle_http_request_seconds":     "how long providers and callers wait: SettleWebhooksSlow",
	"settle_events_total":             "the traffic; result poison: SettleStepsFail",
	"settle_step_seconds":             "slower than some milliseconds: a workflow with too much in it, or a starved machine",
	"settle_commit_seconds":           "slow, with fast steps: look at settle_redis_seconds",
	"settle_commit_events":            "many in one: bursts on single conversations, which is how they are meant to be met",
	"settle_commits_retried_total":    "conflict: SettleCommitsContended; lost: SettleRedisFails",
	"settle_effects_total":            "results by channel and operation: SettleProviderFails; result account: SettleAccountRefused",
	"settle_effect_seconds":           "which provider or system is slow",
	"settle_sends_held_total":         "why messages don't go out now: a rate, the hours, consent",
	"settle_reply_seconds":            "how long customers wait: SettleRepliesSlow",
	"settle_cases_opened_total":       "the base of completion",
	"settle_cases_handed_off_total":   "how many need a person",
	"settle_cases_ended_total":        "completion, by outcome",
	"settle_case_seconds":             "time to resolution",
	"settle_writebacks_total":         "writeback success: SettleObjectiveMissed; overdue: SettleWritebacksOverdue",
	"settle_writeback_seconds":        "how long a system takes to have what was agreed",
	"settle_objective_ratio":          "what SettleObjectiveMissed compares with; set under systems in settle.yaml",
	"settle_objective_seconds":        "where late begins; set under systems in settle.yaml",
	"settle_redis_up":                 "SettleRedisDown",
	"settle_redis_round_trip_seconds": "the network and Redis with nothing in between; compare with settle_redis_seconds",
	"settle_redis_seconds":            "which script is slow: SettleRedisSlow",
	"settle_redis_errors_total":       "what Redis refuses or how it fails: SettleRedisFails",
	"settle_redis_memory_bytes":       "SettleRedisFull",
	"settle_redis_memory_limit_bytes": "SettleRedisFull",
	"settle_due_conversations":        "the backlog: SettleBehind",
	"settle_due_late_seconds":         "SettleBehind",
	"settle_letters":                  "SettleLettersWait",
	"settle_handoffs":                 "the work of people",
	"settle_handoff_oldest_seconds":   "SettleHandoffsWait",
	"settle_slots":                    "SettleSlotsFull",
	"settle_slots_taken":              "SettleSlotsFull",
	"settle_breaker_open":             "SettleSystemAway",
}

// registered are all metrics, each seen at least once, without the Go runtime's.
func registered(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	registry, m := newRegistry(c)
	b := bot.New(bot.Options{Systems: map[string]integrations.System{"core": nil}})
	registry.MustRegister(&web.Figures{Bot: b, Store: func(context.Context) (store.Figures, error) { return store.Figures{}, nil }})
	web.RedisMeter(registry)("commit", time.Millisecond, "timeout")
	web.New(web.Options{Registry: registry}).Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v1/openapi.yaml", nil))
	m.Event("received", "stepped")
	m.Retried("conflict")
	m.Held("rate")
	m.Effect("send", "sms", "ok")
	m.Ran("send", "sms", time.Millisecond)
	m.Replied("sms", time.Second)
	m.WroteBack("core", fsm.OK, time.Minute)
	m.Opened("lobby")
	m.HandedOff("lobby")
	m.Ended("lobby", "done", time.Hour)
	all, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(f *dto.MetricFamily) bool { return !strings.HasPrefix(f.GetName(), "settle_") })
	described := make(chan *prometheus.Desc)
	go func() { registry.Describe(described); close(described) }()
	for d := range described {
		name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(d.String())[1]
		if strings.HasPrefix(name, "settle_") && !slices.ContainsFunc(all, func(f *dto.MetricFamily) bool { return f.GetName() == name }) {
			t.Errorf("%s is registered and has no value here: count it once in this test", name)
		}
	}
	return all
}

// metricsTable is the table of docs/metrics.md.
func metricsTable(t *testing.T) string {
	t.Helper()
	var table bytes.Buffer
	fmt.Fprint(&table, "| metric | type | labels | is | use |\n|---|---|---|---|---|\n")
	all := registered(t)
	for _, f := range all {
		use, ok := metricsUse[f.GetName()]
		if !ok {
			t.Errorf("%s has no use in metricsUse: say what it is for, or take it out", f.GetName())
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, " "),
			cell(strings.TrimSuffix(f.GetHelp(), ".")), cell(use))
	}
	for name := range metricsUse {
		if !slices.ContainsFunc(all, func(f *dto.MetricFamily) bool { return f.GetName() == name }) {
			t.Errorf("%s has a use and isn't there any more", name)
		}
	}
	return table.String()
}

// TestPagesOfMetrics compares the table of docs/metrics.md with the program. What stands around it is written by hand.
func TestPagesOfMetrics(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), metricsBegin)
	table, after, ended := strings.Cut(rest, metricsEnd)
	if !found || !ended {
		t.Fatalf("%s has lost the marks around its table: %q and %q", metricsPage, metricsBegin, metricsEnd)
	}
	got := metricsTable(t)
	if *updateDocs {
		if err := os.WriteFile(metricsPage, []byte(before+metricsBegin+got+metricsEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, got); diff != "" {
		t.Errorf("%s isn't what the program says; go test -run TestPagesOfMetrics -update . writes it (-want +got):\n%s", metricsPage, diff)
	}
}

// What a serve exports is in the list, and holds nothing of the customer who wrote.
func TestServeExportsWhatIsListed(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.serve()
	p.says(customer, "zebrafinch from thandi")
	p.hears(1)
	answer, err := http.Get(p.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (settle_\w+) `).FindAllStringSubmatch(string(text), -1) {
		if metricsUse[m[1]] == "" {
			t.Errorf("%s is exported and isn't in %s", m[1], metricsPage)
		}
	}
	for _, want := range []string{
		"settle_redis_up 1\n", "settle_build_info{", `settle_durability_info{mode="durable"} 1`, `settle_breaker_open{system="core"} 0`,
		`settle_writebacks_total{result="overdue",system="core"} 0`, `settle_events_total{kind="timer",result="poison"} 0`,
		`settle_effects_total{kind="send",name="sms",result="account"} 0`, `settle_events_total{kind="received",result="stepped"} 1`,
		`settle_redis_seconds_count{call="commit"}`, "settle_letters 0\n", `settle_cases_opened_total{workflow="lobby"} 1`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	for _, personal := range []string{customer[1:], hereSMS[1:], "zebrafinch", "thandi"} {
		if strings.Contains(string(text), personal) {
			t.Errorf("the metrics hold %q", personal)
		}
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}
