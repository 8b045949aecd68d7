package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// deskProcess is serve --desk as a process of its own, and the sign-in link that it has printed.
type deskProcess struct {
	cmd    *exec.Cmd
	log    *lockedBuffer
	logged chan struct{} // closed when the log is whole
	link   string
}

func (p *premises) startDesk() *deskProcess {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	s := &deskProcess{cmd: exec.Command(self, "serve", "--desk", "--config", p.path("settle.yaml")), log: &lockedBuffer{}, logged: make(chan struct{})}
	s.cmd.Args[0] = "settle" // under this name the test's own binary is the program: see TestMain
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	errOut, err := s.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	lines := json.NewDecoder(io.TeeReader(errOut, s.log))
	for p.url == "" {
		var line struct{ Message, Listen string }
		if err := lines.Decode(&line); err != nil {
			p.t.Fatalf("serve has ended: %v\n%s", err, s.log)
		}
		if strings.HasPrefix(line.Message, "webhooks") {
			p.url = "http://" + line.Listen
		}
	}
	go func() {
		defer close(s.logged)
		_, _ = io.Copy(s.log, errOut) // ends with the process
	}()
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.t.Fatalf("serve has ended: %v\n%s", err, s.log)
	}
	var found bool
	if _, s.link, found = strings.Cut(strings.TrimSpace(said), hereURL); !found {
		p.t.Fatalf("serve --desk prints %q, want a link on %s", said, hereURL)
	}
	return s
}

// end sends a SIGTERM and waits for the process's end and the whole of its log.
func (s *deskProcess) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-s.logged
	return s.cmd.Wait()
}

// proxied takes the place of the proxy that ends https in front of the service.
type proxied struct{ to *url.URL }

func (p proxied) RoundTrip(r *http.Request) (*http.Response, error) {
	behind := r.Clone(r.Context())
	behind.URL.Scheme, behind.URL.Host, behind.Host = "http", p.to.Host, r.URL.Host
	return http.DefaultTransport.RoundTrip(behind)
}

// deskBrowser is an agent's.
type deskBrowser struct {
	t      *testing.T
	client http.Client
	page   string
	led    *http.Response // what led on to the page; nil where nothing did
}

func (p *premises) browser() *deskBrowser {
	p.t.Helper()
	to, err := url.Parse(p.url)
	if err != nil {
		p.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &deskBrowser{t: p.t, client: http.Client{Jar: jar, Transport: proxied{to}}}
}

// asks asks for a page, or sends a form, and wants this status; it keeps the page.
func (b *deskBrowser) asks(method, path string, form url.Values, want int) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, hereURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", hereURL)
	}
	w, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer w.Body.Close()
	page, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != want {
		b.t.Fatalf("%s %s: status %d, %v; want %d:\n%s", method, path, w.StatusCode, err, want, page)
	}
	b.page, b.led = string(page), w.Request.Response
}

var deskKey = regexp.MustCompile(`name="key" value="([A-Z2-7]+)"`)

func (b *deskBrowser) acts(path, action, field, value string) {
	b.t.Helper()
	b.asks("GET", path, nil, http.StatusOK)
	key := deskKey.FindStringSubmatch(b.page)
	if key == nil {
		b.t.Fatalf("%s has no form to %s:\n%s", path, action, b.page)
	}
	b.asks("POST", path, url.Values{"key": {key[1]}, "action": {action}, field: {value}}, http.StatusOK)
}

// An agent's day at serve --desk: in by the link it prints, a case taken, answered at the provider's wire and resolved; then a
// SIGTERM while the page is open, which ends it in time.
func TestServeDesk(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	s := p.startDesk()
	p.says(customer, "hello")
	p.hears(1)
	p.says(customer, "agent")
	p.hears(2)

	stranger, b := p.browser(), p.browser()
	for _, path := range []string{"/desk", "/desk/waiting", "/desk/live", "/desk/a/b", "/desk/a/b/story"} {
		stranger.asks("GET", path, nil, http.StatusForbidden)
	}
	b.asks("HEAD", s.link, nil, http.StatusOK)
	b.asks("GET", s.link, nil, http.StatusOK)
	b.asks("POST", s.link, url.Values{"name": {"Nomsa"}}, http.StatusOK)
	if c := b.led.Cookies(); len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode {
		t.Errorf("behind https, signing in sets %v, want one cookie, Secure, HttpOnly and Strict", c)
	}
	stranger.asks("POST", s.link, url.Values{"name": {"Mallory"}}, http.StatusForbidden)
	path := regexp.MustCompile(`/desk/p[0-9a-f]{2}-[A-Z2-7]+/[A-Z2-7]+`).FindString(b.page)
	if path == "" || !strings.Contains(b.page, "asked-for-agent") {
		t.Fatalf("the desk shows no case that asked for an agent:\n%s", b.page)
	}
	b.asks("HEAD", "/desk/live", nil, http.StatusOK) // it doesn't wait
	b.acts(path, "claim", "", "")
	b.acts(path, "reply", "text", "We can help")
	if got := p.hears(3); got != "We can help" {
		t.Errorf("the customer got %q, want the reply", got)
	}
	b.acts(path, "resolve", "outcome", "done")
	if !strings.Contains(b.page, "Nothing waits.") {
		t.Errorf("after resolving, the desk shows\n%s\nwant nothing", b.page)
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, hereURL+"/desk/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	for range 2 { // when it opens, and when it is to look again
		if line, err := lines.ReadString('\n'); err != nil || line != "event: changed\n" {
			t.Fatalf("the open page is told %q, %v, want that something has changed", line, err)
		}
		_, _ = lines.ReadString('\n')
		_, _ = lines.ReadString('\n')
	}
	began := time.Now()
	if err := s.end(); err != nil || time.Since(began) > shutdownWhole {
		t.Errorf("after SIGTERM with an open page: %v in %s, want exit 0 within ten seconds\n%s", err, time.Since(began), s.log)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Errorf("the stream of the open page ended with %v, want its end", err)
	}
	if strings.Contains(s.log.String(), "cut off") {
		t.Errorf("the open page held the shutdown up:\n%s", s.log)
	}
	for _, never := range []string{customer[1:], "hello", "Nomsa", "Mallory", "We can help", strings.TrimPrefix(s.link, "/desk/sign-in/")} {
		if strings.Contains(s.log.String(), never) {
			t.Errorf("the log holds %q:\n%s", never, s.log)
		}
	}
}
