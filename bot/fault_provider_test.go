package bot_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// provider is what delivers webhooks: it wants 200, or 503 with a time to come again, and notes everything else.
type provider struct {
	next http.RoundTripper

	mu      sync.Mutex
	taken   int           // guarded by mu
	refused int           // guarded by mu
	wrong   []string      // guarded by mu
	news    chan struct{} // guarded by mu; closed, and made anew, with each answer
}

func newProvider(next http.RoundTripper) *provider {
	return &provider{next: next, news: make(chan struct{})}
}

// providerPatience is what the longest answer may take: the ten seconds of docs/failure.md, and two for a busy machine.
const providerPatience = 12 * time.Second

// RoundTrip delivers one request. After a 503 it waits a moment before it says so: whoever hears of it tries again at once.
func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	a, err := p.next.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/channels/") {
		return a, err
	}
	p.note(a, time.Since(began))
	if a.StatusCode != http.StatusOK {
		select {
		case <-r.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return a, err
}

func (p *provider) note(a *http.Response, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch again := a.Header.Get("Retry-After"); {
	case a.StatusCode == http.StatusOK:
		p.taken++
	case a.StatusCode == http.StatusServiceUnavailable && again == "5":
		p.refused++
	default:
		p.wrong = append(p.wrong, fmt.Sprintf("a webhook was answered %d, Retry-After %q; want 200, or 503 and 5", a.StatusCode, again))
	}
	if took > providerPatience {
		p.wrong = append(p.wrong, fmt.Sprintf("a webhook was answered after %s, want within %s", took, providerPatience))
	}
	close(p.news)
	p.news = make(chan struct{})
}

func (p *provider) told() (taken, refused int, wrong []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken, p.refused, p.wrong
}

// takes waits until so many more webhooks are acknowledged; refuses, until so many more were not.
func (p *provider) takes(t *testing.T, n int) {
	t.Helper()
	taken, _, _ := p.told()
	p.await(t, "acknowledged", func() bool { return p.taken >= taken+n })
}

func (p *provider) refuses(t *testing.T, n int) {
	t.Helper()
	_, refused, _ := p.told()
	p.await(t, "refused", func() bool { return p.refused >= refused+n })
}

func (p *provider) await(t *testing.T, what string, enough func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		p.mu.Lock()
		ok, news := enough(), p.news
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-news:
		case <-late:
			t.Fatalf("20 s, and not enough webhooks are %s", what)
		}
	}
}
