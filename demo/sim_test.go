package demo

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Sipho opens his payment page: looking changes nothing, paying twice pays once, and what is paid stays paid.
func TestPayPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.types("c2", "hello", "1", "2 July 8001", "1")
	pages := b.rows("payment_pages")
	if len(pages) != 1 {
		t.Fatalf("%d payment pages were made, want one; the thread is %+v", len(pages), b.thread("c2", "sms"))
	}
	path := payPath + pages[0]["id"]
	for i := range 10 {
		w := b.asks([]string{"GET", "HEAD"}[i%2], path, nil)
		if w.Code != http.StatusOK {
			t.Fatalf("look at the page: status %d, want 200", w.Code)
		}
	}
	b.later(deliveredIn)
	if rows := b.rows("payments"); len(rows) != 0 {
		t.Fatalf("looking has paid: %v", rows)
	}
	said := func(method string, form url.Values) string {
		w := b.asks(method, path, form)
		_, rest, _ := strings.Cut(w.Body.String(), `role="status"><strong>`)
		words, _, _ := strings.Cut(rest, "<")
		return words
	}
	for i, tc := range []struct{ method, do, want string }{
		{"POST", "decline", saidDeclined}, {"GET", "", ""}, {"POST", "pay", saidPaid}, {"POST", "pay", saidPaid},
		{"POST", "decline", saidPaid}, {"GET", "", saidPaid},
	} {
		if got := said(tc.method, url.Values{"do": {tc.do}}); got != tc.want {
			t.Errorf("%d: %s %s says %q, want %q", i, tc.method, tc.do, got, tc.want)
		}
		b.later(2 * deliveredIn)
	}
	if rows := b.rows("payments"); len(rows) != 1 || rows[0]["amount"] != "180.00" {
		t.Errorf("the ledger has %v, want one payment of 180.00", rows)
	}
	for _, unknown := range []string{payPath + "nothing", payPath + "%2e%2e", payPath + pages[0]["id"] + "x"} {
		for _, method := range []string{"GET", "POST"} {
			if w := b.asks(method, unknown, url.Values{}); w.Code != http.StatusNotFound {
				t.Errorf("%s %s: status %d, want 404", method, unknown, w.Code)
			}
		}
	}
}

func TestSimUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, thread := range []string{"/sim/c0/sms", "/sim/c99/sms", "/sim/c1/email", "/sim/c1/SMS", "/sim/%3Cscript%3E/sms", "/sim/c1/sms:1"} {
		for _, part := range []string{"", "/thread", "/engine", "/people", "/clock"} {
			if w := b.asks("GET", thread+part, nil); w.Code != http.StatusNotFound {
				t.Errorf("GET %s: status %d, want 404", thread+part, w.Code)
			}
		}
		for _, part := range []string{"/messages", "/taps"} {
			if w := b.asks("POST", thread+part, url.Values{"text": {"hello"}}); w.Code != http.StatusNotFound {
				t.Errorf("POST %s: status %d, want 404", thread+part, w.Code)
			}
		}
	}
	for _, path := range []string{"/graph/c99", "/graph/c99/drawing"} {
		if w := b.asks("GET", path, nil); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: status %d, want 404", path, w.Code)
		}
	}
}

// The telephone opens payment pages within it, and nothing else.
func TestOpenInTheTelephone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for open, want := range map[string]bool{
		"/pay/abc": true, "/pay/": false, "/desk": false, "https://evil.example/pay/": false, "//evil.example/pay/x": false, "/pay/../desk": false,
		"/pay/..%2Fdesk": false, `/pay/..\desk`: false, "/pay/x?y": false, "javascript:alert(1)": false, "/pay/x\n": false, "": false,
	} {
		w := b.asks("GET", "/sim/c1/sms?open="+url.QueryEscape(open), nil)
		if got := strings.Contains(w.Body.String(), "<iframe"); w.Code != http.StatusOK || got != want {
			t.Errorf("open=%q: status %d, shown %t; want 200, %t", open, w.Code, got, want)
		}
	}
}

