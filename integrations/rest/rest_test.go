package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/outbound"
)

// kind names an error as its caller takes it.
func kind(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, new(integrations.Declined)):
		return "declined"
	case errors.As(err, new(integrations.Retry)):
		return "retry"
	case errors.As(err, new(integrations.Permanent)):
		return "permanent"
	}
	return "unknown"
}

const statusOperations = `
look: {kind: lookup, in: {ref: text}, request: {get: "/x/{ref}"}}
look-listed: {kind: lookup, in: {ref: text}, request: {get: "/x/{ref}"}, results: {declined: {404: unknown-account}, retry: [418]}}
keyed: {kind: writeback, in: {ref: text}, request: {post: "/x/{ref}"}, idempotency: header}
bare: {kind: writeback, in: {ref: text}, request: {put: "/x/{ref}"}}
listed: {kind: writeback, in: {ref: text}, request: {delete: "/x/{ref}"}, results: {ok: [202], declined: {422: "$.error.code", 409: taken}, retry: [429, 503]}}
`

// What each status means: certainly not done, certainly done, or neither.
func TestStatuses(t *testing.T) {
	t.Parallel()
	h := &seen{answer: func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscanf(r.URL.Path, "/x/%d", &status)
		w.WriteHeader(status)
		if status != 204 && status != 304 {
			fmt.Fprint(w, `{"error": {"code": "no-funds"}}`)
		}
	}}
	s, _ := opened(t, h, statusOperations, nil)
	for _, tc := range []struct {
		operation string
		want      map[int]string
	}{
		{"look", map[int]string{200: "ok", 201: "permanent", 301: "permanent", 307: "permanent", 400: "permanent", 401: "permanent", 404: "permanent",
			408: "retry", 429: "retry", 500: "retry", 503: "retry"}},
		{"look-listed", map[int]string{200: "ok", 404: "declined", 418: "retry", 429: "permanent"}},
		{"keyed", map[int]string{200: "ok", 201: "ok", 204: "ok", 202: "unknown", 206: "unknown", 302: "unknown", 307: "unknown", 400: "permanent",
			401: "permanent", 404: "permanent", 408: "unknown", 409: "unknown", 422: "permanent", 429: "retry", 500: "unknown", 502: "unknown", 503: "unknown"}},
		{"bare", map[int]string{200: "ok", 408: "unknown", 409: "permanent", 429: "retry", 500: "unknown", 503: "unknown", 504: "unknown"}},
		{"listed", map[int]string{202: "ok", 200: "unknown", 422: "declined", 409: "declined", 429: "retry", 503: "retry", 500: "unknown", 404: "permanent"}},
	} {
		for status, want := range tc.want {
			in := integrations.Values{"ref": fmt.Sprint(status)}
			var err error
			if strings.HasPrefix(tc.operation, "look") {
				_, err = s.Find(t.Context(), integrations.Request{Operation: tc.operation, In: in})
			} else {
				_, err = s.Apply(t.Context(), integrations.Change{Key: "k", Operation: tc.operation, In: in})
			}
			if kind(err) != want {
				t.Errorf("%s, status %d = %s (%v), want %s", tc.operation, status, kind(err), err, want)
			}
		}
	}
	for status, want := range map[string]string{"422": "no-funds", "409": "taken"} {
		_, err := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "listed", In: integrations.Values{"ref": status}})
		if !errors.Is(err, integrations.Declined{Reason: want}) {
			t.Errorf("listed, status %s = %v, want declined: %s", status, err, want)
		}
	}
}

func TestAReasonIsAName(t *testing.T) {
	t.Parallel()
	r := reason{path: path{"code"}}
	for body, want := range map[string]string{
		`{"code": "expired-card"}`: "expired-card", `{"code": "EXPIRED_CARD"}`: "EXPIRED_CARD", `{"code": 4001}`: "4001",
		`{"code": "Thandi M. owes R1 250.00"}`: "unspecified", `{"code": "27821234567"}`: "unspecified", `{"code": 27821234567}`: "unspecified",
		`{"code": "card-4242424242424242"}`: "unspecified", `{"code": "a@b.example"}`: "unspecified", `{"code": ""}`: "unspecified", `{"code": null}`: "unspecified",
		`{}`: "unspecified", `no JSON`: "unspecified", ``: "unspecified",
	} {
		if got := r.declined([]byte(body)).Reason; got != want {
			t.Errorf("declined(%s) = %q, want %q", body, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "Wed, 18 Nov 2026 12:02:00 GMT": 2 * time.Minute, "Wed, 18 Nov 2026 11:00:00 GMT": 0,
		"999999999": longestWait, "-5": 0, "soon": 0, "1e9": 0,
	} {
		h := http.Header{}
		h.Set("Retry-After", value)
		if got := retryAfter(h, now); got != want {
			t.Errorf("retryAfter(%q) = %s, want %s", value, got, want)
		}
	}
	answer := &seen{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
	}}
	s, _ := opened(t, answer, statusOperations, nil)
	_, err := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "bare", In: integrations.Values{"ref": "a"}})
	if r := (integrations.Retry{}); !errors.As(err, &r) || r.After != 17*time.Second {
		t.Errorf("Apply = %v, want retry after 17s", err)
	}
	if n := len(answer.all()); n != 1 {
		t.Errorf("%d requests, want 1: an adapter doesn't repeat", n)
	}
}

