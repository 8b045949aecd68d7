package web

import (
	"net/http"
	"strings"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced begins a request's span, where one is to be: of webhooks and the API, not of pages and their pictures. The trace is
// our own whatever the caller says: its traceparent is linked to, for whoever looks from its side, and neither makes us
// keep a trace nor drop one. span is nil where nothing is traced.
func (s *Server) traced(r *http.Request) (_ *http.Request, span trace.Span) {
	name := "request"
	switch {
	case s.options.Tracer == nil:
		return r, nil
	case strings.HasPrefix(r.URL.Path, "/channels/"):
		name = "webhook"
	case !strings.HasPrefix(r.URL.Path, "/v1/"):
		return r, nil
	}
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer)}
	caller := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
	if name == "request" && caller.IsValid() {
		// Only the two IDs: what else the caller says of its trace may hold anything.
		options = append(options, trace.WithLinks(trace.Link{SpanContext: caller.WithTraceState(trace.TraceState{})}))
	}
	ctx, span := s.options.Tracer.Start(r.Context(), name, options...)
	return r.WithContext(ctx), span
}

// answeredAs ends a request's span with what it was and what it was answered.
func answeredAs(span trace.Span, route string, status int) {
	if span == nil {
		return
	}
	span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, http.StatusText(status))
	}
	span.End()
}

// withTrace puts a span's trace into each line of a log.
func withTrace(log zerolog.Context, span trace.Span) zerolog.Context {
	if span == nil {
		return log
	}
	return log.Str("trace_id", span.SpanContext().TraceID().String())
}
