package bot_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/web"
)

// spans are what was traced, all of it.
type spans struct {
	exporter *tracetest.InMemoryExporter
	tracer   trace.Tracer
}

func newSpans(options ...sdktrace.TracerProviderOption) spans {
	e := tracetest.NewInMemoryExporter()
	return spans{e, sdktrace.NewTracerProvider(append(options, sdktrace.WithSyncer(e))...).Tracer("test")}
}

// named are those of a name whose attributes are as wanted.
func (s spans) named(name string, want ...attribute.KeyValue) []tracetest.SpanStub {
	var all []tracetest.SpanStub
	for _, stub := range s.exporter.GetSpans() {
		if stub.Name == name && !slices.ContainsFunc(want, func(kv attribute.KeyValue) bool { return !slices.Contains(stub.Attributes, kv) }) {
			all = append(all, stub)
		}
	}
	return all
}

// below is the only span of a name below another one.
func (s spans) below(t *testing.T, parent tracetest.SpanStub, name string, want ...attribute.KeyValue) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, stub := range s.named(name, want...) {
		if stub.Parent.SpanID() == parent.SpanContext.SpanID() && stub.SpanContext.TraceID() == parent.SpanContext.TraceID() {
			found = append(found, stub)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %q with %v below %q, want 1; there are:\n%s", len(found), name, want, parent.Name, s)
	}
	return found[0]
}

func (s spans) String() string {
	text := ""
	for _, stub := range s.exporter.GetSpans() {
		text += stub.SpanContext.SpanID().String() + " below " + stub.Parent.SpanID().String() + ": " + stub.Name + " " + s.attributes(stub) + "\n"
	}
	return text
}

func (spans) attributes(stub tracetest.SpanStub) string {
	set := attribute.NewSet(stub.Attributes...)
	text, _ := set.MarshalJSON() // of texts and numbers
	return string(text)
}

// everything is all that would leave, as text.
func (s spans) everything(t *testing.T) string {
	t.Helper()
	all := s.exporter.GetSpans()
	for i := range all { // random IDs and nanoseconds hold any number now and then
		all[i].SpanContext, all[i].Parent, all[i].StartTime, all[i].EndTime = trace.SpanContext{}, trace.SpanContext{}, time.Time{}, time.Time{}
		for j := range all[i].Links {
			all[i].Links[j].SpanContext = trace.SpanContext{}
		}
		for j := range all[i].Events {
			all[i].Events[j].Time = time.Time{}
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// served is the bench's bot behind its web server.
func (b *bench) served(s spans) http.Handler {
	return web.New(web.Options{
		Bot: b.bot, Channels: map[string]channels.Receiver{"sms": b.sms.(channels.Receiver)}, PublicURL: publicURL, Tracer: s.tracer,
		Registry: prometheus.NewRegistry(),
	}).Handler()
}

// posts delivers a webhook to a web server.
func (b *bench) posts(h http.Handler, w twiliotest.Webhook) {
	b.t.Helper()
	r, err := w.Request(b.ctx(), publicURL)
	if err != nil {
		b.t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		b.t.Fatalf("webhook answered %d", answer.Code)
	}
	b.settle()
}

// One message is one trace: the webhook, its step and its commit, the effects that the commit began, each with its gate and
// its call, and the commits of their results.
func TestOneMessageIsOneTrace(t *testing.T) {
	t.Parallel()
	s := newSpans()
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Tracer = s.tracer }})
	c := client(1)
	o := b.open(c)
	b.known(c)
	handler := b.served(s)
	s.exporter.Reset()
	b.posts(handler, b.inbound(c, "4 friday"))

	hook := s.named("webhook")
	if len(hook) != 1 || hook[0].Parent.IsValid() || !slices.Contains(hook[0].Attributes, attribute.String("http.route", "POST /channels/{name}/inbound")) {
		t.Fatalf("webhooks = %v, want one that begins a trace; there are:\n%s", hook, s)
	}
	conversation := attribute.String("settle.conversation", o.Conversation)
	document := b.document(o).Conversation
	step := s.below(t, hook[0], "step", conversation, attribute.String("settle.case", o.Case), attribute.String("settle.event", "received"),
		attribute.String("settle.result", "stepped"), attribute.String("settle.workflow", document.Case(o.Case).Workflow))
	if !slices.ContainsFunc(step.Attributes, func(kv attribute.KeyValue) bool { return kv.Key == "settle.from" }) {
		t.Errorf("the step has %v, want the state that it came from", step.Attributes)
	}
	commit := s.below(t, hook[0], "commit", conversation, attribute.Int("settle.events", 1), attribute.Int("settle.conflicts", 0))
	effect := s.below(t, commit, "effect", conversation, attribute.String("settle.kind", "send"), attribute.String("settle.name", "sms"),
		attribute.Int("settle.attempt", 1), attribute.String("settle.result", "ok"))
	s.below(t, effect, "gate")
	s.below(t, effect, "provider", attribute.String("settle.result", "ok"))
	s.below(t, effect, "commit")
	s.below(t, effect, "step", attribute.String("settle.event", "done"))
	for _, stub := range s.exporter.GetSpans() {
		if stub.SpanContext.TraceID() != hook[0].SpanContext.TraceID() {
			t.Errorf("%s is in another trace:\n%s", stub.Name, s)
		}
	}
}

