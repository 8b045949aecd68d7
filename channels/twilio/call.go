package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
)

// maxAnswer is how much of an answer is read. A page of a hundred messages has about 100 KB.
const maxAnswer = 4 << 20

var errSecondRequest = errors.New("twilio-go asked for a second request")

// call is one request through twilio-go, as its HTTP transport: the library takes no context, can't be pointed at another
// host, and forgets the HTTP status of an answer that it can't read. A call is used once and by one goroutine.
type call struct {
	ctx  context.Context // of this request only, hence in a struct
	base *url.URL
	next http.RoundTripper

	used    bool // it was handed to next
	traced  bool // next reports its connections, so that connected means something
	connect bool // a connection was got: from here on bytes may have left
	status  int  // zero where no answer came
	header  http.Header
}

func (c *Channel) newCall(ctx context.Context) *call {
	return &call{ctx: ctx, base: c.base, next: c.next}
}

// client is twilio-go's, for this call.
func (c *Channel) client(call *call) *client.Client {
	made := &client.Client{
		Credentials: client.NewCredentials(c.config.AccountSID, c.config.AuthTokens[0]),
		HTTPClient:  &http.Client{Transport: call},
	}
	made.SetAccountSid(c.config.AccountSID)
	return made
}

// RoundTrip does what http.RoundTripper promises, once: neither a redirect nor twilio-go's own second try can send a message
// twice. It reads the whole answer: twilio-go leaves the body of an error
// open, which would keep its connection for good.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.used {
		return nil, errSecondRequest
	}
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	c.used = true
	req = req.Clone(httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.traced = true },
		GotConn: func(httptrace.GotConnInfo) { c.connect = true },
	}))
	req.URL.Scheme, req.URL.Host, req.Host = c.base.Scheme, c.base.Host, c.base.Host
	req.URL.Path = strings.TrimRight(c.base.Path, "/") + req.URL.Path
	req.URL.RawPath = ""
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	c.status, c.header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// unsent reports whether err surely came before any byte of the request left: no connection was ever got. A transport that
// doesn't say so is believed only where the error itself says that dialling failed.
func (c *call) unsent(err error) bool {
	if !c.used {
		return true
	}
	if c.status != 0 || c.connect {
		return false
	}
	if c.traced {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// cause is err without the URL that net/http puts into it: a lookup's names the customer.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// within gives a request without a deadline the channel's own.
func (c *Channel) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}

// retryAfter reads the header of that name: seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour) // what a proxy made up mustn't park a message for longer
}
