package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReady(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		host   string // in admin_listen; the server's own where empty
		says   string
	}{
		"ready":                       {status: http.StatusOK},
		"ready, listening everywhere": {status: http.StatusOK, host: "0.0.0.0"},
		"ready, as :9090":             {status: http.StatusOK, host: "-"},
		"not ready":                   {status: http.StatusServiceUnavailable, says: "answers 503"},
		"nobody there":                {says: "is settle serve running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/readyz" {
					t.Errorf("asked %s, want /readyz", r.URL.Path)
				}
				w.WriteHeader(tc.status)
			}))
			listen := strings.TrimPrefix(s.URL, "http://")
			if tc.host != "" {
				listen = strings.Replace(listen, "127.0.0.1", strings.Trim(tc.host, "-"), 1)
			}
			if tc.status == 0 {
				s.Close()
			}
			t.Cleanup(s.Close)
			err := ready(t.Context(), listen)
			if tc.says == "" && err == nil || tc.says != "" && err != nil && strings.Contains(err.Error(), tc.says) {
				return
			}
			t.Errorf("ready(%q) = %v, want %q", listen, err, tc.says)
		})
	}
}
