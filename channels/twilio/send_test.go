package twilio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/message"
)

const (
	from     = "+15017122661"
	service  = "MG0123456789abcdef0123456789abcdef"
	customer = message.Address("sms:+27821234567")
)

func outbound() message.Outbound {
	return message.Outbound{
		Key: "MFRGGZDFMZTWQ2LK", Conversation: "p07.KRSXG5DJNZTQ", To: customer, Message: message.Message{Text: "Your reference is ZEBRA"},
		Validity: 30 * time.Minute, Since: time.Now(),
	}
}

// TestRequest checks every parameter that goes out.
func TestRequest(t *testing.T) {
	t.Parallel()
	choices := []message.Choice{{ID: "a", Label: "Pay now"}, {ID: "b", Label: "Pay later"}}
	base := url.Values{
		"To": {"+27821234567"}, "From": {from}, "Body": {"Your reference is ZEBRA"}, "ValidityPeriod": {"1800"},
		"StatusCallback": {publicURL + "/channels/main/status?c=p07.KRSXG5DJNZTQ&k=MFRGGZDFMZTWQ2LK"},
	}
	for _, tc := range []struct {
		name   string
		config twilio.Config
		change func(m *message.Outbound)
		want   url.Values // instead of base's; an empty list takes it away
	}{
		{"sms", twilio.Config{From: from}, nil, nil},
		{"service", twilio.Config{MessagingService: service}, nil, url.Values{"From": {}, "MessagingServiceSid": {service}}},
		{"whatsapp", twilio.Config{From: "whatsapp:+14155238886"}, func(m *message.Outbound) { m.To = "whatsapp:+27821234567" },
			url.Values{"From": {"whatsapp:+14155238886"}, "To": {"whatsapp:+27821234567"}}},
		{"user ID", twilio.Config{From: "whatsapp:+14155238886"}, func(m *message.Outbound) { m.To = "whatsapp-user:ZA.123" },
			url.Values{"From": {"whatsapp:+14155238886"}, "To": {"whatsapp:ZA.123"}}},
		{"numbered", twilio.Config{From: from}, func(m *message.Outbound) { m.Message.Choices = choices },
			url.Values{"Body": {"Your reference is ZEBRA\n1 Pay now\n2 Pay later"}}},
		{"validity in part of a second", twilio.Config{From: from}, func(m *message.Outbound) { m.Validity = 1999 * time.Millisecond }, url.Values{"ValidityPeriod": {"1"}}},
		{"validity of days", twilio.Config{From: from}, func(m *message.Outbound) { m.Validity = 72 * time.Hour }, url.Values{"ValidityPeriod": {"36000"}}},
		{"IDs that need escaping", twilio.Config{From: from}, func(m *message.Outbound) { m.Key, m.Conversation = "a&b", "c=d e" },
			url.Values{"StatusCallback": {publicURL + "/channels/main/status?c=c%3Dd+e&k=a%26b"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, tc.config, customer)
			m := outbound()
			if tc.change != nil {
				tc.change(&m)
			}
			id, err := h.channel.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			want := url.Values{}
			for _, values := range []url.Values{base, tc.want} {
				for key, value := range values {
					want[key] = value
					if len(value) == 0 {
						delete(want, key)
					}
				}
			}
			if got := h.fake.Messages(); len(got) != 1 || !reflect.DeepEqual(got[0].Form, want) || got[0].SID != string(id) {
				t.Errorf("sent %s: %+v, want one message with %v", id, got, want)
			}
		})
	}
}

// TestRefusedBeforeSending lists what never reaches Twilio.
func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(m *message.Outbound)
		want   error
	}{
		{"another kind of address", func(m *message.Outbound) { m.To = "whatsapp:+27821234567" }, channels.ErrUnreachable},
		{"an e-mail address", func(m *message.Outbound) { m.To = "email:thandi@example.com" }, channels.ErrUnreachable},
		{"no validity", func(m *message.Outbound) { m.Validity = 0 }, channels.ErrRejected},
		{"less than Twilio can keep to", func(m *message.Outbound) { m.Validity = 999 * time.Millisecond }, channels.ErrRejected},
		{"too long", func(m *message.Outbound) { m.Message.Text = strings.Repeat("x", 1601) }, channels.ErrRejected},
		{"no text", func(m *message.Outbound) { m.Message.Text = "" }, channels.ErrRejected},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, twilio.Config{From: from}, customer)
			m := outbound()
			tc.change(&m)
			if id, err := h.channel.Send(t.Context(), m); !errors.Is(err, tc.want) || id != "" {
				t.Errorf("Send = %q, %v, want %v", id, err, tc.want)
			}
			if n := h.fake.Requests(); n != 0 {
				t.Errorf("%d requests were made, want none", n)
			}
		})
	}
}

// answering is a channel whose Twilio is handle.
func answering(t *testing.T, handle http.HandlerFunc) *twilio.Channel {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return at(t, server.URL, server.Client())
}

func at(t *testing.T, base string, client *http.Client) *twilio.Channel {
	t.Helper()
	config := twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: from, BaseURL: base}
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	c, err := config.Open(channels.Deps{Name: "main", PublicURL: publicURL, HTTP: client, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*twilio.Channel)
}

// throttled is Throttled for the table below.
func throttled(after time.Duration, code string) error {
	return channels.Throttled{After: after, Code: code}
}

