package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
)

// Every kind of event has a name that is listed, so that its counters can be there before it comes.
func TestEventKindsAreListed(t *testing.T) {
	t.Parallel()
	for _, e := range []fsm.Event{
		{}, {Opened: &fsm.CaseOpened{}}, {Received: &fsm.MessageReceived{}}, {Receipt: &fsm.ReceiptArrived{}}, {Timer: &fsm.TimerDue{}},
		{Done: &fsm.EffectDone{}}, {Reported: &fsm.SystemReported{}}, {Agent: &fsm.AgentActed{}}, {Moved: &fsm.ConversationMoved{}}, {Absorbed: &fsm.ConversationAbsorbed{}},
	} {
		if kind := bot.KindOf(e); !slices.Contains(bot.EventKinds, kind) {
			t.Errorf("kind %q isn't in EventKinds", kind)
		}
	}
}

// A case is counted once when it is opened and once when it ends, each writeback by what became of it, each reply since the
// message that it answers.
func TestCasesAndWritebacksAreCounted(t *testing.T) {
	t.Parallel()
	m := newMeter()
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Meter = m }})
	c := client(1)
	o := b.open(c)
	b.asked(c)
	b.bank.Inject(func(string, string) error { return integrations.Retry{After: time.Second} }, nil)
	b.says(c, "yes")
	b.bank.Inject(nil, nil)
	if slices.Contains(m.labels(), "ended overdue-account promised") {
		t.Error("a case has ended whose writeback isn't acknowledged")
	}
	b.later(time.Minute)
	if got := b.view(o).Outcome; got != "promised" {
		t.Fatalf("outcome = %q, want promised", got)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	workflow, _, _ := strings.Cut(b.view(o).Workflow, "@")
	for label, want := range map[string]int{
		"opened " + workflow: 1, "ended " + workflow + " promised": 1, "handed off " + workflow: 0, "wrote core ok": 1,
	} {
		if m.count[label] != want {
			t.Errorf("%q was counted %d times, want %d: %v", label, m.count[label], want, m.count)
		}
	}
	if m.count["wrote core retry"] == 0 {
		t.Errorf("the first try isn't counted: %v", m.count)
	}
	if m.count["replied sms"] != 4 {
		t.Errorf("%d replies were counted, want 4: of five messages the last waits a minute for its record, which isn't the reply's time: %v", m.count["replied sms"], m.count)
	}
	if m.count["step"] == 0 || m.count["ran send"] == 0 {
		t.Errorf("no step or no run is counted: %v", m.count)
	}
}

// A writeback that leaves without an answer of its system has failed, once; its case is with a person.
func TestWritebackThatFailsIsCounted(t *testing.T) {
	t.Parallel()
	m := newMeter()
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Meter = m }})
	c := client(1)
	o := b.open(c)
	b.asked(c)
	b.bank.Inject(func(string, string) error { return integrations.Permanent{} }, nil)
	b.says(c, "yes")
	workflow, _, _ := strings.Cut(b.view(o).Workflow, "@")
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.count["wrote core permanent"] != 1 || m.count["handed off "+workflow] != 1 || m.count["ended "+workflow+" promised"] != 0 {
		t.Errorf("counted %v, want one failure, one case with a person and none ended", m.count)
	}
}

// What runs and what is left alone can be read at any time.
func TestPoolsAndBreakers(t *testing.T) {
	t.Parallel()
	held := newGateAt("after-gate")
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Point, o.Slots = held.hit, 8 }})
	c := client(1)
	b.open(c)
	held.arm()
	if status := b.webhook(b.inbound(c, "1")); status != 200 {
		t.Fatalf("webhook answered %d", status)
	}
	<-held.came
	taken := map[string]int{}
	for _, p := range b.bot.Pools() {
		taken[p.Name] = p.Taken
		if p.Size != 8 {
			t.Errorf("pool %s has %d slots, want 8", p.Name, p.Size)
		}
	}
	if taken["reply"] != 1 || len(taken) != 5 {
		t.Errorf("taken = %v, want one reply, and five pools", taken)
	}
	close(held.open)
	b.quiet(b.bot)
	if all := b.bot.Breakers(); len(all) != 3 || all["core"] {
		t.Errorf("breakers = %v, want three, closed", all)
	}
}
