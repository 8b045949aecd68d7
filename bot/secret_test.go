package bot_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/web"
)

const card = "4111 1111 1111 1111"

// Nothing that is kept holds a code, a known fact as it was typed, or a card number; wherever and whenever they are typed.
func TestNothingKeptHoldsASecret(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	first, second := client(1), client(2)
	one := b.open(first)
	b.says(first, "my card is "+card+"500, call me")
	b.says(first, "14 march 2196") // nobody has asked yet
	b.walk(first, "1", "day and month of birth", "14 march 2190", "match", "14 march 2196", "was due")
	b.says(first, "14 march 2196") // once more: nobody asks any longer
	b.says(first, "STOP "+card)
	two := b.openWithoutPostcode(second)
	b.says(second, "1")
	code := ""
	for _, text := range b.heard(second) {
		if found := sixDigits.FindString(text); found != "" && found != "123456" {
			code = found
		}
	}
	if code == "" {
		t.Fatalf("no code was sent: %q", b.heard(second))
	}
	b.walk(second, "14 march "+code, "was due")
	kept := b.kept(one) + b.kept(two)
	for _, secret := range []string{"14 march", "march 2196", "march 2190", "1990-03-14", code, card, strings.ReplaceAll(card, " ", ""), "1111 1111 1111"} {
		if at := strings.Index(kept, secret); at >= 0 {
			t.Errorf("kept: ...%s...", kept[max(0, at-60):min(len(kept), at+60)])
		}
	}
	if !strings.Contains(kept, "411111******1111") && !strings.Contains(kept, "4111 11** **** 1111") {
		t.Error("the masked card number isn't there: the test tests nothing")
	}
}

// kept is all that is kept of a conversation, in clear.
func (b *bench) kept(o bot.Opened) string {
	b.t.Helper()
	lines, err := b.store.Transcript(b.ctx(), o.Conversation, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	letters, err := b.store.Letters(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := json.Marshal([]any{b.document(o).Conversation, b.journal(o), lines, letters})
	if err != nil {
		b.t.Fatal(err)
	}
	return string(all)
}

// safeBuffer is a log that many write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// The log names conversations and effects, so do traces; metrics name neither. Whatever goes wrong, none holds anything of a
// customer.
func TestLogHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	log := new(safeBuffer)
	w := new(wire)
	traced, registry := newSpans(), prometheus.NewRegistry()
	b := newBench(t, benchOptions{hook: w})
	b.store.Watch(web.RedisMeter(registry))
	observed := func(o *bot.Options) {
		o.Log, o.Tracer, o.Meter = zerolog.New(log), traced.tracer, web.NewMeter(registry, nil, nil)
	}
	b.bot = b.newBot(b.store, observed)
	registry.MustRegister(&web.Figures{Store: b.store.Figures, Bot: b.bot})
	c := client(1)
	const canary = "zebrafinch"
	for _, code := range []int{21610, 21211, 20003, 63016, 0} {
		c := client(100 + code%100)
		b.twilio.Fail(1, 400, code)
		b.open(c)
	}
	b.twilio.Misbehave(1, twiliotest.HangUp)
	o := b.open(c)
	b.bank.Inject(func(string, string) error { return integrations.Unknown{Cause: "away"} }, nil)
	b.says(c, "1")
	b.says(c, "14 march 2196")
	b.bank.Inject(nil, nil)
	w.losing(2, nil)
	b.says(c, canary+" "+c.number)
	broken := b.other(func(o *bot.Options) { o.Log, o.Tracer, o.Library = zerolog.New(log), traced.tracer, b.hollow() })
	b.webhookAt(broken, b.inbound(c, canary))
	b.quiet(broken)
	b.write(o, func(d *fsm.Conversation) {
		d.Timers = append(d.Timers, fsm.Timer{Name: "report#99", Case: o.Case, Due: d.At, Report: &fsm.SystemReported{Case: canary, Event: canary}})
	})
	b.later(31 * time.Second)
	b.server.Pause()
	w.writing(b.server.Resume)
	b.posts(b.served(traced), b.inbound(c, canary))
	got := log.String()
	if strings.Count(got, "\n") < 5 {
		t.Errorf("only this was logged, the test tests little: %s", got)
	}
	for _, personal := range []string{c.number, c.number[1:], "Thandi", canary, "14 march", "2196", "1250", "C-1\"", "A-1\""} {
		for where, text := range map[string]string{"log": got, "traces": traced.everything(t), "metrics": scraped(t, registry)} {
			if strings.Contains(text, personal) {
				t.Errorf("the %s: hold %q: %s", where, personal, text)
			}
		}
	}
}

// scraped is what /metrics says, which must be something. The figures of Redis come and go with it. Names and labels alone: the
// seconds behind them hold any number now and then.
func scraped(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, name := range []string{"settle_events_total{", "settle_effects_total{", "settle_redis_seconds_bucket{", "settle_redis_up", "settle_reply_seconds_bucket{"} {
		if !strings.Contains(answer.Body.String(), name) {
			t.Errorf("no %s in the metrics: the test tests little: %s", name, answer.Body)
		}
	}
	var said strings.Builder
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			line = line[:strings.LastIndexByte(line, ' ')] + "\n"
		}
		said.WriteString(line)
	}
	return said.String()
}

// Known facts typed beside a word that outranks every state aren't kept, right or wrong, asked for or not, and the word
// still acts. What is no answer stays as it was typed.
func TestNothingSecretIsKeptBesideStop(t *testing.T) {
	t.Parallel()
	for text, secret := range map[string]string{
		"stop. 14 march 2196": "14 march", "14 march 2196. stop": "14 march", "stop. 14 march": "14 march", "stop. 15 april 2190": "15 april", "stop. I paid": "",
	} {
		for _, asked := range []bool{true, false} {
			if !asked && secret != "" && !strings.Contains(text, "14 march 2196") {
				continue // nobody asks, and one fact alone, or a wrong one, may be no fact
			}
			b := newBench(t, benchOptions{})
			c := client(1)
			o := b.open(c)
			if asked {
				b.walk(c, "1", "day and month of birth")
			}
			b.says(c, text)
			kept := b.kept(o)
			if secret != "" && strings.Contains(kept, secret) {
				t.Errorf("%q (asked: %v) is kept as typed", text, asked)
			}
			if secret == "" && !strings.Contains(kept, text) {
				t.Errorf("%q (asked: %v) isn't kept", text, asked)
			}
			if !b.document(o).Conversation.Contact.Stopped {
				t.Errorf("%q (asked: %v): the word doesn't act", text, asked)
			}
		}
	}
}
