package bot

import (
	"context"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/settle-chat/settle/fsm"
)

// A trace follows an event: what brought it (a webhook), its step, its commit, the effects that the commit began, each with
// its gate and its call, and their results, which are events again. An effect that is found later, by another process or
// after a wait, begins a trace of its own; settle.conversation leads from one to the other.
//
// Attributes are opaque IDs, names out of the configuration and the workflows, and numbers: never an address, a text, an
// amount, a name, or an error, which may quote any of them.

// span is one part of a trace. The zero span is none, and all that is done with it costs nothing.
type span struct{ of trace.Span }

// begin begins a span below that of ctx.
func (b *Bot) begin(ctx context.Context, name string) (context.Context, span) {
	if b.Tracer == nil {
		return ctx, span{}
	}
	ctx, s := b.Tracer.Start(ctx, name)
	return ctx, span{s}
}

// beginCall begins a span for what is asked of somebody else.
func (b *Bot) beginCall(ctx context.Context, name string) (context.Context, span) {
	if b.Tracer == nil {
		return ctx, span{}
	}
	ctx, s := b.Tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, span{s}
}

// enter begins the trace of an event that nothing traced has brought: a timer, an agent, a campaign's row.
func (b *Bot) enter(ctx context.Context, conversation string) (context.Context, span) {
	if b.Tracer == nil || trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, span{}
	}
	ctx, s := b.begin(ctx, "event")
	s.text("settle.conversation", conversation)
	return ctx, s
}

// within is the span that ctx is in.
func (b *Bot) within(ctx context.Context) span {
	if b.Tracer == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return span{}
	}
	return span{trace.SpanFromContext(ctx)}
}

// below puts ctx into a span.
func (s span) below(ctx context.Context) context.Context {
	if s.of == nil {
		return ctx
	}
	return trace.ContextWithSpan(ctx, s.of)
}

func (s span) text(key, value string) {
	if s.of != nil && value != "" {
		s.of.SetAttributes(attribute.String(key, value))
	}
}

func (s span) number(key string, n int) {
	if s.of != nil {
		s.of.SetAttributes(attribute.Int(key, n))
	}
}

// failed marks it as what one looks for.
func (s span) failed(what string) {
	if s.of != nil {
		s.of.SetStatus(codes.Error, what)
	}
}

func (s span) end() {
	if s.of != nil {
		s.of.End()
	}
}

// named puts the trace's ID into each line of a log.
func (s span) named(log zerolog.Context) zerolog.Context {
	if s.of == nil {
		return log
	}
	return log.Str("trace_id", s.of.SpanContext().TraceID().String())
}

// beginCommit begins a batch's commit: below what brought its first event, and linked to what brought the others.
func (b *Bot) beginCommit(ctx context.Context, conversation string, batch []*job) (context.Context, span) {
	if b.Tracer == nil {
		return ctx, span{}
	}
	var links []trace.Link
	for _, j := range batch[1:] {
		if j.from.of != nil && j.from.of != batch[0].from.of {
			links = append(links, trace.Link{SpanContext: j.from.of.SpanContext()})
		}
	}
	ctx, s := b.Tracer.Start(batch[0].from.below(ctx), "commit", trace.WithLinks(links...))
	c := span{s}
	c.text("settle.conversation", conversation)
	c.number("settle.events", len(batch))
	return ctx, c
}

// stepped says what a step has made of its event.
func (s span) stepped(kind, result string, commit *fsm.Commit) {
	if s.of == nil {
		return
	}
	s.text("settle.event", kind)
	s.text("settle.result", result)
	if result != "stepped" || len(commit.Journal) == 0 {
		return // it has no line in the journal
	}
	entry := commit.Journal[len(commit.Journal)-1]
	s.text("settle.conversation", entry.Conversation)
	s.text("settle.case", entry.Case)
	s.text("settle.from", entry.From)
	s.text("settle.to", entry.To)
	if k := commit.Conversation.Case(entry.Case); k != nil {
		s.text("settle.workflow", k.Workflow)
	}
}

// beginEffect begins one run of an effect, below the commit that claimed it.
func (b *Bot) beginEffect(ctx context.Context, from span, conversation string, e fsm.Effect) (context.Context, span) {
	ctx, s := b.begin(from.below(ctx), "effect")
	if s.of == nil {
		return ctx, s
	}
	s.text("settle.conversation", conversation)
	s.text("settle.case", e.Case)
	s.text("settle.effect", e.ID)
	s.text("settle.kind", e.Kind())
	s.text("settle.name", effectName(e))
	s.number("settle.attempt", e.Attempt)
	return ctx, s
}

// resulted says how an effect or a call went.
func (s span) resulted(result fsm.Result) {
	s.text("settle.result", string(result))
	switch result {
	case fsm.Retry, fsm.Permanent, fsm.Unknown, fsm.Throttled:
		s.failed(string(result))
	}
}
