package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	yaml "go.yaml.in/yaml/v4"
)

const (
	alertsPage    = "deploy/prometheus/alerts.yaml"
	alertsTests   = "deploy/prometheus/alerts_test.yaml"
	dashboardPage = "deploy/grafana/settle.json"
)

type alert struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	data, err := os.ReadFile(alertsPage)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct{ Rules []alert }
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Groups[0].Rules
}

var namedMetric = regexp.MustCompile(`settle_[a-z0-9_]+`)

// series are the names that a query may hold: of each metric, and of each part of a histogram.
func series(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range registered(t) {
		if f.GetType() != dto.MetricType_HISTOGRAM {
			names[f.GetName()] = true
			continue
		}
		for _, part := range []string{"_bucket", "_count", "_sum"} {
			names[f.GetName()+part] = true
		}
	}
	return names
}

// Each alert asks for metrics that there are, says how bad it is and what it is about, and leads to its own heading.
func TestAlertsAreWhole(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(alertsTests)
	if err != nil {
		t.Fatal(err)
	}
	all, known := alerts(t), series(t)
	for _, a := range all {
		for _, name := range namedMetric.FindAllString(a.Expr, -1) {
			if !known[name] {
				t.Errorf("%s asks for %s, which isn't registered", a.Alert, name)
			}
		}
		if s := a.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s has severity %q, want page or ticket", a.Alert, s)
		}
		if a.For == "" && !strings.Contains(a.Expr, "increase(") {
			t.Errorf("%s has no for: only what is counted over a time may do without", a.Alert)
		}
		if a.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", a.Alert)
		}
		if want := "https://github.com/settle-chat/settle/blob/main/" + metricsPage + "#" + strings.ToLower(a.Alert); a.Annotations["runbook_url"] != want {
			t.Errorf("%s leads to %q, want %q", a.Alert, a.Annotations["runbook_url"], want)
		}
		if !strings.Contains(string(page), "\n### "+a.Alert+"\n") {
			t.Errorf("%s has no heading %s", metricsPage, a.Alert)
		}
		for _, how := range []string{" fires\n", " is quiet\n"} {
			if !strings.Contains(string(tests), "name: "+a.Alert+how) {
				t.Errorf("%s has no test %q", alertsTests, a.Alert+how)
			}
		}
	}
	// And the page names no alert that isn't there.
	for _, name := range regexp.MustCompile(`\bSettle[A-Z]\w+`).FindAllString(string(page), -1) {
		if !strings.Contains(string(page), "\n### "+name+"\n") {
			t.Errorf("%s names %s, which is no heading", metricsPage, name)
		}
	}
	if got, want := strings.Count(string(page), "\n### "), len(all); got != want {
		t.Errorf("%s has %d headings of alerts, want %d", metricsPage, got, want)
	}
}

// Prometheus's own tool says that the rules and the dashboard's queries are right, and tries each alert, firing and quiet.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool isn't installed: apt-get install prometheus, or make alerts on a machine that has it")
	}
	for _, args := range [][]string{{"check", "rules", alertsPage}, {"check", "rules", dashboardRules(t)}, {"test", "rules", alertsTests}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}

// dashboardRules are the dashboard's queries as rules, with Grafana's own variables filled in.
func dashboardRules(t *testing.T) string {
	t.Helper()
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	fill := strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$job", ".*", "$workflow", ".*")
	for _, p := range dashboard(t).Panels {
		for _, q := range p.Targets {
			rules = append(rules, rule{fmt.Sprintf("panel:%d:%d", p.ID, len(rules)), fill.Replace(q.Expr)})
		}
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml") // JSON is YAML too
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// board is what is looked at of the dashboard.
type board struct {
	Title         string
	SchemaVersion int
	Panels        []struct {
		ID          int
		Type, Title string
		GridPos     struct{ X, Y, W, H int }
		FieldConfig struct{ Defaults struct{ Unit string } }
		Targets     []struct{ Expr string }
	}
}

func dashboard(t *testing.T) (b board) {
	t.Helper()
	data, err := os.ReadFile(dashboardPage)
	if err == nil {
		err = json.Unmarshal(data, &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The dashboard is JSON that Grafana reads, and every panel has a title, a unit and queries of metrics that there are.
func TestDashboardIsWhole(t *testing.T) {
	t.Parallel()
	board := dashboard(t)
	if board.Title == "" || board.SchemaVersion < 39 {
		t.Errorf("dashboard %q of schema %d, want a title and 39 at least", board.Title, board.SchemaVersion)
	}
	known, used, ids := series(t), map[string]bool{}, map[int]bool{}
	for _, p := range board.Panels {
		if p.Title == "" || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q: want a title, an ID of its own and a place on the page", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("panel %q has unit %q and %d queries", p.Title, p.FieldConfig.Defaults.Unit, len(p.Targets))
		}
		for _, q := range p.Targets {
			names := namedMetric.FindAllString(q.Expr, -1)
			if len(names) == 0 || strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") {
				t.Errorf("panel %q: %q is no query", p.Title, q.Expr)
			}
			for _, name := range names {
				used[name] = true
				if !known[name] {
					t.Errorf("panel %q asks for %s, which isn't registered", p.Title, name)
				}
			}
		}
	}
	// A metric is there to be looked at: in a panel or in an alert.
	for _, a := range alerts(t) {
		for _, name := range namedMetric.FindAllString(a.Expr, -1) {
			used[name] = true
		}
	}
	for _, f := range registered(t) {
		if name := f.GetName(); !used[name] && !used[name+"_bucket"] {
			t.Errorf("%s is in no panel and in no alert: use it or take it out", name)
		}
	}
}
