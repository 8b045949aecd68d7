package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/integrationstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bank is a small core banking system that keeps Idempotency-Key.
type bank struct {
	mu       sync.Mutex // guards what follows
	accounts map[string]bool
	payments int
	keys     map[string]kept
	fail     bool
	lose     bool
	stall    chan struct{}
}

type kept struct{ request, answer string }

func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	stall := b.stall
	b.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-r.Context().Done():
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	ref := strings.Split(strings.Trim(r.URL.Path, "/"), "/")[1]
	key := r.Header.Get("Idempotency-Key")
	was, seen := b.keys[key]
	request := r.Method + r.URL.Path + string(body)
	switch {
	case b.fail:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Method == http.MethodGet && !b.accounts[ref]:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		fmt.Fprint(w, `{"balance": 1250.5, "daysPastDue": 9, "dispute": false}`)
	case seen && was.request != request:
		w.WriteHeader(http.StatusBadRequest)
	case seen:
		fmt.Fprint(w, was.answer)
	case !b.accounts[ref]:
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"code": "unknown-account"}`)
	default:
		b.payments++
		answer := fmt.Sprintf(`{"id": "P-%d"}`, b.payments)
		b.keys[key] = kept{request, answer}
		if b.lose {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, answer)
	}
}

func (b *bank) set(p *bool) func(bool) {
	return func(on bool) { b.mu.Lock(); defer b.mu.Unlock(); *p = on }
}

const bankOperations = `
account: {kind: lookup, in: {ref: text}, out: {balance: money, days_past_due: integer, in_dispute: boolean},
  request: {get: "/accounts/{ref}"}, answer: {balance: "$.balance", days_past_due: "$.daysPastDue", in_dispute: "$.dispute"}}
record-payment: {kind: writeback, risk: commitment, in: {amount: money, reference: text}, idempotency: header,
  request: {post: "/accounts/{ref}/payments", json: {amount: "{amount}", reference: "{reference}"}}, receipt: "$.id",
  results: {ok: [200, 201], declined: {422: "$.code"}, retry: [429, 503]}}
`

// operations reads them as the configuration's loader does.
func operations(t testing.TB, text string) map[string]integrations.Operation {
	t.Helper()
	var raw map[string]map[string]any
	if err := yaml.Load([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	types := func(v any) map[string]string {
		out := map[string]string{}
		if m, ok := v.(map[string]any); ok {
			for k, typ := range m {
				out[k] = typ.(string)
			}
		}
		return out
	}
	all := map[string]integrations.Operation{}
	for name, o := range raw {
		all[name] = integrations.Operation{Name: name, Kind: o["kind"].(string), In: types(o["in"]), Out: types(o["out"]), Options: o}
	}
	return all
}

// opened opens a system against a handler.
func opened(t testing.TB, h http.Handler, text string, change func(*Config)) (*system, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := &Config{BaseURL: server.URL, Allow: []string{strings.TrimPrefix(server.URL, "http://")}, AllowPrivate: true}
	if change != nil {
		change(c)
	}
	s, err := c.Open(integrations.Deps{Name: "core", Operations: operations(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.(io.Closer).Close() })
	return s.(*system), server
}

func TestContract(t *testing.T) {
	t.Parallel()
	integrationstest.Run(t, func(t testing.TB) integrationstest.Subject {
		b := &bank{accounts: map[string]bool{"ACC-0001": true}, keys: map[string]kept{}}
		s, _ := opened(t, b, bankOperations, nil)
		payment := func(key, ref, amount string) integrations.Change {
			return integrations.Change{Key: key, Operation: "record-payment", In: integrations.Values{"ref": ref, "amount": amount, "reference": "REF-7777"}}
		}
		return integrationstest.Subject{
			System: s,
			Change: func(n int) integrations.Change {
				return payment(fmt.Sprintf("key-%d", n), "ACC-0001", fmt.Sprintf("%d.00", 100+n))
			},
			Other:    func(c integrations.Change) integrations.Change { return payment(c.Key, "ACC-0001", "77.77") },
			Effects:  func(context.Context) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.payments, nil },
			Lookup:   integrations.Request{Operation: "account", In: integrations.Values{"ref": "ACC-0001"}},
			Answer:   integrations.Values{"balance": "1250.50", "days_past_due": "9", "in_dispute": "false"},
			Missing:  integrations.Request{Operation: "account", In: integrations.Values{"ref": "ACC-0002"}},
			Declines: payment("key-d", "ACC-0002", "5000.00"),
			Accept:   func() { b.mu.Lock(); defer b.mu.Unlock(); b.accounts["ACC-0002"] = true },
			Fail:     b.set(&b.fail),
			Lose:     b.set(&b.lose),
			Stall: func(on bool) {
				b.mu.Lock()
				defer b.mu.Unlock()
				if on {
					b.stall = make(chan struct{})
				} else {
					close(b.stall)
					b.stall = nil
				}
			},
		}
	})
}

// seen keeps what arrived, for tests that look at requests.
type seen struct {
	mu       sync.Mutex // guards requests
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request)
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var compact any
	if json.Unmarshal(body, &compact) == nil {
		body, _ = json.Marshal(compact)
	}
	s.mu.Lock()
	s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+string(body)))
	s.mu.Unlock()
	if s.answer != nil {
		s.answer(w, r)
	}
}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.requests...)
}
