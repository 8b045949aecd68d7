package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/settle-chat/settle/config"
)

const (
	flushWithin    = time.Second     // what a shutdown waits for a collector
	exportWithin   = 5 * time.Second // what one try may take, in the background
	complainsEvery = time.Minute     // how often a collector that is away is worth a line
	batchEvery     = 2 * time.Second // how soon a span is sent
	spansWaiting   = 8192            // beyond it spans are dropped: whoever traces waits for nobody
)

// openTracing gives a tracer whose spans go to the configured collector, and what ends it; nil and nothing where none is
// configured. A collector that is slow or away costs spans and a line a minute, and nothing else.
func openTracing(ctx context.Context, c *config.Config, log zerolog.Logger) (trace.Tracer, func(), error) {
	if c.Tracing.URL == "" {
		return nil, func() {}, nil
	}
	url := strings.TrimRight(c.Tracing.URL, "/") + "/v1/traces"
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url), otlptracehttp.WithTimeout(exportWithin),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false})) // what is lost is lost: no queue grows behind a collector
	if err != nil {
		return nil, nil, fmt.Errorf("open tracing to %s: %w", c.Tracing.URL, err)
	}
	v := version()
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(&mildExporter{SpanExporter: exporter, log: log}, sdktrace.WithBatchTimeout(batchEvery),
			sdktrace.WithMaxQueueSize(spansWaiting), sdktrace.WithExportTimeout(exportWithin)),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Tracing.Share.Ratio()))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "settle"), attribute.String("service.version", v.Version))),
	)
	return provider.Tracer("github.com/settle-chat/settle"), func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
		defer cancel()
		_ = provider.Shutdown(ctx) // what could not be sent in time is lost, and the exporter has said so
	}, nil
}

// mildExporter keeps an exporter's errors to itself, but for a line a minute. The library would print each to standard error.
type mildExporter struct {
	sdktrace.SpanExporter
	log zerolog.Logger

	mu   sync.Mutex
	said time.Time // guarded by mu; when it last complained
	lost int       // guarded by mu; spans since then
}

// ExportSpans sends spans and never fails.
func (m *mildExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := m.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lost += len(spans)
	if time.Since(m.said) < complainsEvery {
		return nil
	}
	m.log.Warn().Err(err).Int("spans", m.lost).Msg("traces don't reach their collector: they are lost, and nothing else is; see tracing.url")
	m.said, m.lost = time.Now(), 0
	return nil
}
