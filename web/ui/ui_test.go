package ui

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestSecure(t *testing.T) {
	t.Parallel()
	reached := 0
	h := Secure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	for _, tc := range []struct {
		name, method, site string
		want, reached      int
	}{
		{"a page", "GET", "", 200, 1},
		{"a form of ours", "POST", "same-origin", 200, 1},
		{"a form of another site", "POST", "cross-site", 403, 0},
		{"a link from another site", "GET", "cross-site", 200, 1},
	} {
		reached = 0
		r := httptest.NewRequest(tc.method, "/", nil)
		if tc.site != "" {
			r.Header.Set("Sec-Fetch-Site", tc.site)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tc.want || reached != tc.reached {
			t.Errorf("%s: status %d, reached %d times; want %d, %d", tc.name, w.Code, reached, tc.want, tc.reached)
		}
		if got := w.Header().Get("Content-Security-Policy"); got != Policy {
			t.Errorf("%s: policy %q, want %q", tc.name, got, Policy)
		}
	}
	for what, length := range map[string]int64{"said": mostForm + 1, "not said": -1} {
		r := httptest.NewRequest("POST", "/", strings.NewReader("a="+strings.Repeat("x", mostForm)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.ContentLength = length
		var got string
		Secure(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.PostFormValue("a") })).ServeHTTP(httptest.NewRecorder(), r)
		if got != "" {
			t.Errorf("a form of more than there may be, its length %s: %d bytes are taken, want none", what, len(got))
		}
	}
	for _, loose := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(Policy, loose) {
			t.Errorf("the policy has %q: %s", loose, Policy)
		}
	}
}

// What is posted is done to its end, though whoever posted it is gone; what is only looked at isn't.
func TestPostedIsDoneToItsEnd(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]error{"POST": nil, "GET": context.Canceled} {
		var got error
		h := Secure(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Context().Err() }))
		gone, leave := context.WithCancel(t.Context())
		leave()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil).WithContext(gone))
		if !errors.Is(got, want) {
			t.Errorf("%s after its page is gone: %v, want %v", method, got, want)
		}
	}
}

// A page has nothing of its own that the policy would refuse, and nothing from elsewhere.
func TestLayoutKeepsThePolicy(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	f := Frame{Title: "<script>", Here: "/", Links: []Link{{"/", "Story"}}, Live: "/live", Note: `"><img>`}
	if err := Layout(f).Render(context.Background(), &page); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"an inline style":             `style=|<style`,
		"an inline script":            `<script[^>]*>[^<]`,
		"a handler in an attribute":   ` on[a-z]+=|hx-on`,
		"a script that may come late": `<script[^>]* (defer|async|type="module")`,
		"something from elsewhere":    `(src|href)="(https?:)?//`,
		"a title that isn't escaped":  `<title><script>|"><img>`,
	} {
		if found := regexp.MustCompile(bad).FindString(page.String()); found != "" {
			t.Errorf("the page has %s: %q", name, found)
		}
	}
	for _, want := range []string{`aria-current="page"`, `lang="en"`, `href="#main"`, `id="main"`} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestAssetsAreServed(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	MountAssets(mux)
	for name, kind := range map[string]string{"settle.css": "text/css", "htmx.min.js": "text/javascript", "hx-sse.min.js": "text/javascript"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/assets/"+name, nil))
		if got := w.Header().Get("Content-Type"); w.Code != 200 || !strings.HasPrefix(got, kind) {
			t.Errorf("%s: status %d, type %q; want 200, %s", name, w.Code, got, kind)
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/assets/ui.go", nil))
	if w.Code != 404 {
		t.Errorf("a file that is no asset: status %d, want 404", w.Code)
	}
}

var errHalf = errors.New("half a page")

// A page that can't be made is an error, and no half of it is sent.
func TestWriteSendsNoHalfPage(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Write(w, httptest.NewRequest("GET", "/", nil), 200, templ.ComponentFunc(func(_ context.Context, out io.Writer) error {
		_, _ = io.WriteString(out, "<p>secret half")
		return errHalf
	}))
	if w.Code != 500 || strings.Contains(w.Body.String(), "half") {
		t.Errorf("status %d, body %q; want 500 and nothing of the page", w.Code, w.Body)
	}
}

func TestDone(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", nil)
	w := httptest.NewRecorder()
	if Done(w, r, "/sim"); w.Code != 303 || w.Header().Get("Location") != "/sim" {
		t.Errorf("without scripts: status %d to %q, want 303 to /sim", w.Code, w.Header().Get("Location"))
	}
	r.Header.Set("HX-Request", "true")
	w = httptest.NewRecorder()
	if Done(w, r, "/sim"); w.Code != 204 {
		t.Errorf("from a script: status %d, want 204", w.Code)
	}
}

// A page is told when it opens and at each change, changes that come together are told together, and Close ends the stream.
func TestChanges(t *testing.T) {
	t.Parallel()
	var c Changes
	server := httptest.NewServer(&c)
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("type %q, want text/event-stream", got)
	}
	lines := bufio.NewScanner(answer.Body)
	told := func() bool {
		for lines.Scan() {
			if lines.Text() == "event: changed" {
				return true
			}
		}
		return false
	}
	if !told() {
		t.Fatal("a page that opens is not told")
	}
	for range 100 {
		c.Tell() // never waits, however slow the page is
	}
	if !told() {
		t.Fatal("a page is not told of a change")
	}
	c.Close()
	c.Close() // twice is once
	rest := 0
	for told() {
		rest++
	}
	if rest > 1 {
		t.Errorf("told %d times more for changes that came together, want at most once", rest)
	}
	if lines.Err() != nil {
		t.Errorf("the stream ended with %v, want its end", lines.Err())
	}
	late, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Body.Close()
	if _, err := io.ReadAll(late.Body); err != nil {
		t.Errorf("a stream after Close: %v, want its end", err)
	}
}
