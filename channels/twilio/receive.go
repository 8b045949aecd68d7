package twilio

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"

	"github.com/settle-chat/settle/channels"
)

// messageSID is what Twilio calls a message: SM for a text, MM for one with media.
var messageSID = regexp.MustCompile(`^(SM|MM)[0-9a-fA-F]{32}$`)

// Receive translates a call to /channels/NAME/inbound or /channels/NAME/status, POST or GET.
func (c *Channel) Receive(r *http.Request, body []byte) (channels.Received, error) {
	form, err := c.verify(r, body)
	if err != nil {
		return channels.Received{}, fmt.Errorf("receive on channel %q: %w", c.name, err)
	}
	var got channels.Received
	switch r.URL.Path {
	case c.path("inbound"):
		got, err = inbound(form)
	case c.path("status"):
		got, err = status(form, r.URL.Query())
	default:
		err = fmt.Errorf("%w: want a path that ends in /inbound or /status", channels.ErrMalformed)
	}
	if err != nil {
		return channels.Received{}, fmt.Errorf("receive on channel %q: %w", c.name, err)
	}
	return got, nil
}

// verify returns the parameters that the signature vouches for. Nothing is read from them before it holds, and all of them
// take part: Twilio adds parameters without notice. What is wrong with a forgery is told to nobody.
func (c *Channel) verify(r *http.Request, body []byte) (url.Values, error) {
	given := r.Header.Values(signature)
	if len(given) != 1 || given[0] == "" {
		return nil, channels.ErrForged // of two, a proxy before us may have checked the other
	}
	target := c.publicURL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		target += "?" + r.URL.RawQuery
	}
	tokens := c.config.AuthTokens
	if r.Method == http.MethodGet {
		form, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || len(body) > 0 || !signed(tokens, target, nil, given[0]) {
			return nil, channels.ErrForged
		}
		return form, nil
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		if signedBody(tokens, target, body, given[0]) {
			return nil, fmt.Errorf("%w: its body is no form", channels.ErrMalformed)
		}
		return nil, channels.ErrForged
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !signed(tokens, target, form, given[0]) {
		return nil, channels.ErrForged
	}
	return form, nil
}
