package config

import (
	"strings"
	"testing"
)

func TestTracing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text, says string
		url        string
		share      Percent
	}{
		"left out":          {"", "", "", 10_000},
		"a URL":             {"tracing: {url: \"http://collector:4318\"}", "", "http://collector:4318", 10_000},
		"and a share":       {"tracing: {url: \"https://collector\", share: 0.5%}", "", "https://collector", 500},
		"a share alone":     {"tracing: {share: 5%}", "tracing has no url", "", 0},
		"no address":        {"tracing: {url: collector:4318}", "is not an address", "", 0},
		"an empty address":  {"tracing: {url: \"\"}", "is not an address", "", 0},
		"a password":        {"tracing: {url: \"http://me:secret@collector\"}", "no user, query or fragment", "", 0},
		"too large a share": {"tracing: {url: \"http://collector\", share: 101%}", "more than 100%", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := parsed(t, least+tc.text, nil)
			if tc.says != "" {
				if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret") {
					t.Errorf("load = %v, want an error with %q and without the password", err, tc.says)
				}
				return
			}
			if err != nil || c.Tracing != (Tracing{tc.url, tc.share}) {
				t.Errorf("load = %+v, %v, want %s and %s", c, err, tc.url, tc.share)
			}
		})
	}
}
