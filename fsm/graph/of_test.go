package graph_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/fsm/graph"
	"github.com/settle-chat/settle/policy"
)

// Every arrow of the file is in the graph, and every node says what the loader derived.
func TestOfShowsTheWholeWorkflow(t *testing.T) {
	t.Parallel()
	for name, w := range shipped(t) {
		g := graph.Of(w)
		leads := map[[2]string]bool{}
		for _, a := range g.Arrows {
			leads[[2]string{a.From, a.To}] = true
		}
		want := map[[2]string]bool{{graph.StartNode, w.Start}: true}
		for state, s := range w.States {
			for _, to := range s.Arrows() {
				want[[2]string{state, to}] = true
			}
			if s.Silence != nil {
				want[[2]string{state, s.Silence.Then}] = true
			}
		}
		for _, u := range w.Whenever {
			want[[2]string{graph.AnywhereNode, u.To}] = true
		}
		for _, to := range []string{"expired", "asked-for-agent", "not-understood", "stuck"} {
			want[[2]string{graph.AnywhereNode, to}] = true
		}
		for _, ends := range slices.SortedFunc(maps.Keys(want), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
			if !leads[ends] {
				t.Errorf("%s: no arrow from %s to %s, want one", name, ends[0], ends[1])
			}
		}
		nodes := map[string]graph.Node{}
		for _, n := range g.Nodes {
			nodes[n.Name] = n
			if n.Kind != graph.Start && n.Kind != graph.Anywhere && n.Needs != w.NeedsAt(n.Name).String() {
				t.Errorf("%s: %s needs %q in the graph, want %s", name, n.Name, n.Needs, w.NeedsAt(n.Name))
			}
		}
		for state, s := range w.States {
			if got := nodes[state].Kind; got != graph.Kind(s.Kind) {
				t.Errorf("%s: state %s is %q, want %q", name, state, got, s.Kind)
			}
		}
		for _, a := range g.Arrows {
			if _, ok := nodes[a.From]; !ok {
				t.Errorf("%s: an arrow leaves %q, which isn't a node", name, a.From)
			}
			if _, ok := nodes[a.To]; !ok {
				t.Errorf("%s: an arrow leads to %q, which isn't a node", name, a.To)
			}
		}
	}
}

func TestOfOverdueAccount(t *testing.T) {
	t.Parallel()
	g := graph.Of(shipped(t)["overdue-account"])
	for _, want := range []graph.Arrow{
		{From: "(start)", To: "hello", Kind: graph.ByRule, Label: "account.overdue", When: []string{"balance >= 50", "!in_dispute"}},
		{From: "(anywhere)", To: "settled", Kind: graph.ByRule, Label: "balance <= 0", When: []string{"balance <= 0"}},
		{From: "(anywhere)", To: "after-payment", Kind: graph.ByRule, Label: "psp.paid"},
		{From: "(anywhere)", To: "expired", Kind: graph.ByTime, Label: "silence 24h, 1 reminder"},
		{From: "(anywhere)", To: "expired", Kind: graph.ByTime, Label: "expires after 21d"},
		{From: "(anywhere)", To: "not-understood", Kind: graph.ByRule, Label: "not understood 3 times"},
		{From: "menu", To: "part-amount", Kind: graph.ByCustomer, Label: "pay-part", Says: "Pay part", When: []string{"balance >= 100"}},
		{From: "part-amount", To: "pay-part", Kind: graph.ByCustomer, Label: "answered"},
		{From: "choose-plan", To: "confirm-plan", Kind: graph.ByCustomer, Label: "chosen"},
		{From: "confirm-plan", To: "menu", Kind: graph.ByCustomer, Label: "no", Says: "No, go back"},
		{From: "pay", To: "trouble", Kind: graph.ByRule, Label: "else"},
		{From: "pay", To: "declined", Kind: graph.ByRule, Label: "after 3 times"},
		{From: "paying", To: "trouble", Kind: graph.ByRule, Label: "psp.failed"},
		{From: "paying", To: "still-open", Kind: graph.ByTime, Label: "after 30m"},
		{From: "after-payment", To: "part-paid", Kind: graph.ByRule, Label: "else"},
		{From: "dispute-about", To: "dispute-unclear", Kind: graph.ByTime, Label: "silence 24h"},
	} {
		if !slices.ContainsFunc(g.Arrows, func(a graph.Arrow) bool {
			return a.From == want.From && a.To == want.To && a.Kind == want.Kind && a.Label == want.Label && a.Says == want.Says && slices.Equal(a.When, want.When)
		}) {
			t.Errorf("no arrow %+v in %+v", want, slices.DeleteFunc(slices.Clone(g.Arrows), func(a graph.Arrow) bool { return a.From != want.From }))
		}
	}
	var queues []string
	for _, n := range g.Nodes {
		if n.Kind == graph.Exception {
			queues = append(queues, n.Queue)
		}
	}
	if got := slices.Compact(slices.Clone(queues)); len(queues) != 10 || !slices.IsSorted(queues) {
		t.Errorf("exceptions' queues %v, want 10 exceptions in groups", got)
	}
}

// A fragment brings exceptions that this workflow can never come to: they aren't drawn.
func TestOfLeavesOutWhatNothingLeadsTo(t *testing.T) {
	t.Parallel()
	g := graph.Of(shipped(t)["lobby"])
	for _, never := range []string{"wrong-person", "cannot-verify", "writeback-failed"} {
		if slices.ContainsFunc(g.Nodes, func(n graph.Node) bool { return n.Name == never }) {
			t.Errorf("lobby shows %s, to which nothing leads", never)
		}
	}
}

// The state kinds and results that no shipped workflow has.
func TestOfRareStates(t *testing.T) {
	t.Parallel()
	w := &fsm.Workflow{Name: "rare", Start: "attest", States: map[string]*fsm.State{
		"attest": {Name: "attest", Kind: fsm.SignState, Say: "attest", To: "send", Else: "refused", Raised: policy.Approval, Needs: policy.Approval, Otherwise: "refused"},
		"send": {Name: "send", Kind: fsm.DoState, Do: &fsm.Call{Operation: "kyc.submit"}, Then: &fsm.Then{
			OK: "done", Declined: map[string]string{"blurred": "attest", "": "refused"}, DeclinedElse: "refused", Else: "refused"}},
	}, Outcomes: map[string]*fsm.Outcome{"done": {Name: "done"}}, Exceptions: map[string]*fsm.Exception{"refused": {Name: "refused", End: fsm.End{Queue: "kyc"}}}}
	var got []string
	g := graph.Of(w)
	for _, a := range g.Arrows {
		got = append(got, strings.Join([]string{a.From, a.Label, a.To}, " "))
	}
	want := []string{
		"(start)  attest", "attest yes send", "attest no refused", "attest otherwise refused", "send ok done", "send declined refused",
		"send declined blurred attest", "send declined refused", "send else refused",
	}
	if !slices.Equal(got, want) {
		t.Errorf("arrows %q, want %q", got, want)
	}
	if got := g.Nodes[1]; got.Kind != graph.Sign || got.Needs != "approval" {
		t.Errorf("attest is %+v, want a sign that needs approval", got)
	}
}
