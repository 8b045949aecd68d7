package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"

	"github.com/settle-chat/settle/channels"
)

// errThrottled marks a code in the table below that means "not now".
var errThrottled = errors.New("throttled")

// faults says what Twilio's error codes mean to us. A 4xx with another code is ErrRejected.
var faults = map[int]error{
	21610: channels.ErrOptedOut,

	63016: channels.ErrOutsideWindow,

	21211: channels.ErrUnreachable, // not a phone number
	21408: channels.ErrUnreachable, // region not enabled
	21612: channels.ErrUnreachable, // not reachable from this sender
	21614: channels.ErrUnreachable, // not a mobile number
	30003: channels.ErrUnreachable, // handset off
	30004: channels.ErrUnreachable, // blocked
	30005: channels.ErrUnreachable, // unknown number
	30006: channels.ErrUnreachable, // landline
	63003: channels.ErrUnreachable, // no such recipient
	63014: channels.ErrUnreachable, // blocked by the user
	63015: channels.ErrUnreachable, // has not joined the sandbox
	63024: channels.ErrUnreachable, // invalid recipient

	14107: errThrottled, // rate limit
	20429: errThrottled, // too many requests
	21611: errThrottled, // the sender's queue is full
	30001: errThrottled, // the same, as a message's own error
	63017: errThrottled, // WhatsApp's limit for the account
	63018: errThrottled, // WhatsApp's limit for the sender
	63038: errThrottled, // the account's limit for the day

	20003: channels.ErrStopped, // wrong credentials
	20005: channels.ErrStopped, // account not active
	30002: channels.ErrStopped, // account suspended
	63001: channels.ErrStopped, // the WhatsApp channel: its authentication,
	63007: channels.ErrStopped, // its sender,
	63010: channels.ErrStopped, // its internals,
	63012: channels.ErrStopped, // its provider

	30008: channels.ErrUnknown, // "unknown error", Twilio's own words
}

// waits are how long to leave a sender alone, where Twilio documents it.
var waits = map[int]time.Duration{63038: 24 * time.Hour}

// fault translates what went wrong in one call. Its errors hold Twilio's code and the HTTP status, never Twilio's message,
// which repeats the customer's number.
func (c *Channel) fault(call *call, err error) error {
	if call.unsent(err) {
		return fmt.Errorf("%w: no connection: %w", channels.Throttled{Code: "connect"}, cause(err))
	}
	if call.status == 0 {
		return fmt.Errorf("%w: no answer: %w", channels.ErrUnknown, cause(err))
	}
	code := 0
	if answer := (*client.TwilioRestError)(nil); errors.As(err, &answer) {
		code = answer.Code
	}
	switch status := call.status; {
	case status == http.StatusTooManyRequests:
		return c.say(errThrottled, call, code)
	case status == http.StatusRequestTimeout || status >= 500:
		return c.say(channels.ErrUnknown, call, code) // whatever the code: it may have got past the part that failed
	case faults[code] != nil:
		return c.say(faults[code], call, code)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return c.say(channels.ErrStopped, call, code)
	case status >= 400:
		return c.say(channels.ErrRejected, call, code)
	default: // a redirect, or an answer that we can't read
		return c.say(channels.ErrUnknown, call, code)
	}
}

func (c *Channel) say(kind error, call *call, code int) error {
	if kind == errThrottled {
		after := max(retryAfter(call.header, c.now()), waits[code])
		return fmt.Errorf("%w: HTTP status %d", channels.Throttled{After: after, Code: strconv.Itoa(code)}, call.status)
	}
	return fmt.Errorf("%w: HTTP status %d, Twilio error %d", kind, call.status, code)
}
