package rest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/integrations"
)

const oneLookup = `look: {kind: lookup, request: {get: "/x"}}`

func TestFixedCredentials(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		auth Auth
		want string
	}{
		{Auth{}, ""},
		{Auth{Bearer: "tok"}, "Bearer tok"},
		{Auth{Basic: &Basic{User: "settle", Password: "pass"}}, "Basic c2V0dGxlOnBhc3M="},
	} {
		var got string
		s, _ := opened(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }), oneLookup,
			func(c *Config) { c.Auth = tc.auth })
		if _, err := s.Find(t.Context(), integrations.Request{Operation: "look"}); err != nil || got != tc.want {
			t.Errorf("Authorization = %q, %v, want %q", got, err, tc.want)
		}
	}
}

// login is a token endpoint and a system behind it.
type login struct {
	mu      sync.Mutex // guards what follows
	tokens  int
	bad     int // the endpoint's status, where it isn't 200
	revoked bool
	seen    []string
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.URL.Path == "/token" {
		if l.bad != 0 {
			w.WriteHeader(l.bad)
			fmt.Fprint(w, `{"error": "invalid_client", "error_description": "s3cret for settle"}`)
			return
		}
		l.tokens++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "T%d", "token_type": "Bearer", "expires_in": 3600}`, l.tokens)
		return
	}
	l.seen = append(l.seen, r.Header.Get("Authorization"))
	if l.revoked && r.Header.Get("Authorization") == "Bearer T1" {
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func withLogin(t *testing.T, l *login) *system {
	t.Helper()
	s, _ := opened(t, l, oneLookup, func(c *Config) {
		c.Auth.OAuth2 = &OAuth2{TokenURL: c.BaseURL + "/token", ClientID: "settle", ClientSecret: "s3cret", Scopes: []string{"accounts"}}
	})
	return s
}

func TestOneTokenServesManyCalls(t *testing.T) {
	t.Parallel()
	l := &login{}
	s := withLogin(t, l)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := s.Find(t.Context(), integrations.Request{Operation: "look"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if l.tokens != 1 || len(l.seen) != 16 || l.seen[15] != "Bearer T1" {
		t.Errorf("%d tokens for %d calls, the last with %q, want 1, 16, Bearer T1", l.tokens, len(l.seen), l.seen[len(l.seen)-1])
	}
}

func TestAWithdrawnTokenIsForgotten(t *testing.T) {
	t.Parallel()
	l := &login{revoked: true}
	s := withLogin(t, l)
	if _, err := s.Find(t.Context(), integrations.Request{Operation: "look"}); kind(err) != "retry" {
		t.Errorf("Find(with a withdrawn token) = %v, want retry", err)
	}
	if _, err := s.Find(t.Context(), integrations.Request{Operation: "look"}); err != nil {
		t.Errorf("Find, tried again = %v, want a new token and an answer", err)
	}
	if diff := cmp.Diff([]string{"Bearer T1", "Bearer T2"}, l.seen); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

func TestNoTokenMeansNothingWasSent(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 500} {
		l := &login{bad: status}
		s := withLogin(t, l)
		s.operations["write"] = &operation{kind: "writeback", method: http.MethodPost, ok: []int{200}, target: target{path: parts{"/x"}, query: parts{""}}}
		_, err := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "write"})
		if kind(err) != "retry" || !strings.Contains(err.Error(), fmt.Sprint("the token endpoint answered ", status)) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Apply, token endpoint %d = %v, want retry that says so without the endpoint's words", status, err)
		}
		if len(l.seen) != 0 {
			t.Errorf("%d requests without a token, want 0", len(l.seen))
		}
	}
}

func TestTheTokenGoesThroughTheGuard(t *testing.T) {
	t.Parallel()
	c := Config{BaseURL: "https://core.acme.example/api", Allow: []string{"core.acme.example"},
		Auth: Auth{OAuth2: &OAuth2{TokenURL: "https://169.254.169.254/token", ClientID: "settle", ClientSecret: "s3cret"}}}
	s, err := c.Open(integrations.Deps{Name: "core", Operations: operations(t, oneLookup)})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := s.Find(t.Context(), integrations.Request{Operation: "look"}); kind(err) != "permanent" || !strings.Contains(err.Error(), "guard") {
		t.Errorf("Find = %v, want permanent: refused by the guard (after %s)", err, time.Since(began))
	}
}

func TestSecretsDontPrint(t *testing.T) {
	t.Parallel()
	c := Config{Auth: Auth{Bearer: "s3cret", Basic: &Basic{Password: "s3cret"}, OAuth2: &OAuth2{ClientSecret: "s3cret"}}}
	text, err := c.Auth.Bearer.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprintf("%v %+v %#v %s", c, c, c, c.Auth.Bearer), fmt.Sprintf("%+v %#v", *c.Auth.Basic, *c.Auth.OAuth2), string(text)} {
		if strings.Contains(got, "s3cret") {
			t.Errorf("printed %q, want no secret in it", got)
		}
	}
}
