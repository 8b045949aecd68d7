package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/settle-chat/settle/config"
)

// receiver is an OpenTelemetry collector: it takes OTLP over HTTP.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	got   []*collector.ExportTraceServiceRequest // guarded by mu
	paths []string                               // guarded by mu
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		export := new(collector.ExportTraceServiceRequest)
		if err == nil {
			err = proto.Unmarshal(body, export)
		}
		if err != nil {
			t.Errorf("what came isn't OTLP: %v", err)
		}
		r.mu.Lock()
		r.got, r.paths = append(r.got, export), append(r.paths, q.URL.Path)
		r.mu.Unlock()
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(r.Close)
	return r
}

// names counts the spans that came, by their names; text is all of them.
func (r *receiver) names(t *testing.T) (names map[string]int, text string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	names = map[string]int{}
	for _, export := range r.got {
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					names[span.Name]++
				}
			}
		}
		line, err := protojson.Marshal(export)
		if err != nil {
			t.Fatal(err)
		}
		text += string(line)
	}
	return names, text
}

// trace adds tracing to a configuration.
func (p *premises) trace(url, share string) {
	p.t.Helper()
	text, err := os.ReadFile(p.path("settle.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("settle.yaml", string(text)+"\ntracing: {url: \""+url+"\", share: "+share+"}\n")
}

// What a serve traces has arrived at the collector when it has ended, and holds nothing of the customer.
func TestServeTraces(t *testing.T) {
	t.Parallel()
	p, r := newPremises(t), newReceiver(t)
	p.trace(r.URL, "100%")
	p.serve()
	p.says(customer, "zebrafinch from thandi")
	p.hears(1)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	names, text := r.names(t)
	for _, want := range []string{"webhook", "step", "commit", "effect", "gate", "provider"} {
		if names[want] == 0 {
			t.Errorf("the collector got %v, want a span %q too", names, want)
		}
	}
	if r.paths[0] != "/v1/traces" {
		t.Errorf("traces went to %s, want /v1/traces", r.paths[0])
	}
	for _, personal := range []string{customer[1:], hereSMS[1:], "zebrafinch", "thandi"} {
		if strings.Contains(text, personal) {
			t.Errorf("the traces hold %q: %s", personal, text)
		}
	}
	if !strings.Contains(text, `"service.name"`) || !strings.Contains(p.log.String(), `"trace_id":"`) {
		t.Error("the traces don't name the service, or the log doesn't name the traces")
	}
}

// A collector that is away or answers nothing costs nobody anything: messages are answered, and a stop takes no longer.
func TestServeWithoutItsCollector(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	deaf := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	defer deaf.Close()
	defer close(block)
	p := newPremises(t)
	p.trace(deaf.URL, "100%")
	p.serve()
	p.says(customer, "hello")
	p.hears(1)
	began := time.Now()
	if err := p.stop(); err != nil || time.Since(began) > 2*flushWithin+time.Second {
		t.Errorf("stop: %v after %s, want none within %s", err, time.Since(began), 2*flushWithin)
	}
}

// Of many failures one line a minute is logged, with how many spans they lost.
func TestExporterComplainsOnce(t *testing.T) {
	t.Parallel()
	log := new(bytes.Buffer)
	m := &mildExporter{SpanExporter: failing{}, log: zerolog.New(log)}
	for range 3 {
		if err := m.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 5)); err != nil {
			t.Errorf("ExportSpans = %v, want none: the library would print it", err)
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"spans":5`) {
		t.Errorf("logged %q, want one line of 5 spans", got)
	}
	m.said = m.said.Add(-complainsEvery)
	if _ = m.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 5)); !strings.Contains(log.String(), `"spans":15`) {
		t.Errorf("logged %q, want a second line after a minute, of all 15 since", log)
	}
}

type failing struct{ sdktrace.SpanExporter }

func (failing) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return io.ErrUnexpectedEOF
}

// Of a share of 0.001 % nothing is kept of a few; without a URL there is no tracer at all.
func TestTracingShare(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	tracer, end, err := openTracing(t.Context(), &config.Config{Tracing: config.Tracing{URL: r.URL, Share: 1}}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for range 200 {
		_, span := tracer.Start(t.Context(), "x")
		if span.IsRecording() {
			kept++
		}
		span.End()
	}
	end()
	if kept > 5 {
		t.Errorf("%d of 200 traces are kept, want next to none", kept)
	}
	if tracer, end, err := openTracing(t.Context(), &config.Config{}, zerolog.Nop()); tracer != nil || err != nil {
		t.Errorf("without a URL: a tracer %v, %v, want none", tracer, err)
	} else {
		end()
	}
}
