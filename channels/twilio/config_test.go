package twilio_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	deps := channels.Deps{Name: "sms", PublicURL: publicURL}
	for _, tc := range []struct {
		name   string
		change func(c *twilio.Config, d *channels.Deps)
		want   string // empty: it opens
	}{
		{"number", func(*twilio.Config, *channels.Deps) {}, ""},
		{"whatsapp", func(c *twilio.Config, _ *channels.Deps) { c.From = "whatsapp:+14155238886" }, ""},
		{"short code", func(c *twilio.Config, _ *channels.Deps) { c.From = "12345" }, ""},
		{"sender name", func(c *twilio.Config, _ *channels.Deps) { c.From = "Acme Bank" }, ""},
		{"service", func(c *twilio.Config, _ *channels.Deps) { c.From, c.MessagingService = "", service }, ""},
		{"two tokens", func(c *twilio.Config, _ *channels.Deps) { c.AuthTokens = []string{"a1", "b2"} }, ""},
		{"this machine", func(c *twilio.Config, _ *channels.Deps) { c.BaseURL = "http://[::1]:4010" }, ""},
		{"no account", func(c *twilio.Config, _ *channels.Deps) { c.AccountSID = "" }, "account_sid"},
		{"an API key", func(c *twilio.Config, _ *channels.Deps) { c.AccountSID = "SK" + c.AccountSID[2:] }, "account_sid"},
		{"no token", func(c *twilio.Config, _ *channels.Deps) { c.AuthTokens = nil }, "auth_tokens: have 0"},
		{"three tokens", func(c *twilio.Config, _ *channels.Deps) { c.AuthTokens = []string{"a", "b", "c"} }, "auth_tokens: have 3"},
		{"an empty token", func(c *twilio.Config, _ *channels.Deps) { c.AuthTokens = []string{"a", ""} }, "auth_tokens: number 2"},
		{"a token with a space", func(c *twilio.Config, _ *channels.Deps) { c.AuthTokens = []string{"sec ret"} }, "auth_tokens: number 1"},
		{"no sender", func(c *twilio.Config, _ *channels.Deps) { c.From = "" }, "from: give a sender"},
		{"two senders", func(c *twilio.Config, _ *channels.Deps) { c.MessagingService = service }, "not both"},
		{"a number without its plus", func(c *twilio.Config, _ *channels.Deps) { c.From = "15017122661" }, "from: want"},
		{"a service that is none", func(c *twilio.Config, _ *channels.Deps) { c.From, c.MessagingService = "", "MG1" }, "messaging_service: want"},
		{"base without https", func(c *twilio.Config, _ *channels.Deps) { c.BaseURL = "http://twilio.example" }, "base_url: want https"},
		{"base that is none", func(c *twilio.Config, _ *channels.Deps) { c.BaseURL = "api.twilio.com" }, "base_url: want an address"},
		{"base with a query", func(c *twilio.Config, _ *channels.Deps) { c.BaseURL = "https://api.twilio.com?x=1" }, "base_url: want no user"},
		{"no name", func(_ *twilio.Config, d *channels.Deps) { d.Name = "" }, "name: want"},
		{"a name that is a path", func(_ *twilio.Config, d *channels.Deps) { d.Name = "a/b" }, "name: want"},
		{"no public URL", func(_ *twilio.Config, d *channels.Deps) { d.PublicURL = "" }, "public_url: want"},
		{"a public URL with a query", func(_ *twilio.Config, d *channels.Deps) { d.PublicURL += "?x" }, "public_url: want"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{"secret"}, From: from}
			d := deps
			tc.change(&c, &d)
			_, err := c.Open(d)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Open = %v, want %q in it", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "sec") && !strings.Contains(err.Error(), "second") {
				t.Errorf("Open repeats a token: %v", err)
			}
		})
	}
}

// TestConfigIsDiscreet checks that a printed configuration holds no token, and that the file's words are its fields.
func TestConfigIsDiscreet(t *testing.T) {
	t.Parallel()
	var c twilio.Config
	file := "account_sid: " + twiliotest.AccountSID + "\nauth_tokens: [tok3n]\nfrom: \"+15017122661\"\nbase_url: https://api.twilio.com\n"
	if err := yaml.Unmarshal([]byte(file), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.AuthTokens) != 1 || c.AuthTokens[0] != "tok3n" || c.From != from || c.BaseURL != twilio.DefaultBaseURL || c.AccountSID != twiliotest.AccountSID {
		t.Errorf("read %v, want every field of the file", c)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", &c), fmt.Sprintf("%#v", c), c.String()} {
		if strings.Contains(text, "tok3n") {
			t.Errorf("printed as %s, want no token", text)
		}
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		config twilio.Config
		want   message.Capabilities
	}{
		{twilio.Config{From: from}, message.Capabilities{Channel: "sms", Text: 1600, Segments: 10}},
		{twilio.Config{MessagingService: service}, message.Capabilities{Channel: "sms", Text: 1600, Segments: 10}},
		{twilio.Config{From: "whatsapp:+14155238886"}, message.Capabilities{Channel: "whatsapp", Text: 1600, Window: true}},
	} {
		h := open(t, tc.config, customer)
		if got := h.channel.Capabilities(); got != tc.want {
			t.Errorf("Capabilities of %q = %+v, want %+v", tc.config.From, got, tc.want)
		}
	}
}

// TestRotationSends checks that requests go out with the first token, so the new one belongs there.
func TestRotationSends(t *testing.T) {
	t.Parallel()
	h := open(t, twilio.Config{From: from}, customer)
	for _, tc := range []struct {
		tokens []string
		want   error
	}{
		{[]string{twiliotest.AuthToken, "other"}, nil},
		{[]string{"other", twiliotest.AuthToken}, channels.ErrStopped},
	} {
		h.config.AuthTokens = tc.tokens
		h.reopen()
		if _, err := h.channel.Send(t.Context(), outbound()); !errors.Is(err, tc.want) {
			t.Errorf("Send with %d tokens = %v, want %v", len(tc.tokens), err, tc.want)
		}
	}
}

// TestWebhookGET checks a webhook that Twilio was told to make with GET, from end to end.
func TestWebhookGET(t *testing.T) {
	t.Parallel()
	h := open(t, twilio.Config{From: from}, customer)
	form := twiliotest.Inbound("+27821234567", from, "it's 3")
	got, err := h.channel.Receive(get(t, "/channels/main/inbound", form), nil)
	if err != nil || len(got.Inbound) != 1 || got.Inbound[0].Text != "it's 3" {
		t.Errorf("Receive = %+v, %v, want the text", got.Inbound, err)
	}
}
