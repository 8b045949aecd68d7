package twiliotest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Twilio's scheme
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// Sign is X-Twilio-Signature for a POST of form to target, or for a GET of target where form is nil. It is written apart
// from the channel's own check, so that the two check each other.
func Sign(token, target string, form url.Values) string {
	keys := make([]string, 0, len(form))
	for key := range form {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, target) // a hash never fails
	for _, key := range keys {
		values := append([]string(nil), form[key]...)
		sort.Strings(values)
		for i, value := range values {
			if i == 0 || value != values[i-1] {
				_, _ = io.WriteString(mac, key+value)
			}
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Param is a parameter besides the usual ones, or instead of one.
type Param struct{ Key, Value string }

// Inbound is the form in which Twilio reports a message from a customer, with a new MessageSid. From and to are written as
// Twilio does: +27821234567, whatsapp:+27821234567, or whatsapp:ZA.123 for a customer who hides the number.
func Inbound(from, to, body string, more ...Param) url.Values {
	sid := NewSID("SM")
	form := url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid},
		"AccountSid": {AccountSID}, "ApiVersion": {"2010-04-01"},
		"From": {from}, "To": {to}, "Body": {body},
		"NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
	}
	if account, ok := strings.CutPrefix(from, "whatsapp:"); ok {
		form.Set("MessageType", "text")
		form.Set("ProfileName", "Thandi")
		form.Set("ReferralNumMedia", "0")
		metadata := `{"type":"whatsapp","data":{"context":{"ProfileName":"Thandi"`
		if phone, ok := strings.CutPrefix(account, "+"); ok {
			form.Set("WaId", phone)
			metadata += `,"WaId":"` + phone + `"`
		}
		form.Set("ChannelMetadata", metadata+"}}}")
	} else {
		for _, key := range []string{"FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToZip", "ToCountry"} {
			form.Set(key, "") // often empty at Twilio too, and signed all the same
		}
	}
	for _, p := range more {
		form.Set(p.Key, p.Value)
	}
	return form
}

// Tap is what comes along when a quick-reply button is tapped.
func Tap(payload, text string) []Param {
	return []Param{{"ButtonPayload", payload}, {"ButtonText", text}, {"MessageType", "interactive"}}
}

// NewSID is a fresh name as Twilio makes them: prefix and 32 hexadecimal digits.
func NewSID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return prefix + hex.EncodeToString(b[:])
}

// Webhook is one call that Twilio makes.
type Webhook struct {
	URL   string // as configured at Twilio: what is signed
	Form  url.Values
	Token string
}

// Request is the call, on its way to base: scheme and host of where the service really listens, behind its public URL.
// An empty base is the public URL's own. The request can also be given to a handler.
func (w Webhook) Request(ctx context.Context, base string) (*http.Request, error) {
	target, err := url.Parse(w.URL)
	if err != nil {
		return nil, fmt.Errorf("make webhook: %w", err)
	}
	if base != "" {
		real, err := url.Parse(base)
		if err != nil {
			return nil, fmt.Errorf("make webhook: %w", err)
		}
		target.Scheme, target.Host = real.Scheme, real.Host
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(w.Form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("make webhook: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("User-Agent", "TwilioProxy/1.1")
	r.Header.Set("X-Twilio-Signature", Sign(w.Token, w.URL, w.Form))
	return r, nil
}

// Post makes the call and returns the answer's status and body.
func (w Webhook) Post(ctx context.Context, client *http.Client, base string) (int, []byte, error) {
	r, err := w.Request(ctx, base)
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("post webhook: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, fmt.Errorf("post webhook: read answer: %w", err)
	}
	return resp.StatusCode, body, nil
}
