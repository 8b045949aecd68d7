package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/web"
)

func twilioChannel(t *testing.T) channels.Receiver {
	t.Helper()
	c := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: "+15017122661", BaseURL: "http://127.0.0.1:1"}
	ch, err := c.Open(channels.Deps{Name: "sms", PublicURL: publicURL})
	if err != nil {
		t.Fatal(err)
	}
	return ch.(channels.Receiver)
}

func TestForgedWebhookGetsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Channels = map[string]channels.Receiver{"sms": twilioChannel(t)} })
	genuine := func() *http.Request {
		hook := twiliotest.Webhook{URL: publicURL + "/channels/sms/inbound", Token: twiliotest.AuthToken, Form: twiliotest.Inbound("+27821234567", "+15017122661", "hello")}
		r, err := hook.Request(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return httptestRequest(t, r)
	}
	const signature = "X-Twilio-Signature"
	for name, forge := range map[string]func(r *http.Request){
		"no signature":       func(r *http.Request) { r.Header.Del(signature) },
		"an empty signature": func(r *http.Request) { r.Header.Set(signature, "") },
		"two signatures":     func(r *http.Request) { r.Header.Add(signature, r.Header.Get(signature)) },
		"a changed byte":     func(r *http.Request) { r.Header.Set(signature, "A"+r.Header.Get(signature)[1:]) },
		"another token": func(r *http.Request) {
			r.Header.Set(signature, twiliotest.Sign("other", publicURL+"/channels/sms/inbound", nil))
		},
		"another path": func(r *http.Request) { r.URL.Path = "/channels/sms/status" },
		"a query":      func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"another body": func(r *http.Request) { setBody(r, "From=%2B27821234567&Body=pay") },
		"no body":      func(r *http.Request) { setBody(r, "") },
		"another type": func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"a GET":        func(r *http.Request) { r.Method = "GET" },
		"as if from elsewhere": func(r *http.Request) {
			r.Header.Set(signature, twiliotest.Sign(twiliotest.AuthToken, "https://evil.example/channels/sms/inbound", nil))
		},
		"forwarded host": func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "evil.example"); r.Header.Del(signature) },
	} {
		r := genuine()
		forge(r)
		a := s.do(r)
		if a.StatusCode != 403 || a.body != "" {
			t.Errorf("%s: %d %q, want 403 and an empty body", name, a.StatusCode, a.body)
		}
	}
	if _, err := s.store.LoadAddress(t.Context(), "sms:+27821234567"); err == nil {
		t.Error("a forged message has begun a conversation")
	}
	wantStatus(t, "the genuine one", s.do(genuine()), 200)
	if _, err := s.store.LoadAddress(t.Context(), "sms:+27821234567"); err != nil {
		t.Errorf("after the genuine one: %v, want its conversation", err)
	}
}

// httptestRequest makes a client's request one that a server has received.
func httptestRequest(t *testing.T, r *http.Request) *http.Request {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(r.Method, r.URL.RequestURI(), bytes.NewReader(body))
	in.Header = r.Header
	return in
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

// said is a channel's news that a customer wrote.
func said(id, text string) channels.Received {
	return channels.Received{
		Inbound:     []message.Inbound{{ID: id, From: "sms:+27821234567", To: "+15017122661", Text: text}},
		ContentType: "text/xml", Body: []byte("<Response/>"),
	}
}

func TestWebhookIsAnsweredAfterTheCommit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) { return said("test/1", "hello"), nil }
	post := func() answer {
		return s.do(httptest.NewRequest("POST", "/channels/sms/inbound", strings.NewReader("x")))
	}

	s.redis.Stop()
	a := post()
	if a.StatusCode != 503 || a.body != "" {
		t.Errorf("without Redis: %d %q, want 503 and an empty body", a.StatusCode, a.body)
	}
	s.redis.Start()
	a = post()
	if a.StatusCode != 200 || a.body != "<Response/>" || a.Header.Get("Content-Type") != "text/xml" {
		t.Errorf("with Redis: %d %q (%s), want 200 and the channel's answer", a.StatusCode, a.body, a.Header.Get("Content-Type"))
	}
	loaded, err := s.store.LoadAddress(t.Context(), "sms:+27821234567")
	if err != nil || loaded.Conversation.Version == 0 {
		t.Errorf("after 200: version %d, %v, want the message committed", loaded.Conversation.Version, err)
	}
	wantStatus(t, "the same again", post(), 200)
}

// A provider that hangs up may not come again.
func TestWebhookIsCommittedThoughTheProviderHungUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx, hangUp := context.WithCancel(t.Context())
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) {
		hangUp()
		return said("test/1", "hello"), nil
	}
	wantStatus(t, "webhook", s.do(httptest.NewRequest("POST", "/channels/sms/inbound", nil).WithContext(ctx)), 200)
	if _, err := s.store.LoadAddress(t.Context(), "sms:+27821234567"); err != nil {
		t.Errorf("LoadAddress: %v, want the message committed", err)
	}
}

func TestWebhookErrorsAreEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	calls := 0
	for _, tc := range []struct {
		method, path, body string
		err                error
		status, calls      int
	}{
		{"POST", "/channels/sms/inbound", "x", fmt.Errorf("receive: %w", channels.ErrForged), 403, 1},
		{"GET", "/channels/sms/inbound", "", fmt.Errorf("receive: %w", channels.ErrForged), 403, 1},
		{"POST", "/channels/sms/status", "x", fmt.Errorf("receive: %w", channels.ErrMalformed), 400, 1},
		{"POST", "/channels/sms/status", "x", errors.New("something else"), 503, 1},
		{"POST", "/channels/sms/status", strings.Repeat("x", 1<<20), nil, 200, 1},
		{"POST", "/channels/sms/status", strings.Repeat("x", 1<<20+1), nil, 413, 0},
		{"POST", "/channels/none/inbound", "x", nil, 404, 0},
		{"POST", "/channels/sms/other", "x", nil, 404, 0},
		{"POST", "/channels/sms/inbound/x", "x", nil, 404, 0},
		{"GET", "/channels/sms/status", "", nil, 405, 0},
		{"HEAD", "/channels/sms/inbound", "", nil, 405, 0},
		{"PUT", "/channels/sms/inbound", "", nil, 405, 0},
	} {
		calls = 0
		s.phone.receive = func(*http.Request, []byte) (channels.Received, error) {
			calls++
			return channels.Received{}, tc.err
		}
		a := s.do(httptest.NewRequest(tc.method, tc.path, strings.NewReader(tc.body)))
		if a.StatusCode != tc.status || a.body != "" || calls != tc.calls {
			t.Errorf("%s %s (%d bytes, %v): %d %q after %d calls, want %d, an empty body and %d", tc.method, tc.path, len(tc.body), tc.err,
				a.StatusCode, a.body, calls, tc.status, tc.calls)
		}
	}
}

func TestPanicIsLoggedOnceAndSaysNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) { panic("+27821234567 wrote") }
	wantProblem(t, "panic", s.do(httptest.NewRequest("POST", "/channels/sms/inbound", nil)), 500, "")
	log := s.log.String()
	if n := strings.Count(log, "a request panicked"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	if strings.Contains(log, "27821234567") {
		t.Errorf("the log has the panic's value:\n%s", log)
	}
}

// What comes with a request stays out of the logs, wherever it stands.
func TestLogsHoldNothingOfARequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const private = "s3cret"
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) {
		return channels.Received{}, fmt.Errorf("receive: %w", channels.ErrForged)
	}
	for _, r := range []*http.Request{
		httptest.NewRequest("POST", "/channels/sms/inbound?From="+private, strings.NewReader("Body="+private)),
		httptest.NewRequest("POST", "/channels/"+private+"/inbound", nil),
		request("GET", "/v1/cases/"+private+"?x="+private, casesKey, ""),
		request("POST", "/v1/cases", private, `{"id":"`+private+`"}`),
		request("POST", "/v1/cases", casesKey, `{"`+private+`":"`+private+`"}`),
		request("GET", "/"+private, "", ""),
		request(private, "/v1/cases", casesKey, ""),
	} {
		r.Header.Set("X-Request-Id", private)
		r.Header.Set("User-Agent", private)
		s.do(r)
	}
	log := s.log.String()
	if strings.Contains(log, private) {
		t.Errorf("the log holds what was sent:\n%s", log)
	}
	for _, want := range []string{`"route":"POST /channels/{name}/inbound"`, `"route":"GET /v1/cases/{id}"`, `"route":"none"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log hasn't %s:\n%s", want, log)
		}
	}
}

func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) { return channels.Received{}, nil }
	srv := s.server.Public(zerolog.Nop())
	if srv.ReadHeaderTimeout != 5*time.Second || srv.ReadTimeout != 15*time.Second || srv.IdleTimeout != 60*time.Second || srv.MaxHeaderBytes != 16<<10 {
		t.Errorf("limits = %s, %s, %s, %d, want 5s, 15s, 1m, 16 KiB", srv.ReadHeaderTimeout, srv.ReadTimeout, srv.IdleTimeout, srv.MaxHeaderBytes)
	}
	srv.ReadHeaderTimeout, srv.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond // the test's patience, not the service's
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
	})
	for name, tc := range map[string]struct{ sent, want string }{
		"a header that doesn't end": {"POST /channels/sms/inbound HTTP/1.1\r\nHost: x\r\nX: ", ""},
		"a body that doesn't come":  {"POST /channels/sms/inbound HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 400"},
		"a header too large":        {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 32<<10) + "\r\n\r\n", "HTTP/1.1 431"},
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, tc.sent); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		got, err := io.ReadAll(c) // ends only when the server closes the connection
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%s: still open after 10 s, want it closed", name)
		}
		if !strings.HasPrefix(string(got), tc.want) {
			t.Errorf("%s: %.60q, want %q", name, got, tc.want)
		}
		_ = c.Close()
	}
}

// A webhook that was taken has its line at debug: most requests are such, and the metrics count them. Whatever else is answered
// has it at info.
func TestTakenWebhooksAreQuiet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, tc := range []struct {
		method, path string
		received     error
		status       int
		level        string
	}{
		{"POST", "/channels/sms/inbound", nil, 200, "debug"},
		{"POST", "/channels/sms/inbound", channels.ErrForged, 403, "info"},
		{"POST", "/channels/fax/inbound", nil, 404, "info"},
		{"GET", "/v1/cases/x", nil, 401, "info"},
	} {
		s.phone.receive = func(*http.Request, []byte) (channels.Received, error) { return channels.Received{}, tc.received }
		before := len(s.log.String())
		if got := s.do(httptest.NewRequest(tc.method, publicURL+tc.path, nil)).StatusCode; got != tc.status {
			t.Errorf("%s %s: %d, want %d", tc.method, tc.path, got, tc.status)
		}
		var lines []string
		for line := range strings.Lines(s.log.String()[before:]) {
			if strings.Contains(line, `"message":"request"`) {
				lines = append(lines, line)
			}
		}
		if len(lines) != 1 || !strings.Contains(lines[0], `"level":"`+tc.level+`"`) {
			t.Errorf("%s %s, %d: its lines are %q, want one at %s", tc.method, tc.path, tc.status, lines, tc.level)
		}
	}
}
