package bot_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/fsm"
)

// meter counts by label.
type meter struct {
	mu    sync.Mutex
	count map[string]int // guarded by mu
}

func newMeter() *meter { return &meter{count: make(map[string]int)} }

func (m *meter) add(label string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count[label]++
}

func (m *meter) labels() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.count))
}

// of sums a kind by its result.
func (m *meter) of(kind, result string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count[kind+" "+result]
}

func (m *meter) Event(kind, result string) { m.add("event " + result); m.add(kind + " " + result) }
func (m *meter) Effect(kind, name, result string) {
	m.add("effect " + result)
	m.add(kind + " " + result)
	m.add(name + " " + result)
}
func (m *meter) Step(time.Duration)                      { m.add("step") }
func (m *meter) Retried(why string)                      { m.add("retried " + why) }
func (m *meter) Ran(kind, name string, _ time.Duration)  { m.add("ran " + kind) }
func (m *meter) Replied(channel string, _ time.Duration) { m.add("replied " + channel) }
func (m *meter) WroteBack(system string, result fsm.Result, _ time.Duration) {
	m.add("wrote " + system + " " + string(result))
}
func (m *meter) Opened(workflow string)    { m.add("opened " + workflow) }
func (m *meter) HandedOff(workflow string) { m.add("handed off " + workflow) }
func (m *meter) Ended(workflow, outcome string, _ time.Duration) {
	m.add("ended " + workflow + " " + outcome)
}
func (m *meter) Commit(int, time.Duration) { m.add("commit") }
func (m *meter) Held(kind string)          { m.add("held " + kind) }

// running runs a bot until stop is called.
func (b *bench) running(of *bot.Bot) (ended <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	b.t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- of.Run(ctx) }()
	return done, cancel
}
