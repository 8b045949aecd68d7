package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
	"github.com/settle-chat/settle/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const publicURL = "https://chat.acme.example"

// The keys of the tests, by their scopes.
const (
	casesKey  = "key-of-core"
	otherKey  = "key-of-another-source"
	eventsKey = "key-of-payments"
)

// site is the whole service, on a real Redis, with a channel that keeps what it is given.
type site struct {
	t       testing.TB
	redis   *storetest.Server
	store   *store.Store
	library *fsm.Library
	phone   *phone
	server  *web.Server
	log     *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// phone is a channel whose webhooks say what a test wants.
type phone struct {
	receive func(r *http.Request, body []byte) (channels.Received, error)
}

func (*phone) Capabilities() message.Capabilities {
	return message.Capabilities{Channel: "sms", Text: 1600, Segments: 10}
}

func (*phone) Send(context.Context, message.Outbound) (message.ID, error) { return "SM1", nil }

func (p *phone) Receive(r *http.Request, body []byte) (channels.Received, error) {
	return p.receive(r, body)
}

func newSite(t testing.TB, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{t: t, redis: storetest.Redis(t), phone: &phone{}, log: &syncBuffer{}}
	s.store = s.redis.Open(t, store.Options{Keyset: storetest.Keyset(t)})
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	if s.library, err = fsm.LoadTree(content.FS, d); err != nil {
		t.Fatalf("load the shipped workflows: %v", err)
	}
	log := zerolog.New(s.log)
	b := bot.New(bot.Options{
		Store: s.store, Library: s.library, Channels: map[string]channels.Channel{"sms": s.phone}, Rules: policy.DefaultRules(), Log: log,
	})
	t.Cleanup(func() { _ = b.Close() })
	o := web.Options{
		Bot: b, Channels: map[string]channels.Receiver{"sms": s.phone}, PublicURL: publicURL, Log: log, Registry: prometheus.NewRegistry(),
		Keys: []web.Key{
			{Name: "core", SHA256: sha256.Sum256([]byte(casesKey)), Scopes: []string{"cases"}},
			{Name: "other", SHA256: sha256.Sum256([]byte(otherKey)), Scopes: []string{"cases"}},
			{Name: "payments", SHA256: sha256.Sum256([]byte(eventsKey)), Scopes: []string{"events"}},
		},
	}
	for _, f := range change {
		f(&o)
	}
	s.server = web.New(o)
	return s
}

// answer is what a request got.
type answer struct {
	*http.Response
	body string
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{w.Result(), string(body)}
}

func request(method, path, key, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return r
}

func (s *site) post(path, key string, body any) answer {
	s.t.Helper()
	text, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(b)
	}
	return s.do(request("POST", path, key, text))
}

// overdue is a request that can be accepted.
func (s *site) overdue(id string) map[string]any {
	s.t.Helper()
	w := s.library.ForTrigger("account.overdue")
	if w == nil {
		s.t.Fatal("no shipped workflow is triggered by account.overdue")
	}
	facts := map[string]any{}
	for name, def := range w.Facts {
		if def.From == "trigger" && !def.Secret {
			facts[name] = map[fsm.Type]any{
				fsm.Text: "Thandi", fsm.Integer: 12, fsm.Boolean: false, fsm.Money: json.Number("1250.10"), fsm.Date: "2026-11-01",
			}[def.Type]
		}
	}
	return map[string]any{
		"id": id, "event": "account.overdue", "customer": "C-" + id, "ref": "R-" + id, "language": "en", "zone": "Africa/Johannesburg",
		"addresses": []string{"sms:+2782123" + id}, "facts": facts,
	}
}

func wantStatus(t *testing.T, what string, a answer, want int) {
	t.Helper()
	if a.StatusCode != want {
		t.Errorf("%s: status = %d, want %d; body %s", what, a.StatusCode, want, a.body)
	}
}

// wantProblem checks the form that every error of the API has.
func wantProblem(t *testing.T, what string, a answer, status int, field string) {
	t.Helper()
	wantStatus(t, what, a, status)
	var p struct {
		Type, Title, Instance string
		Status                int
		Errors                []struct{ Field, Message string }
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: body = %q (%s), want problem+json", what, a.body, a.Header.Get("Content-Type"))
		return
	}
	if p.Status != status || p.Title != http.StatusText(status) || p.Type != "about:blank" || !strings.HasSuffix(p.Instance, a.Header.Get("X-Request-Id")) {
		t.Errorf("%s: problem = %s, want status, title, type and the request's ID", what, a.body)
	}
	for _, e := range p.Errors {
		if e.Field == field {
			return
		}
	}
	if field != "" {
		t.Errorf("%s: problem = %s, want the field %s named", what, a.body, field)
	}
}
