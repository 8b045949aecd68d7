package twilio

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	twilio "github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// maxValidity is the longest that Twilio keeps a message, and its default.
const maxValidity = 36000 * time.Second

// Send makes one request and never a second. The effect's ID and the conversation ride in the status callback's URL, which
// Twilio signs: it has no idempotency key, so a receipt is how an unknown send is recognised.
func (c *Channel) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	params, err := c.params(m)
	if err != nil {
		return "", fmt.Errorf("send %s on channel %q: %w", m.Key, c.name, err)
	}
	id, err := c.create(ctx, params)
	if err != nil {
		return "", fmt.Errorf("send %s on channel %q: %w", m.Key, c.name, err)
	}
	return id, nil
}

// create makes the request and judges the answer.
func (c *Channel) create(ctx context.Context, params *api.CreateMessageParams) (message.ID, error) {
	ctx, cancel := c.within(ctx)
	defer cancel()
	call := c.newCall(ctx)
	answer, err := api.NewApiService(twilio.NewRequestHandler(c.client(call))).CreateMessage(params)
	switch {
	case err != nil:
		return "", c.fault(call, err)
	case !messageSID.MatchString(value(answer.Sid)):
		return "", c.say(channels.ErrUnknown, call, 0)
	case statuses[value(answer.Status)] == message.Failed:
		// A message that failed at once gets no callback, since Twilio calls back only with later statuses: left as
		// accepted, it would wait for ever.
		code := 0
		if answer.ErrorCode != nil {
			code = *answer.ErrorCode
		}
		return "", c.say(cmp.Or(faults[code], channels.ErrRejected), call, code)
	}
	return message.ID(*answer.Sid), nil
}

// params are m as Twilio wants it.
func (c *Channel) params(m message.Outbound) (*api.CreateMessageParams, error) {
	if m.To.Channel() != c.caps.Channel {
		return nil, fmt.Errorf("%w: an address of kind %q on a sender for %s", channels.ErrUnreachable, m.To.Kind(), c.caps.Channel)
	}
	// Without a validity Twilio would deliver up to ten hours later, outside permitted hours or after STOP.
	if m.Validity < time.Second {
		return nil, fmt.Errorf("%w: a validity of %s, want a second or more", channels.ErrRejected, m.Validity)
	}
	shown, err := message.Render(m.Message, c.caps)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", channels.ErrRejected, err)
	}
	if shown.Text == "" {
		return nil, fmt.Errorf("%w: it has no text", channels.ErrRejected)
	}
	params := new(api.CreateMessageParams)
	params.SetTo(recipient(m.To))
	params.SetBody(shown.Text)
	params.SetValidityPeriod(int(min(m.Validity, maxValidity) / time.Second))
	params.SetStatusCallback(c.publicURL + c.path("status") + "?" + url.Values{keyParam: {m.Key}, conversationParam: {m.Conversation}}.Encode())
	if c.config.From != "" {
		params.SetFrom(c.config.From)
	} else {
		params.SetMessagingServiceSid(c.config.MessagingService)
	}
	return params, nil
}

// recipient writes an address as Twilio does.
func recipient(a message.Address) string {
	if a.Channel() == "whatsapp" {
		return whatsapp + a.Value()
	}
	return a.Value()
}