// TestAnswers is what each answer means. An answer that isn't 201 with a message's name is never success.
func TestAnswers(t *testing.T) {
	t.Parallel()
	refusal := func(code int) string {
		return fmt.Sprintf(`{"code":%d,"message":"no: +27821234567","more_info":"https://www.twilio.com","status":400}`, code)
	}
	made := func(status, code string) string {
		return `{"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"` + status + `","error_code":` + code + `}`
	}
	type row struct {
		status int
		body   string
		header string // Retry-After
		want   error
	}
	rows := []row{
		{201, made("queued", "null"), "", nil},
		{201, made("accepted", "null"), "", nil},
		{201, made("failed", "30007"), "", channels.ErrRejected},
		{201, made("failed", "21610"), "", channels.ErrOptedOut},
		{201, made("undelivered", "30003"), "", channels.ErrUnreachable},
		{201, made("failed", "30008"), "", channels.ErrUnknown},
		{201, made("failed", "null"), "", channels.ErrRejected},
		{201, made("failed", "63018"), "", throttled(0, "63018")},
		{201, `{"sid":null}`, "", channels.ErrUnknown},
		{201, `{"sid":"CA1"}`, "", channels.ErrUnknown},
		{201, `{"sid":27821234567}`, "", channels.ErrUnknown},
		{201, ``, "", channels.ErrUnknown},
		{200, `<html>`, "", channels.ErrUnknown},
		{302, ``, "", channels.ErrUnknown},
		{307, ``, "", channels.ErrUnknown},
		{400, refusal(21610), "", channels.ErrOptedOut},
		{400, refusal(63016), "", channels.ErrOutsideWindow},
		{400, refusal(99999), "", channels.ErrRejected},
		{400, `<html>+27821234567`, "", channels.ErrRejected},
		{404, refusal(20404), "", channels.ErrRejected},
		{401, refusal(20003), "", channels.ErrStopped},
		{401, `<html>`, "", channels.ErrStopped},
		{403, refusal(20005), "", channels.ErrStopped},
		{403, ``, "", channels.ErrStopped},
		{403, refusal(21610), "", channels.ErrOptedOut},
		{408, ``, "", channels.ErrUnknown},
		{429, refusal(20429), "", throttled(0, "20429")},
		{429, refusal(20429), "7", throttled(7*time.Second, "20429")},
		{429, ``, "Tue, 24 Nov 2026 12:01:00 GMT", throttled(time.Minute, "0")},
		{429, ``, "Tue, 24 Nov 2026 11:00:00 GMT", throttled(0, "0")},
		{429, ``, "-5", throttled(0, "0")},
		{429, ``, "99999999", throttled(24*time.Hour, "0")},
		{429, refusal(63038), "7", throttled(24*time.Hour, "63038")},
		{500, refusal(20500), "", channels.ErrUnknown},
		{502, `<html>`, "", channels.ErrUnknown},
		{503, refusal(20429), "", channels.ErrUnknown},
		{504, ``, "", channels.ErrUnknown},
	}
	for code, want := range map[string]error{
		"21211 21408 21612 21614 30003 30004 30005 30006 63003 63014 63015 63024": channels.ErrUnreachable,
		"21617 21655 21656 30007 30034 63013 63027 63028 63032 63033 63041":       channels.ErrRejected,
		"20003 20005 30002 63001 63007 63010 63012":                               channels.ErrStopped,
	} {
		for _, c := range strings.Fields(code) {
			var n int
			fmt.Sscan(c, &n)
			rows = append(rows, row{400, refusal(n), "", want})
		}
	}
	for _, code := range []int{14107, 20429, 21611, 30001, 63017, 63018} {
		rows = append(rows, row{400, refusal(code), "", throttled(0, fmt.Sprint(code))})
	}
	for _, tc := range rows {
		t.Run(fmt.Sprintf("%d %.40s", tc.status, tc.body), func(t *testing.T) {
			t.Parallel()
			requests := make(chan struct{}, 10)
			c := answering(t, func(w http.ResponseWriter, r *http.Request) {
				requests <- struct{}{}
				if tc.header != "" {
					w.Header().Set("Retry-After", tc.header)
				}
				if tc.status >= 300 && tc.status < 400 {
					w.Header().Set("Location", r.URL.Path)
				}
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			id, err := c.Send(t.Context(), outbound())
			switch {
			case tc.want == nil && (err != nil || id == ""):
				t.Errorf("Send = %q, %v, want an ID", id, err)
			case tc.want != nil && (!errors.Is(err, tc.want) || id != ""):
				t.Errorf("Send = %q, %v, want %v", id, err, tc.want)
			case err != nil && (strings.Contains(err.Error(), "27821234567") || strings.Contains(err.Error(), "ZEBRA")):
				t.Errorf("the error holds the address or the text: %v", err)
			}
			if n := len(requests); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// TestRecordedAnswers sends against the answers in testdata/rest.
func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]error{
		"create_message_201": nil, "error_20429_too_many_requests": throttled(0, "20429"), "error_21211_invalid_to": channels.ErrUnreachable,
	} {
		text, err := os.ReadFile("testdata/rest/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var recorded struct {
			Status   int
			Response json.RawMessage
		}
		if err := json.Unmarshal(text, &recorded); err != nil {
			t.Fatal(err)
		}
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(recorded.Status)
			_, _ = w.Write(recorded.Response)
		})
		id, err := c.Send(t.Context(), outbound())
		if !errors.Is(err, want) || (id == "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") != (want == nil) {
			t.Errorf("%s: Send = %q, %v, want %v", file, id, err, want)
		}
	}
}
