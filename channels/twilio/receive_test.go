package twilio

import (
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

const testURL = "https://bot.example.com"

// newChannel is a channel called sms, with what config leaves out filled in.
func newChannel(t *testing.T, config Config) *Channel {
	t.Helper()
	config.AccountSID, config.AuthTokens = twiliotest.AccountSID, append(config.AuthTokens, twiliotest.AuthToken)
	if config.From == "" && config.MessagingService == "" {
		config.From = "+15017122661"
	}
	c, err := config.Open(channels.Deps{Name: "sms", PublicURL: testURL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Channel)
}

// isOnly reports whether err is want and no other webhook error.
func isOnly(err, want error) bool {
	for _, e := range []error{channels.ErrForged, channels.ErrMalformed} {
		if errors.Is(err, e) != (e == want) {
			return false
		}
	}
	return (err == nil) == (want == nil)
}

type fixture struct {
	ID      string            `json:"id"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Token   string            `json:"auth_token"`
}

// TestFixtures reads recorded calls: each is signed as Twilio signs, and becomes the message or receipt that it is.
func TestFixtures(t *testing.T) {
	t.Parallel()
	media := "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages/MMfac989447cad2edbc89fbcba70003b36/Media/MEfac989447cad2edbc89fbcba70003b36"
	want := map[string]channels.Received{
		"inbound/mms_one_image": heard(message.Inbound{
			ID: "twilio/MMfac989447cad2edbc89fbcba70003b36", From: "sms:+12025550101", To: "+12025550143",
			Media: []message.Media{{URL: media, Type: "image/jpeg"}},
		}),
		"inbound/sms_stop_advanced_opt_out": heard(message.Inbound{
			ID: "twilio/SM425db905039f7a6559ce1115efa7d397", From: "sms:+14017122661", To: "+15558675310", Text: "STOP", Optout: "STOP",
		}),
		"inbound/sms_text": heard(message.Inbound{
			ID: "twilio/SM8ddf878039b70767c4a5bcf4f0c4f65e", From: "sms:+14017122661", To: "+15558675310",
			Text: "Ahoy! Let's build something amazing.",
		}),
		"inbound/whatsapp_list_pick": heard(message.Inbound{
			ID: "twilio/SM437f57809f82b9e2947f70fd488eb536", From: "whatsapp:+12025550101", To: "whatsapp:+14155238886",
			Text: "SFO to NYC for $299", Choice: "SFO1337",
		}),
		"inbound/whatsapp_quick_reply_button": heard(message.Inbound{
			ID: "twilio/SM7e7cb6814b74d6596098fc80127569a5", From: "whatsapp:+12025550102", Also: "whatsapp-user:ID.4566546130240823",
			To: "whatsapp:+14155238886", Text: "Konfirmasi", Choice: "{verifyEmail:user@example.com}",
		}),
		"inbound/whatsapp_text": heard(message.Inbound{
			ID: "twilio/SMc0828e0381730befd1f7a025057c74fb", From: "whatsapp:+12025550101", To: "whatsapp:+14155238886",
			Text: "This is the third message",
		}),
		"status/status_sms_delivered": told(message.Receipt{
			ID: "twilio/SM9d7115b42254d59b82440ebe8084927f/delivered", Message: "SM9d7115b42254d59b82440ebe8084927f", Status: message.Delivered,
		}),
		"status/status_sms_undelivered_30003": told(message.Receipt{
			ID: "twilio/SM3e8d88fdd85d7153525e0647cdd97686/failed", Message: "SM3e8d88fdd85d7153525e0647cdd97686", Status: message.Failed, Code: "30003",
		}),
		"status/status_whatsapp_read": told(message.Receipt{
			ID: "twilio/SM03e04301b15a7969eae9d94821cc8222/read", Message: "SM03e04301b15a7969eae9d94821cc8222", Status: message.Read,
		}),
	}
	paths, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(path), "testdata/"), ".json")
		if strings.HasPrefix(name, "rest/") {
			continue
		}
		tried++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f fixture
			readJSON(t, path, &f)
			form, err := url.ParseQuery(f.Body)
			if err != nil {
				t.Fatal(err)
			}
			if !signed([]string{f.Token}, f.URL, form, f.Headers[signature]) {
				t.Errorf("the recorded signature does not hold")
			}
			// The recordings were made for another path, so the call is signed again for ours.
			target := "/channels/sms/" + name[:strings.IndexByte(name, '/')]
			r := httptest.NewRequest("POST", target, nil)
			for key, value := range f.Headers {
				r.Header.Set(key, value)
			}
			r.Header.Set(signature, twiliotest.Sign(f.Token, testURL+target, form))
			got, err := newChannel(t, Config{}).Receive(r, []byte(f.Body))
			if err != nil {
				t.Fatalf("Receive: %v", err)
			}
			if !reflect.DeepEqual(got, want[name]) {
				t.Errorf("Receive = %+v, want %+v", got, want[name])
			}
		})
	}
	if tried != len(want) {
		t.Errorf("%d fixtures, want %d", tried, len(want))
	}
}

func heard(in message.Inbound) channels.Received {
	return channels.Received{Inbound: []message.Inbound{in}, ContentType: "text/xml", Body: []byte(`<?xml version="1.0" encoding="UTF-8"?><Response/>`)}
}

func told(r message.Receipt) channels.Received {
	return channels.Received{Receipts: []message.Receipt{r}}
}

// posted receives a form as Twilio would post it, or as a GET.
func posted(t *testing.T, method, target string, form url.Values) (channels.Received, error) {
	t.Helper()
	if method == "GET" {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + form.Encode()
		r := httptest.NewRequest(method, target, nil)
		r.Header.Set(signature, twiliotest.Sign(twiliotest.AuthToken, testURL+target, nil))
		return newChannel(t, Config{}).Receive(r, nil)
	}
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(signature, twiliotest.Sign(twiliotest.AuthToken, testURL+target, form))
	return newChannel(t, Config{}).Receive(r, []byte(form.Encode()))
}

func TestInbound(t *testing.T) {
	t.Parallel()
	prose := "This is one long message about a payment that was made twice, with a “quote”, and then some more."
	packed := base64.StdEncoding.EncodeToString([]byte(prose))
	for _, tc := range []struct {
		name string
		form url.Values
		want func(in *message.Inbound)
	}{
		{"sms", twiliotest.Inbound("+27821234567", "+15017122661", "3"), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "+15017122661", "3"
		}},
		{"hidden number", twiliotest.Inbound("whatsapp:ZA.1234", "whatsapp:+14155238886", "hi", twiliotest.Param{Key: "ExternalUserId", Value: "whatsapp:ZA.1234"}), func(in *message.Inbound) {
			in.From, in.To, in.Text = "whatsapp-user:ZA.1234", "whatsapp:+14155238886", "hi"
		}},
		{"both addresses", twiliotest.Inbound("whatsapp:+27821234567", "whatsapp:+14155238886", "hi", twiliotest.Param{Key: "ExternalUserId", Value: "whatsapp:ZA.1234"}), func(in *message.Inbound) {
			in.From, in.Also, in.To, in.Text = "whatsapp:+27821234567", "whatsapp-user:ZA.1234", "whatsapp:+14155238886", "hi"
		}},
		{"a second address that can't be read", twiliotest.Inbound("whatsapp:+27821234567", "whatsapp:+14155238886", "hi", twiliotest.Param{Key: "ExternalUserId", Value: "whatsapp:?"}), func(in *message.Inbound) {
			in.From, in.To, in.Text = "whatsapp:+27821234567", "whatsapp:+14155238886", "hi"
		}},
		{"a button before a row", twiliotest.Inbound("whatsapp:+27821234567", "b", "x", twiliotest.Param{Key: "ButtonPayload", Value: "one"}, twiliotest.Param{Key: "ListId", Value: "two"}), func(in *message.Inbound) {
			in.From, in.To, in.Text, in.Choice = "whatsapp:+27821234567", "b", "x", "one"
		}},
		{"a payload that was never ours", twiliotest.Inbound("whatsapp:+27821234567", "b", "x", twiliotest.Param{Key: "ButtonPayload", Value: strings.Repeat("p", 201)}), func(in *message.Inbound) {
			in.From, in.To, in.Text = "whatsapp:+27821234567", "b", "x"
		}},
		{"another kind of opt-out", twiliotest.Inbound("+27821234567", "b", "x", twiliotest.Param{Key: "OptOutType", Value: "PAUSE"}), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "b", "x"
		}},
		{"broken UTF-8", twiliotest.Inbound("+27821234567", "b", "a\xffb"), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "b", "a\uFFFDb"
		}},
		{"base64", twiliotest.Inbound("+27821234567", "b", packed[:76]+"\r\n"+packed[76:]), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "b", prose
		}},
		{"base64 of no text", twiliotest.Inbound("+27821234567", "b", strings.Repeat("ABCD", 20)), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "b", strings.Repeat("ABCD", 20)
		}},
		{"base64 typed on WhatsApp", twiliotest.Inbound("whatsapp:+27821234567", "b", packed), func(in *message.Inbound) {
			in.From, in.To, in.Text = "whatsapp:+27821234567", "b", packed
		}},
		{"a short word that is base64 too", twiliotest.Inbound("+27821234567", "b", "STOP"), func(in *message.Inbound) {
			in.From, in.To, in.Text = "sms:+27821234567", "b", "STOP"
		}},
		{"long", twiliotest.Inbound("+27821234567", "b", strings.Repeat("€", 5000)), func(in *message.Inbound) {
			in.From, in.To, in.Text, in.Clipped = "sms:+27821234567", "b", strings.Repeat("€", message.MaxInbound), true
		}},
	} {
		for _, method := range []string{"POST", "GET"} {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				t.Parallel()
				want := message.Inbound{ID: "twilio/" + tc.form.Get("MessageSid")}
				tc.want(&want)
				got, err := posted(t, method, "/channels/sms/inbound", tc.form)
				if err != nil || !reflect.DeepEqual(got, heard(want)) {
					t.Errorf("Receive = %+v, %v, want %+v", got.Inbound, err, want)
				}
			})
		}
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	with := func(key, value string) url.Values {
		return twiliotest.Inbound("+27821234567", "+15017122661", "private words", twiliotest.Param{Key: key, Value: value})
	}
	for _, tc := range []struct {
		name, target string
		form         url.Values
	}{
		{"no MessageSid", "/channels/sms/inbound", with("MessageSid", "")},
		{"a MessageSid that is none", "/channels/sms/inbound", with("MessageSid", "SM1/../x")},
		{"no From", "/channels/sms/inbound", with("From", "")},
		{"From is no phone", "/channels/sms/inbound", with("From", "+27private")},
		{"another network", "/channels/sms/inbound", with("From", "messenger:private")},
		{"a status callback", "/channels/sms/inbound", with("SmsStatus", "delivered")},
		{"a customer's message", "/channels/sms/status", with("SmsStatus", "received")},
		{"no status", "/channels/sms/status", with("SmsStatus", "")},
		{"another path", "/channels/sms/other", with("Body", "private")},
		{"another channel", "/channels/whatsapp/inbound", with("Body", "private")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := posted(t, "POST", tc.target, tc.form)
			if !isOnly(err, channels.ErrMalformed) || !reflect.DeepEqual(got, channels.Received{}) {
				t.Fatalf("Receive = %+v, %v, want ErrMalformed", got, err)
			}
			for _, secret := range []string{"27821234567", "private"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds what the customer sent: %v", err)
				}
			}
		})
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	const sid = "SM9d7115b42254d59b82440ebe8084927f"
	for word, want := range map[string]message.Status{
		"accepted": message.Accepted, "scheduled": message.Accepted, "queued": message.Accepted, "sending": message.Accepted,
		"sent": message.Sent, "partially_delivered": message.Sent, "delivered": message.Delivered, "read": message.Read,
		"failed": message.Failed, "undelivered": message.Failed, "canceled": message.Failed, "invented_tomorrow": "",
	} {
		for _, key := range []string{"MessageStatus", "SmsStatus"} {
			t.Run(word+" "+key, func(t *testing.T) {
				t.Parallel()
				form := url.Values{"MessageSid": {sid}, key: {word}, "ErrorCode": {"21610"}}
				got, err := posted(t, "POST", "/channels/sms/status?c=p07.abc&k=effect%2F1", form)
				if err != nil {
					t.Fatalf("Receive: %v", err)
				}
				var receipts []message.Receipt
				if want != "" {
					receipts = []message.Receipt{{ID: "twilio/" + sid + "/" + string(want), Message: sid, Key: "effect/1", Conversation: "p07.abc", Status: want}}
				}
				if want == message.Failed {
					receipts[0].Code, receipts[0].OptedOut = "21610", true
				}
				if !reflect.DeepEqual(got.Receipts, receipts) || got.Body != nil {
					t.Errorf("Receive = %+v, answering %q, want %+v and nothing", got.Receipts, got.Body, receipts)
				}
			})
		}
	}
}
