package web_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/settle-chat/settle/web"
)

func (s *site) admin(path string) (int, string) {
	w := httptest.NewRecorder()
	s.server.AdminHandler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	var broken error
	s := newSite(t, func(o *web.Options) {
		o.Ready = []web.Probe{
			{Name: "redis", Check: func(ctx context.Context) error { return nil }},
			{Name: "bot", Check: func(context.Context) error { return broken }},
		}
	})
	s.do(request("GET", "/v1/cases/x", casesKey, ""))
	for path, want := range map[string]string{
		"/healthz": `"alive"`, "/readyz": `"ready"`, "/debug/pprof/": "goroutine",
		"/metrics": `settle_http_requests_total{method="GET",route="GET /v1/cases/{id}",status="404"} 1`,
	} {
		if status, body := s.admin(path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.300q, want 200 and %s", path, status, body, want)
		}
	}
	broken = errors.New("secret detail")
	if status, body := s.admin("/readyz"); status != 503 || !strings.Contains(body, `"bot"`) || strings.Contains(body, "secret") {
		t.Errorf("/readyz with a broken bot: %d %q, want 503 that names the bot and nothing more", status, body)
	}
	if status, _ := s.admin("/healthz"); status != 200 {
		t.Errorf("/healthz with a broken bot: %d, want 200: the process lives", status)
	}
}

func TestReadyFollowsRedis(t *testing.T) {
	t.Parallel()
	var s *site
	s = newSite(t, func(o *web.Options) {
		o.Ready = []web.Probe{{Name: "redis", Check: func(ctx context.Context) error { return s.store.Ping(ctx) }}}
	})
	if status, body := s.admin("/readyz"); status != 200 {
		t.Errorf("with Redis: %d %q, want 200", status, body)
	}
	s.redis.Stop()
	if status, body := s.admin("/readyz"); status != 503 {
		t.Errorf("without Redis: %d %q, want 503", status, body)
	}
}
