package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// balancer does what a load balancer does: it asks every process for /readyz, sends to those that are ready, one after the
// other, over connections that it keeps, and repeats nothing.
type balancer struct {
	t       *testing.T
	server  *httptest.Server
	next    atomic.Int64
	retried atomic.Int64 // requests that its transport has sent on a second connection

	mu       sync.Mutex
	backends []*backend    // guarded by mu
	changed  chan struct{} // guarded by mu; closed when one is ready, or isn't any more
}

type backend struct {
	admin string
	proxy http.Handler
	ready bool // guarded by the balancer's mu
	stop  context.CancelFunc
	done  chan struct{}
}

// A balancer asks so often, and takes a process for not ready after so many refusals in a row, as Kubernetes does: one late
// answer on a busy machine isn't one.
const (
	probeInterval = 50 * time.Millisecond
	probeFailures = 3
)

func newBalancer(t *testing.T) *balancer {
	b := &balancer{t: t, changed: make(chan struct{})}
	b.server = httptest.NewServer(b)
	t.Cleanup(func() {
		b.server.Close()
		for _, k := range b.backends {
			b.remove(k)
		}
	})
	return b
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	var ready []*backend
	for _, k := range b.backends {
		if k.ready {
			ready = append(ready, k)
		}
	}
	b.mu.Unlock()
	if len(ready) == 0 {
		http.Error(w, "nobody is ready", http.StatusServiceUnavailable)
		return
	}
	var connections atomic.Int64
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if connections.Add(1) > 1 {
			b.retried.Add(1)
		}
	}})
	ready[int(b.next.Add(1))%len(ready)].proxy.ServeHTTP(w, r.WithContext(ctx))
}

// add takes a process in; it gets requests once it says that it is ready.
func (b *balancer) add(p *process) *backend {
	b.t.Helper()
	to, err := url.Parse(p.url)
	if err != nil {
		b.t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = transport
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		b.t.Errorf("a request has failed on its way: %v", err)
		w.WriteHeader(http.StatusBadGateway)
	}
	ctx, stop := context.WithCancel(context.Background())
	k := &backend{admin: p.admin, proxy: proxy, stop: stop, done: make(chan struct{})}
	b.mu.Lock()
	b.backends = append(b.backends, k)
	b.mu.Unlock()
	go func() {
		defer close(k.done)
		defer transport.CloseIdleConnections()
		b.watch(ctx, k)
	}()
	return k
}

func (b *balancer) remove(k *backend) {
	k.stop()
	<-k.done
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = slices.DeleteFunc(slices.Clone(b.backends), func(is *backend) bool { return is == k })
}

func (b *balancer) watch(ctx context.Context, k *backend) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r, err := client.Get(k.admin + "/readyz")
		if err == nil {
			_ = r.Body.Close()
		}
		failures++
		if err == nil && r.StatusCode == http.StatusOK {
			failures = 0
		}
		b.mu.Lock()
		if ready := failures == 0; ready != k.ready && (ready || failures >= probeFailures) {
			k.ready = ready
			close(b.changed)
			b.changed = make(chan struct{})
		}
		b.mu.Unlock()
	}
}

// await waits until so many processes are ready.
func (b *balancer) await(n int) {
	b.t.Helper()
	late := time.After(20 * time.Second)
	for {
		b.mu.Lock()
		ready, changed := 0, b.changed
		for _, k := range b.backends {
			if k.ready {
				ready++
			}
		}
		b.mu.Unlock()
		if ready == n {
			return
		}
		select {
		case <-changed:
		case <-late:
			b.t.Fatalf("%d processes are ready after 20 s, want %d", ready, n)
		}
	}
}
