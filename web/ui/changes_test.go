package ui

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server's time limits are for requests: a stream goes on after them.
func TestStreamsOutliveTheServersLimits(t *testing.T) {
	t.Parallel()
	var c Changes
	const limit = 50 * time.Millisecond
	server := httptest.NewUnstartedServer(&c)
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	server.Start()
	defer server.Close()
	defer c.Close()
	answer, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for began := time.Now(); time.Since(began) < 6*limit; {
		if !lines.Scan() {
			t.Fatalf("the stream ended after %s with %v, want it to go on", time.Since(began), lines.Err())
		}
		if lines.Text() == "event: changed" {
			c.Tell()
		}
	}
}

// HEAD asks what there is, and has nothing to wait for.
func TestHeadDoesNotWait(t *testing.T) {
	t.Parallel()
	var c Changes
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/live", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" || w.Body.Len() > 0 {
		t.Errorf("HEAD: status %d, type %q, body %q; want 200, a stream's type, and nothing", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
}

// There is room for so many pages; one that goes makes room, and Close ends all.
func TestTooManyPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c Changes
		open := func() *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/live", nil))
			return w
		}
		for range mostPages {
			go open()
		}
		synctest.Wait()
		w := open()
		if got := w.Result().StatusCode; got != http.StatusServiceUnavailable {
			t.Errorf("one page too many: status %d, want 503", got)
		}
		if body, _ := io.ReadAll(w.Body); len(body) == 0 {
			t.Error("one page too many isn't told what to do")
		}
		c.Close()
		synctest.Wait()
		if len(c.pages) != 0 {
			t.Errorf("%d pages are kept after their streams have ended, want none", len(c.pages))
		}
	})
}
