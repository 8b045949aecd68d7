package desk_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/settle-chat/settle/web/desk"
	"github.com/settle-chat/settle/web/ui"
)

// signIns is a sign-in by itself, and what it guards.
func signIns(secure bool) (*desk.SignIn, http.Handler) {
	in := desk.NewSignIn(func(title string) ui.Frame { return ui.Frame{Title: title} }, secure)
	mux := http.NewServeMux()
	in.Mount(mux)
	mux.Handle("GET /desk", in.Guard(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "in: "+in.Agent(r)) }))
	return in, ui.Secure(mux)
}

func asks(h http.Handler, method, path, form string, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// A link may be looked at as often as whatever opens links likes, and is used once.
func TestALinkWorksOnce(t *testing.T) {
	t.Parallel()
	in, h := signIns(false)
	link := in.Link()
	for i := range 50 {
		if got := asks(h, []string{"GET", "HEAD"}[i%2], link, "").StatusCode; got != http.StatusOK {
			t.Fatalf("look %d: status %d, want 200", i, got)
		}
	}
	for _, name := range []string{"", "  ", "Thandi\x00", "Thandi\xff", "Th\u202eandi", strings.Repeat("é", 41)} { // a slip of the pen uses nothing up
		if got := asks(h, "POST", link, url.Values{"name": {name}}.Encode()); got.StatusCode != http.StatusUnprocessableEntity || len(got.Cookies()) != 0 {
			t.Errorf("name %q: status %d, cookies %v; want 422 and none", name, got.StatusCode, got.Cookies())
		}
	}
	first := asks(h, "POST", link, "name=Thandi")
	if first.StatusCode != http.StatusSeeOther || first.Header.Get("Location") != "/desk" || len(first.Cookies()) != 1 {
		t.Fatalf("the first: status %d to %q, cookies %v; want 303 to /desk and one", first.StatusCode, first.Header.Get("Location"), first.Cookies())
	}
	second := asks(h, "POST", link, "name=Mallory")
	if second.StatusCode != http.StatusForbidden || len(second.Cookies()) != 0 {
		t.Errorf("the second: status %d, cookies %v; want 403 and none", second.StatusCode, second.Cookies())
	}
	if got := asks(h, "GET", "/desk", "", first.Cookies()...).StatusCode; got != http.StatusOK {
		t.Errorf("with the session: status %d, want 200", got)
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		in, h := signIns(secure)
		entered := asks(h, "POST", in.Link(), "name=Thandi")
		left := asks(h, "POST", "/desk/sign-out", "", entered.Cookies()...)
		for what, r := range map[string]*http.Response{"signing in": entered, "signing out": left} {
			if len(r.Cookies()) != 1 {
				t.Fatalf("%s sets %d cookies, want one", what, len(r.Cookies()))
			}
			c := r.Cookies()[0]
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/desk" || c.Domain != "" || c.Secure != secure {
				t.Errorf("%s, https %t: cookie %+v; want HttpOnly, Strict, /desk, no domain, Secure as https", what, secure, c)
			}
		}
		if got := len(entered.Cookies()[0].Value); got < 26 {
			t.Errorf("the cookie has %d letters, want 26: 128 bits", got)
		}
		// It is over for whoever has kept the cookie, too.
		if got := asks(h, "GET", "/desk", "", entered.Cookies()...).StatusCode; got != http.StatusForbidden {
			t.Errorf("after signing out: status %d, want 403", got)
		}
	}
}

// Links and sessions end, and a cookie or a link that was never made is none.
func TestSignInEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, h := signIns(false)
		late, inTime := in.Link(), in.Link()
		time.Sleep(desk.LinkLasts - time.Second)
		entered := asks(h, "POST", inTime, "name=Thandi")
		if entered.StatusCode != http.StatusSeeOther {
			t.Fatalf("within the hour: status %d, want 303", entered.StatusCode)
		}
		time.Sleep(2 * time.Second)
		for what, link := range map[string]string{"an expired link": late, "a link that was never made": "/desk/sign-in/" + strings.Repeat("A", 26)} {
			if got := asks(h, "POST", link, "name=Mallory"); got.StatusCode != http.StatusForbidden || len(got.Cookies()) != 0 {
				t.Errorf("%s: status %d, cookies %v; want 403 and none", what, got.StatusCode, got.Cookies())
			}
		}
		for what, tc := range map[string]struct {
			wait   time.Duration
			cookie *http.Cookie
			want   int
		}{
			"its session":                 {0, entered.Cookies()[0], http.StatusOK},
			"no session's":                {0, &http.Cookie{Name: "settle-desk", Value: strings.Repeat("A", 26)}, http.StatusForbidden},
			"an empty one":                {0, &http.Cookie{Name: "settle-desk"}, http.StatusForbidden},
			"the used link's token":       {0, &http.Cookie{Name: "settle-desk", Value: strings.TrimPrefix(inTime, "/desk/sign-in/")}, http.StatusForbidden},
			"another cookie of that name": {0, &http.Cookie{Name: "settle", Value: entered.Cookies()[0].Value}, http.StatusForbidden},
		} {
			if got := asks(h, "GET", "/desk", "", tc.cookie).StatusCode; got != tc.want {
				t.Errorf("%s: status %d, want %d", what, got, tc.want)
			}
		}
		time.Sleep(12 * time.Hour)
		if got := asks(h, "GET", "/desk", "", entered.Cookies()...).StatusCode; got != http.StatusForbidden {
			t.Errorf("twelve hours later: status %d, want 403", got)
		}
	})
}