// What the telephone doesn't show can't be tapped, and nothing is written for it.
func TestTapsOfWhatIsNotShown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	thread := b.thread("c1", "whatsapp")
	if len(thread) != 1 || len(thread[0].Choices) == 0 {
		t.Fatalf("the thread is %+v, want a message with choices", thread)
	}
	real := thread[0].Choices[0].ID
	for _, tc := range []struct{ path, bubble, choice string }{
		{"/sim/c1/whatsapp", "1", "nothing"}, {"/sim/c1/whatsapp", "2", real}, {"/sim/c1/whatsapp", "0", real}, {"/sim/c1/whatsapp", "-1", real},
		{"/sim/c1/whatsapp", "99999999999999999999", real}, {"/sim/c1/whatsapp", "", real}, {"/sim/c1/whatsapp", "1", ""}, {"/sim/c1/sms", "1", real},
		{"/sim/c2/whatsapp", "1", real},
	} {
		w := b.asks("POST", tc.path+"/taps", url.Values{"bubble": {tc.bubble}, "choice": {tc.choice}})
		if w.Code != http.StatusNotFound {
			t.Errorf("tap %q of bubble %q at %s: status %d, want 404", tc.choice, tc.bubble, tc.path, w.Code)
		}
	}
	if got := len(b.thread("c1", "whatsapp")); got != 1 {
		t.Errorf("the thread has %d bubbles, want 1", got)
	}
	if w := b.asks("POST", "/sim/c1/whatsapp/taps", url.Values{"bubble": {"1"}, "choice": {real}}); w.Code != http.StatusSeeOther {
		t.Errorf("tap what is shown: status %d, want 303", w.Code)
	}
}

// What another site's page posts changes nothing in the demo, wherever it goes.
func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := b.Clock.Offset()
	for _, path := range []string{"/clock", "/story", "/ledger/mood", "/sim/c1/sms/messages", "/sim/c1/whatsapp/taps", "/pay/x", "/desk/a/b"} {
		form := url.Values{"by": {"1h"}, "mood": {string(Failing)}, "text": {"STOP"}}
		if w := b.asks("POST", path, form, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("POST %s from elsewhere: status %d, want 403", path, w.Code)
		}
	}
	if b.Clock.Offset() != before || b.temper.get() != Well || b.story.done != 0 || len(b.thread("c1", "sms")) != 0 {
		t.Error("a form of another site has changed something")
	}
}

// Whatever a contact writes is text on every page that shows it.
func TestHostileText(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.types("c1", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)> https://pay.example/p/x"onmouseover="alert(1)`)
	for _, path := range []string{"/", "/sim/c1/sms", "/sim/c1/sms/thread", "/sim/c1/sms/engine", "/ledger"} {
		page := b.asks("GET", path, nil).Body.String()
		for _, bad := range []string{"<script>alert", "<img", `"onmouseover="`} {
			if strings.Contains(page, bad) {
				t.Errorf("%s has %q as it was written", path, bad)
			}
		}
	}
}

// Close ends everything that a demo has started, with a page open and work on its way. It isn't parallel: it counts goroutines.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("a demo", func(t *testing.T) {
		b := newBench(t)
		server := httptest.NewServer(b.handler)
		defer server.Close()
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		stream, err := client.Get(server.URL + "/live")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Body.Close()
		b.switches(Slow)
		for i := range b.contacts {
			b.asks("POST", fmt.Sprintf("/sim/c%d/sms/messages", i+1), url.Values{"text": {"hello"}})
		}
		b.end()
		if _, err := io.Copy(io.Discard, stream.Body); err != nil {
			t.Errorf("the open page's stream ended with %v, want its end", err)
		}
	})
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// Whoever has written in the story's thread is told that it has gone another way.
func TestStoryThatHasStrayed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 2 { // the reminder, and her first reply
		if err := b.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.network.Type(t.Context(), b.contact(hero).Address(heroChannel), "STOP"); err != nil {
		t.Fatal(err)
	}
	for range len(steps) {
		if err := b.step(t.Context()); err != nil {
			t.Fatalf("a step of a thread that has gone another way: %v, want none", err)
		}
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, httptest.NewRequest("GET", "/story", nil))
	if want := "it has gone another way"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("the story says nothing of %q", want)
	}
}
