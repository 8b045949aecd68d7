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
	said := func(line string) int { return strings.Count(s.log.String(), line) }
	if status, body := s.admin("/readyz"); status != 503 || !strings.Contains(body, `"bot"`) || strings.Contains(body, "secret") {
		t.Errorf("/readyz with a broken bot: %d %q, want 503 that names the bot and nothing more", status, body)
	}
	if status, _ := s.admin("/healthz"); status != 200 {
		t.Errorf("/healthz with a broken bot: %d, want 200: the process lives", status)
	}
	s.admin("/readyz")
	broken = nil
	s.admin("/readyz")
	s.admin("/readyz")
	if said("probe fails") != 1 || said("probe works again") != 1 {
		t.Errorf("the log says %d times that the probe fails and %d times that it works again, want once each", said("probe fails"), said("probe works again"))
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	var stuck error
	s := newSite(t, func(o *web.Options) { o.Alive = func() error { return stuck } })
	if status, _ := s.admin("/healthz"); status != 200 {
		t.Errorf("/healthz = %d, want 200", status)
	}
	stuck = errors.New("secret detail")
	if status, body := s.admin("/healthz"); status != 503 || strings.Contains(body, "secret") {
		t.Errorf("/healthz of a process that is stuck: %d %q, want 503 and nothing more", status, body)
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
