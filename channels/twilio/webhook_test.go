package twilio

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

// TestGET checks what only a GET can be forged with.
func TestGET(t *testing.T) {
	t.Parallel()
	form := twiliotest.Inbound("+27821234567", "+15017122661", "it's 3")
	target := "/channels/sms/inbound?" + form.Encode()
	given := twiliotest.Sign(twiliotest.AuthToken, testURL+target, nil)
	for _, tc := range []struct {
		name, target, body string
		want               error
	}{
		{"honest", target, "", nil},
		{"apostrophe as browsers leave it", strings.ReplaceAll(target, "%27", "'"), "", nil},
		{"another text", strings.Replace(target, "it%27s+3", "it%27s+4", 1), "", channels.ErrForged},
		{"a body that nothing vouches for", target, "Body=4", channels.ErrForged},
		{"a parameter more", target + "&OptOutType=STOP", "", channels.ErrForged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", tc.target, nil)
			r.Header.Set(signature, given)
			if _, err := newChannel(t, Config{}).Receive(r, []byte(tc.body)); !isOnly(err, tc.want) {
				t.Errorf("Receive = %v, want %v", err, tc.want)
			}
		})
	}
}

// TestRotation checks that both tokens are believed, and a third isn't.
func TestRotation(t *testing.T) {
	t.Parallel()
	c := newChannel(t, Config{AuthTokens: []string{"newtoken"}})
	for token, want := range map[string]error{"newtoken": nil, twiliotest.AuthToken: nil, "oldtoken": channels.ErrForged} {
		form := twiliotest.Inbound("+27821234567", "+15017122661", "3")
		r := httptest.NewRequest("POST", "/channels/sms/inbound", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(signature, twiliotest.Sign(token, testURL+"/channels/sms/inbound", form))
		if _, err := c.Receive(r, []byte(form.Encode())); !isOnly(err, want) {
			t.Errorf("Receive, signed with %s = %v, want %v", token, err, want)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add("inbound", "From=%2B27821234567&MessageSid=SM425db905039f7a6559ce1115efa7d397&Body=%ff")
	f.Add("status", "MessageStatus=read&MessageSid=SM425db905039f7a6559ce1115efa7d397")
	f.Add("inbound", "From=whatsapp:&MessageSid=SM425db905039f7a6559ce1115efa7d397&MediaUrl0=x&ExternalUserId=whatsapp:+")
	f.Fuzz(func(t *testing.T, end, body string) {
		form, err := url.ParseQuery(body)
		if err != nil || (end != "inbound" && end != "status") {
			return
		}
		got, err := posted(t, "POST", "/channels/sms/"+end, form)
		if err != nil && !isOnly(err, channels.ErrMalformed) {
			t.Fatalf("Receive = %v, want ErrMalformed: the signature is good", err)
		}
		for _, in := range got.Inbound {
			if n := len([]rune(in.Text)); n > message.MaxInbound || in.From == "" || len(in.Choice) > maxChoice || len(in.Media) > maxMedia {
				t.Errorf("Receive = %d runes, choice of %d bytes, %d media", n, len(in.Choice), len(in.Media))
			}
		}
	})
}