// What time brings begins a trace of its own, which the conversation's ID finds.
func TestWhatIsFoundLaterBeginsATrace(t *testing.T) {
	t.Parallel()
	s := newSpans()
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Tracer = s.tracer }})
	c := client(1)
	b.twilio.Misbehave(1, twiliotest.HangUp) // may have been sent: it is looked for later
	o := b.open(c)
	s.exporter.Reset()
	b.later(10 * time.Minute)
	found := false
	for _, stub := range append(s.named("effect"), s.named("event")...) {
		if stub.Parent.IsValid() {
			continue
		}
		found = true
		if !slices.Contains(stub.Attributes, attribute.String("settle.conversation", o.Conversation)) {
			t.Errorf("%s begins a trace without its conversation:\n%s", stub.Name, s)
		}
	}
	if !found {
		t.Errorf("nothing begins a trace:\n%s", s)
	}
}

// Events that are committed together are one commit: below what brought the first of them, linked to what brought the others.
func TestBatchIsOneCommitWithLinks(t *testing.T) {
	t.Parallel()
	s, held := newSpans(), newGateAt("after-commit")
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Tracer, o.Point = s.tracer, held.hit }})
	c := client(1)
	o := b.open(c)
	s.exporter.Reset()
	held.arm()
	const events = 3
	answers := make(chan error, events)
	report := func(id string) {
		ctx, root := s.tracer.Start(b.ctx(), "outside")
		defer root.End()
		answers <- b.bot.Receive(ctx, channels.Received{Receipts: []message.Receipt{{
			ID: id, Message: message.ID(id), Key: id, Conversation: o.Conversation, Status: message.Failed, Code: "30003",
		}}})
	}
	go report("first")
	<-held.came // the first is committed, and its batch waits: the others gather behind it
	go report("second")
	go report("third")
	for b.bot.Waiting(o.Conversation) < events-1 {
		runtime.Gosched()
	}
	close(held.open)
	for range events {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	b.quiet(b.bot)
	commits := s.named("commit", attribute.Int("settle.events", 2))
	if len(commits) != 1 || len(commits[0].Links) != 1 {
		t.Fatalf("commits of two events = %d, want one with one link:\n%s", len(commits), s)
	}
	parents := map[trace.SpanID]bool{}
	for _, root := range s.named("outside") {
		parents[root.SpanContext.SpanID()] = true
	}
	if first, other := commits[0].Parent.SpanID(), commits[0].Links[0].SpanContext.SpanID(); !parents[first] || !parents[other] || first == other {
		t.Errorf("the commit is below %s and linked to %s, want two of what brought its events", first, other)
	}
}
