package bot_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store/storetest"
	"github.com/settle-chat/settle/web"
)

// ordeal is one fault under traffic: one process of the service, as settle serve is, customers in a hurry, a provider that
// comes again after a 503, and the checker of the kill suite. docs/failure.md tells what its tests assert.
type ordeal struct {
	*crashes
	server   *storetest.Server
	served   *bot.Bot
	web      *web.Server
	provider *provider
	log      *lines
	registry *prometheus.Registry
	doubts   bool // messages may come to be in doubt: Redis's clock jumps
}

// newOrdeal starts the service; through is the way from it to Redis, nil where there is nothing between.
func newOrdeal(t *testing.T, through func(*storetest.Server) string) *ordeal {
	t.Helper()
	p := newProof(t, childConfig{})
	o := &ordeal{crashes: p, server: p.b.server, provider: newProvider(p.http.Transport), log: newLines(), registry: prometheus.NewRegistry()}
	p.http.Transport = o.provider
	url := o.server.URL()
	if through != nil {
		url = through(o.server)
	}
	st := p.b.openStoreAt(url, nil)
	log := zerolog.New(o.log)
	o.served = p.b.newBot(st, func(bo *bot.Options) { bo.Log, bo.Meter = log, web.NewMeter(o.registry, nil, nil) })
	o.web = web.New(web.Options{
		Bot: o.served, Channels: map[string]channels.Receiver{"sms": p.b.sms.(channels.Receiver)}, PublicURL: publicURL,
		Log: log, Registry: o.registry, Ready: []web.Probe{{Name: "redis", Check: st.Ping}},
	})
	mux := http.NewServeMux()
	mux.Handle("POST /open/", childHandler(o.served, p.b.sms, nil))
	mux.Handle("/", o.web.Handler())
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	p.alive = []*child{{url: site.URL}, {url: site.URL}}
	return o
}

// during lets customers write while a fault comes and goes, then checks what the three sides saw.
func (o *ordeal) during(fault func()) {
	o.t.Helper()
	run, stop := o.b.running(o.served)
	done := make(chan struct{})
	var customers sync.WaitGroup
	for range 4 {
		customers.Go(func() { o.traffic(done) })
	}
	o.provider.takes(o.t, 5)
	fault()
	o.recovers()
	close(done)
	customers.Wait()
	stop()
	if err := <-run; err != nil {
		o.t.Error(err)
	}
	if o.doubts {
		o.b.pass(15 * time.Minute) // what is to be asked about, or tried again, waits until a clock that was set back has come by
	}
	violations := o.check()
	taken, refused, wrong := o.provider.told()
	o.t.Logf("%d webhooks acknowledged, %d refused; %d cases, %d messages", taken, refused, len(o.opened), len(o.b.twilio.Messages()))
	for _, v := range append(violations, wrong...) {
		o.t.Error(v)
	}
	if n := o.counted("503"); n != refused {
		o.t.Errorf("settle_http_requests_total counts %d webhooks with status 503, want the %d that were refused", n, refused)
	}
	for _, opened := range o.opened {
		o.steady(opened)
	}
}

// steady wants a conversation's time never to go back, and none of its messages to have been in doubt: what Redis suffers,
// but for its clock, makes nobody unsure of what a provider was told.
func (o *ordeal) steady(opened bot.Opened) {
	o.t.Helper()
	var last time.Time
	for _, e := range o.b.journal(opened) {
		if e.Entry.Event.At.Before(last) {
			o.t.Errorf("event %s is of %s and comes after one of %s: time goes back", e.Entry.Event.ID, e.Entry.Event.At, last)
		}
		last = e.Entry.Event.At
		if d := e.Entry.Event.Done; d != nil && !o.doubts && (d.Result == fsm.Lapsed || d.Result == fsm.Unknown) {
			o.t.Errorf("effect %s of conversation %s is %s: %q", d.Effect, opened.Conversation, d.Result, e.Entry.Because)
		}
	}
}

// recoversWithin is what docs/failure.md promises: so soon after a fault is over a new customer has an answer.
const recoversWithin = 5 * time.Second

// recovers wants a new customer to be answered soon after the fault has ended.
func (o *ordeal) recovers() {
	o.t.Helper()
	over := time.Now()
	o.mu.Lock()
	n := o.next
	o.next++
	o.mu.Unlock()
	if !o.open(n) {
		return
	}
	o.deliver(n, o.b.inbound(client(n), "1"))
	for len(o.b.heard(client(n))) < 2 {
		if _, err := o.b.twilio.Wait(o.b.ctx(), len(o.b.twilio.Messages())+1); err != nil {
			o.t.Fatalf("no answer after the fault is over: %v", err)
		}
	}
	took := time.Since(over)
	if took > recoversWithin {
		o.t.Errorf("a new customer was answered %s after the fault was over, want within %s", took, recoversWithin)
	}
	o.t.Logf("recovered within %s", took.Round(time.Millisecond))
}

// refuses wants a webhook of somebody who has never written to be refused, and at once: nothing is known that could be waited
// for.
func (o *ordeal) refuses() {
	o.t.Helper()
	status, _, err := o.b.inbound(client(1999), "hello").Post(o.b.ctx(), o.http, o.alive[0].url)
	if err != nil || status != http.StatusServiceUnavailable {
		o.t.Errorf("a webhook was answered %d (%v), want 503", status, err)
	}
}

// ready asks what the operator's load balancer asks.
func (o *ordeal) ready() int {
	w := httptest.NewRecorder()
	o.web.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Code
}

// operatorSees wants the log to say something, and readiness to be what it is.
func (o *ordeal) operatorSees(ready int, said ...string) {
	o.t.Helper()
	if got := o.ready(); got != ready {
		o.t.Errorf("/readyz = %d, want %d", got, ready)
	}
	text, _ := o.log.read()
	for _, want := range said {
		if !strings.Contains(text, want) {
			o.t.Errorf("the log doesn't say %q; it says: %.2000s", want, text)
		}
	}
}

// counted is how many webhooks of a status the operator's metric counts.
func (o *ordeal) counted(status string) (n int) {
	o.t.Helper()
	families, err := o.registry.Gather()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "settle_http_requests_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "status" && l.GetValue() == status {
					n += int(m.GetCounter().GetValue())
				}
			}
		}
	}
	return n
}

// says waits until the log says it.
func (o *ordeal) says(what string) { o.t.Helper(); o.log.await(o.t, what) }

// lines keeps a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer  // guarded by mu
	more chan struct{} // guarded by mu; closed, and made anew, with each line
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(p)
}

func (l *lines) read() (text string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.more
}

// await waits until the log says it.
func (l *lines) await(t testing.TB, what string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		text, more := l.read()
		if strings.Contains(text, what) {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("20 s, and the log doesn't say %q: %.2000s", what, text)
		}
	}
}

func containsAll(text string, all []string) bool {
	for _, s := range all {
		if !strings.Contains(text, s) {
			return false
		}
	}
	return true
}