// Between a connection that never opened and one that broke lies the whole difference.
func TestHowFarItGot(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	abort := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // until then a server doesn't notice that its client has gone
		<-r.Context().Done()
	})
	short := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"id":`)
	})
	over := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id": "%s"}`, strings.Repeat("x", outbound.MaxAnswer))
	})
	prose := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `Thank you for ACC-0001`) })
	fast := func(c *Config) { c.Timeout = 50 * time.Millisecond }
	for _, tc := range []struct {
		name                   string
		h                      http.Handler
		change                 func(*Config)
		find, apply, plain, in string // plain: a writeback whose answer doesn't matter
	}{
		{"nobody listens", abort, func(c *Config) { c.BaseURL, c.Allow = "http://"+nobody, []string{nobody} }, "retry", "retry", "retry", "connection refused"},
		{"a private address", abort, func(c *Config) { c.AllowPrivate = false; c.BaseURL = "https" + strings.TrimPrefix(c.BaseURL, "http") },
			"permanent", "permanent", "permanent", "private address"},
		{"no TLS there", abort, func(c *Config) { c.BaseURL = "https" + strings.TrimPrefix(c.BaseURL, "http") }, "retry", "retry", "retry", ""},
		{"broken after the request", abort, nil, "retry", "unknown", "unknown", "the connection ended early"},
		{"no answer in time", hang, fast, "retry", "unknown", "unknown", "no answer in time"},
		{"half an answer", short, nil, "retry", "unknown", "ok", ""},
		{"too large an answer", over, nil, "permanent", "unknown", "ok", "larger than"},
		{"no JSON", prose, nil, "permanent", "unknown", "ok", "no JSON"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, _ := opened(t, tc.h, `
find: {kind: lookup, in: {ref: text}, out: {id: text}, request: {get: "/x/{ref}"}, answer: {id: "$.id"}}
apply: {kind: writeback, in: {ref: text}, request: {post: "/x/{ref}", json: {a: 1}}, receipt: "$.id"}
plain: {kind: writeback, in: {ref: text}, request: {post: "/x/{ref}", json: {a: 1}}}
`, tc.change)
			in := integrations.Values{"ref": "ACC-0001"}
			_, found := s.Find(t.Context(), integrations.Request{Operation: "find", In: in})
			_, applied := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "apply", In: in})
			_, plain := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "plain", In: in})
			for i, err := range []error{found, applied, plain} {
				if want := []string{tc.find, tc.apply, tc.plain}[i]; kind(err) != want {
					t.Errorf("%s = %s (%v), want %s", []string{"Find", "Apply", "Apply, no answer wanted"}[i], kind(err), err, want)
				}
				if err != nil && (strings.Contains(err.Error(), "ACC-0001") || strings.Contains(err.Error(), "http") || !strings.Contains(err.Error(), tc.in)) {
					t.Errorf("error %q, want one with %q, without the account and the URL", err, tc.in)
				}
			}
		})
	}
}

func TestIdempotencyKeyGoesOnlyWhereConfigured(t *testing.T) {
	t.Parallel()
	var got []string
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.Header.Get("Idempotency-Key")) })
	s, _ := opened(t, h, statusOperations, nil)
	for _, operation := range []string{"keyed", "bare"} {
		s.Apply(t.Context(), integrations.Change{Key: "KEY-1", Operation: operation, In: integrations.Values{"ref": "a"}})
	}
	if diff := cmp.Diff([]string{"KEY-1", ""}, got); diff != "" {
		t.Errorf("Idempotency-Key (-want +got):\n%s", diff)
	}
	for operation, want := range map[string]bool{"keyed": true, "bare": false, "look": true, "nothing": false} {
		if got := s.Repeatable(operation); got != want {
			t.Errorf("Repeatable(%s) = %t, want %t", operation, got, want)
		}
	}
}

