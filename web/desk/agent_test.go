package desk_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// agent is somebody with a browser, which shows one page at a time.
type agent struct {
	b      *bench
	client http.Client
	status int
	page   string
	path   string // of the page that is shown, after what it was led on to
}

// stranger has a browser and no session.
func (b *bench) stranger() *agent {
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	transport := &http.Transport{}
	b.t.Cleanup(transport.CloseIdleConnections)
	return &agent{b: b, client: http.Client{Jar: jar, Transport: transport}}
}

// agent has signed in.
func (b *bench) agent(name string) *agent {
	b.t.Helper()
	a := b.stranger()
	a.post(b.in.Link(), url.Values{"name": {name}})
	if a.status != http.StatusOK || a.path != "/desk" {
		b.t.Fatalf("signing in ends with %d at %s, want 200 at /desk", a.status, a.path)
	}
	return a
}

func (a *agent) do(method, path string, form url.Values, header ...string) {
	a.b.t.Helper()
	r, err := http.NewRequestWithContext(a.b.t.Context(), method, a.b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := a.client.Do(r)
	if err != nil {
		a.b.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		a.b.t.Fatal(err)
	}
	a.status, a.page, a.path = w.StatusCode, string(body), w.Request.URL.Path
}

func (a *agent) get(path string)                   { a.b.t.Helper(); a.do("GET", path, nil) }
func (a *agent) post(path string, form url.Values) { a.b.t.Helper(); a.do("POST", path, form) }

var formKey = regexp.MustCompile(`name="key" value="([A-Z2-7]{26})"`)

// form is the form of the page that is shown, filled in; it fails where the page has none for that action.
func (a *agent) form(action, field, value string) url.Values {
	a.b.t.Helper()
	key := formKey.FindStringSubmatch(a.page)
	if key == nil || !strings.Contains(a.page, `name="action" value="`+action+`"`) {
		a.b.t.Fatalf("%s has no form to %s:\n%s", a.path, action, a.page)
	}
	form := url.Values{"key": key[1:], "action": {action}}
	if field != "" {
		form.Set(field, value)
	}
	return form
}

// acts opens a case and does something, and what follows from it.
func (a *agent) acts(c *customer, action, field, value string) {
	a.b.t.Helper()
	a.get(c.path)
	a.post(c.path, a.form(action, field, value))
	a.b.settle()
}

// wants fails where the page hasn't this status and these words in it.
func (a *agent) wants(status int, words ...string) {
	a.b.t.Helper()
	if a.status != status {
		a.b.t.Errorf("%s: status %d, want %d:\n%s", a.path, a.status, status, a.page)
	}
	for _, w := range words {
		if !strings.Contains(a.page, w) {
			a.b.t.Errorf("%s lacks %q:\n%s", a.path, w, a.page)
		}
	}
}

func (a *agent) lacks(words ...string) {
	a.b.t.Helper()
	for _, w := range words {
		if strings.Contains(a.page, w) {
			a.b.t.Errorf("%s has %q, and may not:\n%s", a.path, w, a.page)
		}
	}
}
