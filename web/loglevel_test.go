package web_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/internal/loglevel"
	"github.com/settle-chat/settle/web"
)

func TestLogLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	level := loglevel.New(zerolog.WarnLevel)
	log := level.Logger(&out)
	h := web.New(web.Options{Log: log, Level: level}).AdminHandler()
	put := func(contentType, body string) (int, string) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("PUT", "/debug/log-level", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	get := func() (l struct {
		Level, Then string
		Until       time.Time
	}) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/debug/log-level", nil))
		if err := json.Unmarshal(w.Body.Bytes(), &l); w.Code != 200 || err != nil {
			t.Fatalf("GET: %d %s, %v", w.Code, w.Body, err)
		}
		return l
	}
	for body, want := range map[string]string{
		`{"level":"loud"}`:                  `"level"`,
		`{}`:                                `"level"`,
		`{"level":"debug","for":"soon"}`:    `"for"`,
		`{"level":"debug","for":"-1m"}`:     `"for"`,
		`{"level":"debug","for":"25h"}`:     `"for"`,
		`{"level":"debug","fro":"10m"}`:     `fro`,
		`{"level":"debug","level":"error"}`: `level`,
	} {
		if status, got := put("application/json", body); status != 422 && status != 400 || !strings.Contains(got, want) {
			t.Errorf("PUT %s: %d %s, want it refused with %s", body, status, got, want)
		}
	}
	if status, _ := put("text/plain", `{"level":"debug"}`); status != 415 {
		t.Errorf("PUT as a form of another site can send it: %d, want 415", status)
	}
	if l := get(); l.Level != "warn" || l.Then != "" || out.Len() != 0 {
		t.Errorf("after what was refused the level is %+v, the log %q; want warn and nothing", l, out.String())
	}

	log.Info().Msg("before")
	if status, got := put("application/json", `{"level":"debug","for":"10m"}`); status != 200 {
		t.Fatalf("PUT debug for 10m: %d %s", status, got)
	}
	log.Debug().Msg("during")
	if l := get(); l.Level != "debug" || l.Then != "warn" || time.Until(l.Until) < 9*time.Minute {
		t.Errorf("for ten minutes the level is %+v, want debug until then, then warn", l)
	}
	if status, got := put("application/json", `{"level":"error"}`); status != 200 {
		t.Fatalf("PUT error: %d %s", status, got)
	}
	log.Warn().Msg("after")
	if l := get(); l.Level != "error" || l.Then != "" {
		t.Errorf("the level is %+v, want error for good", l)
	}
	got := out.String()
	if strings.Contains(got, "before") || !strings.Contains(got, "during") || strings.Contains(got, `"after"`) || strings.Count(got, "log level is changed") != 2 {
		t.Errorf("the log is\n%swant what was said during debug, and both changes", got)
	}
}
