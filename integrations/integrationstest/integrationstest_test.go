package integrationstest

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/settle-chat/settle/integrations"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a correct system of record with the ways in which one goes wrong as switches.
type memory struct {
	breaks string

	mu      sync.Mutex // guards what follows
	rows    int
	changes map[string]change
	accept  bool
	fail    bool
	lose    bool
	stall   chan struct{}
}

type change struct {
	in      integrations.Values
	receipt integrations.Receipt
}

func (m *memory) Find(ctx context.Context, r integrations.Request) (integrations.Values, error) {
	if ctx.Err() != nil {
		return nil, integrations.Retry{Cause: "context over"}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail && m.breaks == "swallows lookup errors":
		return integrations.Values{}, nil
	case m.fail && m.breaks == "lookup errors without a type":
		return nil, fmt.Errorf("connection reset")
	case m.fail:
		return nil, integrations.Retry{Cause: "down"}
	case r.Operation != "account":
		return nil, integrations.Permanent{Cause: "no such operation"}
	case r.In["ref"] != "REF-0001":
		return nil, integrations.Declined{Reason: "unknown-account"}
	}
	if m.breaks == "lookups change something" {
		m.rows++
	}
	return integrations.Values{"balance": "1250.00"}, nil
}

func (m *memory) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	r, err := m.apply(ctx, c)
	if err != nil && m.breaks == "swallows errors" {
		return integrations.Receipt{}, nil
	}
	if err != nil && m.breaks == "puts values into errors" {
		return r, integrations.Permanent{Cause: "can't take " + c.In["amount"]}
	}
	return r, err
}

func (m *memory) apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	none := integrations.Receipt{}
	if ctx.Err() != nil && m.breaks != "ignores its context" {
		return none, integrations.Retry{Cause: "context over"}
	}
	m.mu.Lock()
	stall := m.stall
	m.mu.Unlock()
	if stall != nil {
		if m.breaks == "calls a timeout permanent" {
			return none, integrations.Permanent{Cause: "timeout"}
		}
		select {
		case <-stall:
		case <-ctx.Done():
			return none, integrations.Unknown{Cause: "timeout"}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	was, seen := m.changes[c.Key]
	if seen && m.breaks == "remembers only the last key" && len(m.changes) > 1 {
		m.changes, seen = map[string]change{}, false
	}
	switch {
	case m.fail && m.breaks == "acts though it says it failed":
		m.rows++
		return none, integrations.Retry{Cause: "down"}
	case m.fail:
		return none, integrations.Retry{Cause: "down"}
	case c.Operation != "pay" && m.breaks != "takes any operation":
		return none, integrations.Permanent{Cause: "no such operation"}
	case seen && m.breaks == "applies twice":
		m.rows++
		return was.receipt, nil
	case seen && m.breaks == "gives a new receipt":
		return integrations.Receipt{ID: was.receipt.ID + "-again"}, nil
	case seen && m.breaks != "forgets params" && !maps.Equal(was.in, c.In):
		return none, integrations.Permanent{Cause: "key used"}
	case seen:
		return was.receipt, nil
	case c.In["ref"] != "REF-0001" && !m.accept:
		if m.breaks == "remembers a declined change" {
			m.changes[c.Key] = change{in: c.In}
		}
		return none, integrations.Declined{Reason: "unknown-account"}
	}
	if m.breaks == "reads, lets go, then writes" {
		m.mu.Unlock() // two callers get here with one key
		for range 100 {
			runtime.Gosched()
		}
		m.mu.Lock()
	}
	m.rows++
	r := integrations.Receipt{ID: fmt.Sprintf("pay-%d", m.rows)}
	if m.breaks != "loses the key with the answer" || !m.lose {
		m.changes[c.Key] = change{in: c.In, receipt: r}
	}
	switch {
	case m.lose && m.breaks == "calls a lost answer a retry":
		return none, integrations.Retry{Cause: "reset"}
	case m.lose:
		return none, integrations.Unknown{Cause: "reset"}
	}
	return r, nil
}

func opener(breaks string) func(t testing.TB) Subject {
	return func(t testing.TB) Subject {
		m := &memory{breaks: breaks, changes: map[string]change{}}
		set := func(p *bool) func(bool) {
			return func(on bool) { m.mu.Lock(); defer m.mu.Unlock(); *p = on }
		}
		pay := func(n int, amount string) integrations.Change {
			return integrations.Change{Key: fmt.Sprintf("key-%d", n), Operation: "pay", In: integrations.Values{"ref": "REF-0001", "amount": amount}}
		}
		absent := pay(0, "1000.00")
		absent.In["ref"] = "REF-0002"
		return Subject{
			System: m,
			Change: func(n int) integrations.Change { return pay(n, fmt.Sprintf("%d.00", 1000+n)) },
			Other: func(c integrations.Change) integrations.Change {
				c.In = integrations.Values{"ref": "REF-0001", "amount": "7777.00"}
				return c
			},
			Effects:  func(context.Context) (int, error) { m.mu.Lock(); defer m.mu.Unlock(); return m.rows, nil },
			Lookup:   integrations.Request{Operation: "account", In: integrations.Values{"ref": "REF-0001"}},
			Answer:   integrations.Values{"balance": "1250.00"},
			Missing:  integrations.Request{Operation: "account", In: integrations.Values{"ref": "REF-0002"}},
			Declines: absent, Accept: func() { set(&m.accept)(true) },
			Fail: set(&m.fail), Lose: set(&m.lose),
			Stall: func(on bool) {
				m.mu.Lock()
				defer m.mu.Unlock()
				if on {
					m.stall = make(chan struct{})
				} else {
					close(m.stall)
					m.stall = nil
				}
			},
		}
	}
}

func TestACorrectSystemPasses(t *testing.T) {
	t.Parallel()
	Run(t, opener(""))
}

// The suite is worth something only if it fails where it should: at least the named clause must.
func TestABrokenSystemFails(t *testing.T) {
	t.Parallel()
	for breaks, clause := range map[string]string{
		"applies twice":                 "a change made twice is made once",
		"gives a new receipt":           "a change made twice is made once",
		"remembers only the last key":   "a change made twice is made once",
		"reads, lets go, then writes":   "32 at once make one change",
		"forgets params":                "other values under a used key are refused",
		"takes any operation":           "an unknown operation is permanent",
		"lookups change something":      "a lookup answers and changes nothing",
		"swallows lookup errors":        "a lookup's error has a type",
		"lookup errors without a type":  "a lookup's error has a type",
		"acts though it says it failed": "what surely did not happen may be tried again",
		"swallows errors":               "a lost answer is unknown",
		"calls a lost answer a retry":   "a lost answer is unknown",
		"loses the key with the answer": "a lost answer is unknown",
		"remembers a declined change":   "a declined change isn't remembered as done",
		"ignores its context":           "a context that is over changes nothing for good",
		"calls a timeout permanent":     "a deadline is obeyed",
		"puts values into errors":       "other values under a used key are refused",
	} {
		t.Run(breaks, func(t *testing.T) {
			t.Parallel()
			var failed []string
			for _, c := range clauses {
				if err := c.check(t.Context(), opener(breaks)(t)); err != nil {
					failed = append(failed, c.name)
				}
			}
			if !strings.Contains(strings.Join(failed, "\n"), clause) {
				t.Errorf("a system that %s fails %q, want %q among them", breaks, failed, clause)
			}
		})
	}
}
