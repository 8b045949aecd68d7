package twilio_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

func TestFind(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name    string
		config  twilio.Config
		to      message.Address
		sent    []time.Duration // when each message with the text was made, after m.Since
		others  int             // messages with another text, made after them
		known   []int           // of sent
		status  string          // of all, where not queued
		want    int             // index of sent, or -1
		wantErr error
	}{
		{name: "nothing", want: -1},
		{name: "the one", sent: []time.Duration{time.Second}, want: 0},
		{name: "sent on", sent: []time.Duration{time.Second}, status: "delivered", want: 0},
		{name: "before the send", sent: []time.Duration{-2 * time.Minute}, want: -1},
		{name: "Twilio's clock is behind", sent: []time.Duration{-50 * time.Second}, want: 0},
		{name: "known", sent: []time.Duration{time.Second}, known: []int{0}, want: -1},
		{name: "the same text before, known", sent: []time.Duration{-30 * time.Second, time.Second}, known: []int{0}, want: 1},
		{name: "two, the older", sent: []time.Duration{time.Second, 2 * time.Second}, want: 0},
		{name: "on the third page", sent: []time.Duration{time.Second}, others: 230, want: 0},
		{name: "old ones beyond", sent: []time.Duration{-time.Hour}, others: 230, want: -1},
		{name: "more than is looked through", sent: []time.Duration{time.Second}, others: 1000, want: -1, wantErr: errAny},
		{name: "service", config: twilio.Config{MessagingService: service}, sent: []time.Duration{time.Second}, want: 0},
		{name: "whatsapp", config: twilio.Config{From: "whatsapp:+14155238886"}, to: "whatsapp:+27821234567", sent: []time.Duration{time.Second}, want: 0},
		{name: "user ID", config: twilio.Config{From: "whatsapp:+14155238886"}, to: "whatsapp-user:ZA.123", sent: []time.Duration{time.Second}, want: 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.config.From == "" && tc.config.MessagingService == "" {
				tc.config.From = from
			}
			if tc.to == "" {
				tc.to = customer
			}
			h := open(t, tc.config, tc.to)
			now := start
			h.fake.Now = func() time.Time { return now } // each Send ends before it moves
			m := outbound()
			m.To, m.Since = tc.to, start
			m.Message.Choices = []message.Choice{{ID: "a", Label: "Pay now"}}
			send := func(m message.Outbound, at time.Duration) message.ID {
				t.Helper()
				now = start.Add(at)
				id, err := h.channel.Send(t.Context(), m)
				if err != nil {
					t.Fatal(err)
				}
				if tc.status != "" {
					if _, err := h.fake.Status(string(id), tc.status, 0); err != nil {
						t.Fatal(err)
					}
				}
				return id
			}
			var ids, known []message.ID
			for _, at := range tc.sent {
				ids = append(ids, send(m, at))
			}
			other := m
			other.Message.Text = "Something else"
			for i := range tc.others {
				send(other, time.Minute+time.Duration(i)*time.Second)
			}
			for _, i := range tc.known {
				known = append(known, ids[i])
			}
			want := message.ID("")
			if tc.want >= 0 {
				want = ids[tc.want]
			}
			got, err := h.channel.Find(t.Context(), m, known)
			if got != want || (err != nil) != (tc.wantErr != nil) {
				t.Errorf("Find = %q, %v, want %q, %v", got, err, want, tc.wantErr)
			}
		})
	}
}

var errAny = errors.New("an error")

// TestFindElsewhere checks that neither another customer's nor another sender's message is taken for ours.
func TestFindElsewhere(t *testing.T) {
	t.Parallel()
	h := open(t, twilio.Config{From: from}, customer)
	m := outbound()
	m.To = "sms:+27821234568"
	if _, err := h.channel.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	h.config.From = "+15017122662"
	h.reopen()
	m.To = customer
	if _, err := h.channel.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	h.config.From = from
	h.reopen()
	if got, err := h.channel.Find(t.Context(), m, nil); got != "" || err != nil {
		t.Errorf("Find = %q, %v, want nothing", got, err)
	}
}

// TestFindFails checks that a lookup that fails never says "surely not there", and names nobody.
func TestFindFails(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		handle http.HandlerFunc
		want   error
	}{
		{"broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, channels.ErrUnknown},
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, throttled(0, "0")},
		{"no list", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"messages":27821234567}`)) }, channels.ErrUnknown},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }, channels.ErrUnknown},
		{"a list that isn't the answer", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(300)
			_, _ = w.Write([]byte(`{"messages":[]}`))
		}, channels.ErrUnknown},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, channels.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := answering(t, tc.handle).Find(t.Context(), outbound(), nil)
			if got != "" || !errors.Is(err, tc.want) {
				t.Fatalf("Find = %q, %v, want %v", got, err, tc.want)
			}
			if strings.Contains(err.Error(), "27821234567") {
				t.Errorf("the error holds the address: %v", err)
			}
		})
	}
}

// TestFindUndated checks that a message which may be ours is never passed over for want of a date.
func TestFindUndated(t *testing.T) {
	t.Parallel()
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"messages":[{"sid":"` + twiliotest.NewSID("SM") + `","to":"+27821234567","from":"` + from +
			`","direction":"outbound-api","body":"Your reference is ZEBRA","date_created":"never"}]}`))
	})
	if got, err := c.Find(t.Context(), outbound(), nil); got != "" || err == nil {
		t.Errorf("Find = %q, %v, want an error", got, err)
	}
}

// TestNextPage checks that an answer can't send our credentials to another host.
func TestNextPage(t *testing.T) {
	t.Parallel()
	elsewhere := false
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/Messages.json") {
			elsewhere = true
		}
		if r.URL.Query().Get("Page") == "1" {
			_, _ = w.Write([]byte(`{"messages":[],"next_page_uri":null}`))
			return
		}
		_, _ = w.Write([]byte(`{"messages":[{"sid":"` + twiliotest.NewSID("SM") + `","date_created":"never"}],"next_page_uri":"//evil.invalid/x?Page=1"}`))
	})
	if got, err := c.Find(t.Context(), outbound(), nil); got != "" || err != nil || elsewhere {
		t.Errorf("Find = %q, %v, elsewhere %v, want nothing from the same host", got, err, elsewhere)
	}
}