func TestCallsAreCheckedFirst(t *testing.T) {
	t.Parallel()
	h := &seen{}
	s, _ := opened(t, h, bankOperations, nil)
	good := integrations.Values{"ref": "ACC-0001", "amount": "5.00", "reference": "R"}
	with := func(name, value string) integrations.Values {
		v := integrations.Values{}
		for k, was := range good {
			v[k] = was
		}
		if v[name] = value; value == "" {
			delete(v, name)
		}
		return v
	}
	for _, tc := range []struct {
		key, operation string
		in             integrations.Values
		says           string
	}{
		{"k", "record-payment", with("amount", ""), `input "amount" is missing`},
		{"k", "record-payment", with("ref", ""), `input "ref" is missing`},
		{"k", "record-payment", with("amount", "5.005"), `input "amount": an amount with 3 decimals`},
		{"k", "record-payment", with("amonut", "5.00"), `did you mean "amount"?`},
		{"k", "record-payment", with("key", "other"), `it takes no input "key"`},
		{"", "record-payment", good, "1 to 255 bytes"},
		{strings.Repeat("k", 256), "record-payment", good, "1 to 255 bytes"},
		{"a\r\nX: y", "record-payment", good, "printable ASCII"},
		{"k", "account", good, "it is a lookup"},
		{"k", "record-paymnt", good, `did you mean "record-payment"?`},
	} {
		_, err := s.Apply(t.Context(), integrations.Change{Key: tc.key, Operation: tc.operation, In: tc.in})
		if kind(err) != "permanent" || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "system core, operation "+tc.operation) {
			t.Errorf("Apply(%s) = %v, want permanent with %q", tc.operation, err, tc.says)
		}
	}
	if got := h.all(); len(got) != 0 {
		t.Errorf("requests arrived: %q, want none", got)
	}
}

func TestMade(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   string // the receipt's ID, or "no", or an error's kind
	}{
		{"made", 200, `{"items": [{"id": "P-1", "link": "https://pay.example/p/1"}]}`, "P-1"},
		{"an empty list", 200, `{"items": []}`, "no"},
		{"null", 200, `{"items": [null]}`, "no"},
		{"false", 200, `{"items": [false]}`, "no"},
		{"not found", 404, ``, "no"},
		{"down", 503, ``, "retry"},
		{"forbidden", 403, ``, "permanent"},
		{"no JSON", 200, `<html>`, "permanent"},
		{"another form", 200, `{"items": [{"id": true}]}`, "permanent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := &seen{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tc.status); fmt.Fprint(w, tc.body) }}
			s, _ := opened(t, h, `
pay: {kind: writeback, in: {amount: money}, out: {link: text}, idempotency: none, request: {post: "/payments", json: {amount: "{amount}", ours: "{key}"}},
  answer: {link: "$.link"}, receipt: "$.id",
  read: {get: "/payments?ours={key}", made: "$.items[0]", answer: {link: "$.items[0].link"}, receipt: "$.items[0].id"}}
mute: {kind: writeback, request: {post: "/x"}}
`, nil)
			r, err := s.Made(t.Context(), integrations.Change{Key: "KEY-1", Operation: "pay", In: integrations.Values{"amount": "5.00"}})
			got := kind(err)
			switch {
			case err == nil && r == nil:
				got = "no"
			case err == nil:
				got = r.ID
				if r.Out["link"] != "https://pay.example/p/1" {
					t.Errorf("link = %q, want the one that stands there", r.Out["link"])
				}
			}
			if got != tc.want {
				t.Errorf("Made = %s (%v), want %s", got, err, tc.want)
			}
			if diff := cmp.Diff([]string{"GET /payments?ours=KEY-1"}, h.all()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if _, err := s.Made(t.Context(), integrations.Change{Key: "k", Operation: "mute"}); !errors.Is(err, integrations.ErrCannotSay) {
				t.Errorf("Made(no read) = %v, want %v", err, integrations.ErrCannotSay)
			}
		})
	}
}

func TestTheCallersDeadlineHolds(t *testing.T) {
	t.Parallel()
	s, _ := opened(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), statusOperations,
		func(c *Config) { c.Timeout = time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Apply(ctx, integrations.Change{Key: "k", Operation: "bare", In: integrations.Values{"ref": "a"}}); kind(err) != "unknown" {
		t.Errorf("Apply = %v, want unknown", err)
	}
	if _, err := s.Apply(ctx, integrations.Change{Key: "k", Operation: "bare", In: integrations.Values{"ref": "a"}}); kind(err) != "retry" {
		t.Errorf("Apply(context over before a connection) = %v, want retry", err)
	}
}
