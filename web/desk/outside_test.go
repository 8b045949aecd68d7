package desk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// routes are all that the desk mounts, for a case.
func routes(c *customer) map[string]string {
	return map[string]string{
		"/desk": "GET", "/desk/waiting": "GET", c.path: "GET", c.path + "/story": "GET", "/desk/link": "POST", c.path + " ": "POST",
	}
}

// Without a session every page is the same refusal, and says nothing of what is there; a guessed case can't be told from one.
func TestStrangersSeeNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	s := b.stranger()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.get("/desk/nobody/nothing")
	refusal := s.page
	for route, method := range routes(c) {
		path := strings.TrimSpace(route)
		form := url.Values{"action": {"claim"}, "key": {strings.Repeat("A", 26)}}
		for _, m := range []string{method, map[string]string{"GET": "HEAD", "POST": "POST"}[method]} {
			s.do(m, path, form)
			s.wants(http.StatusForbidden)
			if m != "HEAD" && s.page != refusal {
				t.Errorf("%s %s says\n%s\nwant what it says of nothing", m, path, s.page)
			}
		}
		s.do(method, path, form, "HX-Request", "true") // a part of a page that was open when its session ended
		s.wants(http.StatusForbidden, "Nobody is signed in here")
		s.lacks("<html", "care", c.opened.Case)
	}
	a := b.agent("Thandi")
	a.get(c.path)
	a.wants(http.StatusOK, "Nobody has it")
}

// What another site's page posts is refused, whoever's browser sends it, and changes nothing; so is what is too much for a form.
func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	a := b.agent("Thandi")
	a.get(c.path)
	form := a.form("claim", "", "")
	link := b.in.Link()
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
		for _, path := range []string{c.path, "/desk/link", "/desk/sign-out", link} {
			a.do("POST", path, form, header...)
			a.wants(http.StatusForbidden)
			a.lacks("sign-in/")
		}
	}
	a.get(c.path)
	a.wants(http.StatusOK, "Nobody has it")
	a.post(link, url.Values{"name": {strings.Repeat("x", 1<<17)}})
	a.wants(http.StatusRequestEntityTooLarge)
	a.post(link, url.Values{"name": {"Sipho"}}) // neither has used the link up
	a.wants(http.StatusOK, "You are Sipho.")
}

// Whoever has a session and guesses finds nothing, and no error of ours.
func TestGuessesFindNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c, other, quiet := b.asks(), b.asks(), b.open() // nothing of the last waits
	a := b.agent("Thandi")
	a.get(c.path)
	key := a.form("claim", "", "").Get("key")
	for name, path := range map[string]string{
		"no such conversation":        "/desk/p00-AAAAAAAAAAAAAAAAAAAAAAAAAA/" + c.opened.Case,
		"nothing like one":            "/desk/x/y",
		"a key of the store's":        "/desk/%7Bp00%7D:c/" + c.opened.Case,
		"a path within a path":        "/desk/..%2F..%2Fdesk/" + c.opened.Case,
		"a case of another":           "/desk/" + c.opened.Conversation + "/" + other.opened.Case,
		"a case that nobody asked of": quiet.path,
		"a line break":                "/desk/" + c.opened.Conversation + "/%0A",
		"a script":                    "/desk/%3Cscript%3E/%3Cscript%3E",
	} {
		t.Run(name, func(t *testing.T) {
			a.get(path)
			a.wants(http.StatusNotFound, "Nothing waits here")
			a.lacks("<script>", "Thandi has")
			a.get(path + "/story")
			a.wants(http.StatusOK, "there never was such a case")
			for _, action := range []string{"claim", "return", "reply", "resolve"} {
				a.post(path, url.Values{"key": {key}, "action": {action}, "text": {"hello"}, "outcome": {"settled"}})
				a.wants(http.StatusNotFound, "Nothing waits here")
			}
		})
	}
	for name, form := range map[string]url.Values{
		"no action":      {"key": {key}},
		"another action": {"key": {key}, "action": {"delete"}},
		"no key":         {"action": {"claim"}},
		"a short key":    {"key": {"A"}, "action": {"claim"}},
		"a long key":     {"key": {strings.Repeat("A", 1000)}, "action": {"claim"}},
	} {
		a.post(c.path, form)
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, a.status)
		}
	}
	a.get(c.path)
	a.wants(http.StatusOK, "Nobody has it")
	if got := b.heard(quiet); len(got) != 1 {
		t.Errorf("the customer who asked nothing got %q, want only the first message", got)
	}
}
