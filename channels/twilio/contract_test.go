package twilio_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/channelstest"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	t.Parallel()
	for _, sender := range []struct {
		name, from, service string
		customer            message.Address
	}{
		{"sms", "+15017122661", "", "sms:+27821234567"},
		{"service", "", "MG0123456789abcdef0123456789abcdef", "sms:+27821234567"},
		{"whatsapp", "whatsapp:+14155238886", "", "whatsapp:+27821234567"},
		{"whatsapp-user", "whatsapp:+14155238886", "", "whatsapp-user:ZA.1349120655"},
	} {
		t.Run(sender.name, func(t *testing.T) {
			t.Parallel()
			channelstest.Run(t, func(t *testing.T) channelstest.Harness {
				return open(t, twilio.Config{From: sender.from, MessagingService: sender.service}, sender.customer)
			})
		})
	}
}

const publicURL = "https://bot.example.com"

// harness is a channel with the fake at its other end.
type harness struct {
	t        *testing.T
	fake     *twiliotest.Fake
	channel  *twilio.Channel
	customer message.Address
	config   twilio.Config
	http     *http.Transport
}

// open starts a fake, and a channel that knows it, both until the test ends. What the channel sent must satisfy the contract.
func open(t *testing.T, config twilio.Config, customer message.Address) *harness {
	t.Helper()
	fake, err := twiliotest.Start()
	if err != nil {
		t.Fatal(err)
	}
	transport := new(http.Transport)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		fake.Close()
		if refused := fake.Refused(); len(refused) > 0 {
			t.Errorf("a request broke the contract: %q", refused)
		}
	})
	config.AccountSID, config.AuthTokens, config.BaseURL = twiliotest.AccountSID, []string{twiliotest.AuthToken}, fake.URL
	h := &harness{t: t, fake: fake, customer: customer, config: config, http: transport}
	h.reopen()
	return h
}

// reopen opens the channel again with h.config.
func (h *harness) reopen() {
	h.t.Helper()
	channel, err := h.config.Open(channels.Deps{Name: "main", PublicURL: publicURL, HTTP: &http.Client{Transport: h.http}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.channel = channel.(*twilio.Channel)
}

func (h *harness) Channel() channels.Channel { return h.channel }
func (h *harness) Customer() message.Address { return h.customer }
func (h *harness) Source() string            { return "twilio" }
func (h *harness) SignatureHeader() string   { return "X-Twilio-Signature" }
func (h *harness) Requests() int             { return h.fake.Requests() }

func (h *harness) Arrived(ctx context.Context) error { return h.fake.WaitRequests(ctx, 1) }

func (h *harness) Taken() []channelstest.Taken {
	var out []channelstest.Taken
	for _, m := range h.fake.Messages() {
		to := message.Address("sms:" + m.To)
		if account, ok := strings.CutPrefix(m.To, "whatsapp:"); ok && strings.HasPrefix(account, "+") {
			to = message.Address(m.To)
		} else if ok {
			to = message.Address("whatsapp-user:" + account)
		}
		out = append(out, channelstest.Taken{ID: message.ID(m.SID), To: to, Text: m.Body, Validity: m.Validity})
	}
	return out
}

func (h *harness) Trouble(what channelstest.Trouble) bool {
	switch what {
	case channelstest.OptedOut:
		h.fake.OptOut(native(h.customer))
	case channelstest.OutsideWindow:
		h.fake.Fail(1, 400, 63016)
	case channelstest.Unreachable:
		h.fake.Fail(1, 400, 21211)
	case channelstest.Refused:
		h.fake.Fail(1, 400, 21655)
	case channelstest.Stopped:
		h.fake.Fail(1, 401, 20003)
	case channelstest.Busy:
		h.fake.Fail(1, 429, 20429)
	case channelstest.Away:
		h.fake.Close() // its port is closed: connections are refused
	case channelstest.HangUp:
		h.fake.Misbehave(1, twiliotest.HangUp)
	case channelstest.LostAnswer:
		h.fake.Misbehave(1, twiliotest.DropAnswer)
	case channelstest.Broken:
		h.fake.Misbehave(1, twiliotest.BreakAfter)
	case channelstest.Garbled:
		h.fake.Misbehave(1, twiliotest.GarbleAfter)
	case channelstest.Silent:
		h.fake.Misbehave(1, twiliotest.Silence)
	default:
		return false
	}
	return true
}

// native writes an address as Twilio does.
func native(a message.Address) string {
	if a.Channel() == "whatsapp" {
		return "whatsapp:" + a.Value()
	}
	return a.Value()
}

func (h *harness) Say(in message.Inbound, by channelstest.Signer) (channelstest.Call, bool) {
	var more []twiliotest.Param
	if in.Choice != "" {
		more = append(more, twiliotest.Tap(in.Choice, in.Text)...)
	}
	for i, media := range in.Media {
		n := string(rune('0' + i))
		more = append(more, twiliotest.Param{Key: "MediaUrl" + n, Value: media.URL}, twiliotest.Param{Key: "MediaContentType" + n, Value: media.Type})
	}
	if in.Optout != "" {
		more = append(more, twiliotest.Param{Key: "OptOutType", Value: in.Optout})
	}
	return h.call(h.fake.Inbound(publicURL+"/channels/main/inbound", native(in.From), "+15017122661", in.Text, more...), by)
}

func (h *harness) News(of channelstest.Taken, s message.Status, by channelstest.Signer) (channelstest.Call, bool) {
	word, code := string(s), 0
	switch s {
	case message.Accepted:
		word = "queued"
	case message.Failed:
		word, code = "undelivered", 30003
	}
	w, err := h.fake.Status(string(of.ID), word, code)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.call(w, by)
}

func (h *harness) call(w twiliotest.Webhook, by channelstest.Signer) (channelstest.Call, bool) {
	target := strings.TrimPrefix(w.URL, publicURL)
	switch by {
	case channelstest.Stranger:
		w.Token = "5717a1e75717a1e75717a1e75717a1e7"
	case channelstest.Elsewhere:
		w.URL = "https://elsewhere.example" + target
	}
	r, err := w.Request(h.t.Context(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	return channelstest.Call{Method: http.MethodPost, Target: target, Header: r.Header, Body: []byte(w.Form.Encode())}, true
}

// get is a GET webhook for the same form.
func get(t *testing.T, path string, form url.Values) *http.Request {
	t.Helper()
	target := publicURL + path + "?" + form.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Twilio-Signature", twiliotest.Sign(twiliotest.AuthToken, target, nil))
	return r
}
