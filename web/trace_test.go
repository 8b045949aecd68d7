package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/web"
)

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	traceparent  = "00-" + callersTrace + "-b7ad6b7169203331-01"
)

// tracedSite is a site whose spans are kept, all of them or, by chance, none.
func tracedSite(t *testing.T, share float64) (*site, *tracetest.InMemoryExporter) {
	e := tracetest.NewInMemoryExporter()
	p := sdktrace.NewTracerProvider(sdktrace.WithSyncer(e), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))))
	s := newSite(t, func(o *web.Options) { o.Tracer = p.Tracer("test") })
	s.phone.receive = func(*http.Request, []byte) (channels.Received, error) { return channels.Received{}, channels.ErrForged }
	return s, e
}

// A caller's trace is linked to and never goes on here; a webhook's isn't even looked at. The span has the route, never the
// path, and its trace is in the log.
func TestTracesBeginHere(t *testing.T) {
	t.Parallel()
	s, spans := tracedSite(t, 1)
	for _, tc := range []struct {
		method, path, name, route string
		status, links             int
	}{
		{"GET", "/v1/cases/PERSONAL", "request", "GET /v1/cases/{id}", 404, 1},
		{"POST", "/channels/sms/inbound", "webhook", "POST /channels/{name}/inbound", 403, 0},
		{"GET", "/elsewhere", "", "", 404, 0},
	} {
		spans.Reset()
		r := request(tc.method, tc.path, casesKey, "")
		r.Header.Set("Traceparent", traceparent)
		r.Header.Set("Tracestate", "bank=PERSONAL")
		if got := s.do(r); got.StatusCode != tc.status {
			t.Errorf("%s = %d, want %d", tc.path, got.StatusCode, tc.status)
		}
		all := spans.GetSpans()
		if tc.name == "" {
			if len(all) != 0 {
				t.Errorf("%s is traced: %v", tc.path, all)
			}
			continue
		}
		if len(all) != 1 || all[0].Name != tc.name || all[0].Parent.IsValid() || len(all[0].Links) != tc.links {
			t.Fatalf("%s has spans %+v, want one %q that begins a trace, with %d links", tc.path, all, tc.name, tc.links)
		}
		want := []attribute.KeyValue{attribute.String("http.route", tc.route), attribute.Int("http.response.status_code", tc.status)}
		if !slices.Equal(all[0].Attributes, want) {
			t.Errorf("%s has %v, want %v", tc.path, all[0].Attributes, want)
		}
		for _, l := range all[0].Links {
			if l.SpanContext.TraceID().String() != callersTrace || l.SpanContext.TraceState().Len() != 0 {
				t.Errorf("%s is linked to %+v, want the caller's IDs alone", tc.path, l.SpanContext)
			}
		}
		if id := all[0].SpanContext.TraceID().String(); id == callersTrace || !strings.Contains(s.log.String(), `"trace_id":"`+id+`"`) {
			t.Errorf("%s has trace %s, want one of ours that the log names", tc.path, id)
		}
	}
}

// That a caller keeps its trace doesn't make us keep ours.
func TestCallersDontDecideWhatIsKept(t *testing.T) {
	t.Parallel()
	s, spans := tracedSite(t, 0)
	r := request("GET", "/v1/cases/X", casesKey, "")
	r.Header.Set("Traceparent", traceparent)
	s.do(r)
	if n := len(spans.GetSpans()); n != 0 {
		t.Errorf("%d spans are kept of a share of none", n)
	}
}
