package store_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/web"
)

// A webhook of a conversation that a newer release has written is answered 503, so that the provider comes again and a
// process of that release may take it. Nothing is written over, and nothing is set aside.
func TestWebhookOfANewerDocumentIsLeftToTheNewerRelease(t *testing.T) {
	t.Parallel()
	const ours = "+15017122661"
	b := onRedis(t)
	c := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: ours, BaseURL: "http://127.0.0.1:1"}
	sms, err := c.Open(channels.Deps{Name: "sms", PublicURL: "https://chat.acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	process := bot.New(bot.Options{Store: b.a, Library: fsm.NewLibrary(), Channels: map[string]channels.Channel{"sms": sms}, Rules: policy.DefaultRules(), Log: zerolog.Nop()})
	defer func() { _ = process.Close() }()
	site := web.New(web.Options{
		Bot: process, Channels: map[string]channels.Receiver{"sms": sms.(channels.Receiver)}, PublicURL: "https://chat.acme.example",
		Log: zerolog.Nop(), Registry: prometheus.NewRegistry(),
	})
	post := func() int {
		t.Helper()
		hook := twiliotest.Webhook{URL: "https://chat.acme.example/channels/sms/inbound", Token: twiliotest.AuthToken, Form: twiliotest.Inbound("+27821234567", ours, "hello")}
		r, err := hook.Request(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		in := httptest.NewRequest(http.MethodPost, r.URL.Path, strings.NewReader(string(body)))
		in.Header, in.Host = r.Header, r.Host
		w := httptest.NewRecorder()
		site.Handler().ServeHTTP(w, in)
		return w.Code
	}
	if got := post(); got != http.StatusOK {
		t.Fatalf("the first webhook is answered %d, want 200", got)
	}
	l, err := b.a.LoadAddress(t.Context(), "sms:+27821234567")
	if err != nil {
		t.Fatal(err)
	}
	id := l.Conversation.ID
	if err := b.a.WriteNewer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	before := b.raw.Get(t.Context(), b.key(id, "conversation")).Val()
	if got := post(); got != http.StatusServiceUnavailable {
		t.Errorf("the webhook of a newer document is answered %d, want 503", got)
	}
	if after := b.raw.Get(t.Context(), b.key(id, "conversation")).Val(); after != before || before == "" {
		t.Errorf("the conversation is %q, want it left as it was, %q", after, before)
	}
	if letters, err := b.a.Letters(t.Context()); err != nil || len(letters) != 0 {
		t.Errorf("%d letters, %v; want none", len(letters), err)
	}
}
