package twilio

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// The query of the status callback's URL, which is signed with it.
const (
	keyParam          = "k" // the effect's ID
	conversationParam = "c"
)

// optedOut is what Twilio says when the customer has left, also in a receipt: sends to such numbers fail after acceptance.
const optedOut = "21610"

var errorCode = regexp.MustCompile(`^[0-9]{1,6}$`)

// statuses translates Twilio's. Everything before sent has one rank: we care that it is on its way. A message that was
// delivered in part claims no more than that it was sent. Twilio calls a message of which every part failed undelivered.
var statuses = map[string]message.Status{
	"accepted":            message.Accepted,
	"scheduled":           message.Accepted,
	"queued":              message.Accepted,
	"sending":             message.Accepted,
	"sent":                message.Sent,
	"partially_delivered": message.Sent,
	"delivered":           message.Delivered,
	"read":                message.Read,
	"failed":              message.Failed,
	"undelivered":         message.Failed,
	"canceled":            message.Failed,
}

// status translates a status callback. They come twice and out of order: the receipt's ID is the same for the same news,
// and whoever keeps receipts goes by rank.
func status(form, query url.Values) (channels.Received, error) {
	sid := form.Get("MessageSid")
	if !messageSID.MatchString(sid) {
		return channels.Received{}, fmt.Errorf("%w: want a MessageSid", channels.ErrMalformed)
	}
	word := form.Get("MessageStatus")
	if word == "" {
		word = form.Get("SmsStatus")
	}
	switch word {
	case "received", "receiving":
		return channels.Received{}, fmt.Errorf("%w: a message from a customer, have Twilio call .../inbound", channels.ErrMalformed)
	case "":
		return channels.Received{}, fmt.Errorf("%w: want a MessageStatus", channels.ErrMalformed)
	}
	s, known := statuses[word]
	if !known {
		return channels.Received{}, nil // Twilio adds statuses; refusing one would only fill its error log
	}
	receipt := message.Receipt{
		ID:           "twilio/" + sid + "/" + string(s),
		Message:      message.ID(sid),
		Key:          query.Get(keyParam),
		Conversation: query.Get(conversationParam),
		Status:       s,
	}
	if code := form.Get("ErrorCode"); s == message.Failed && errorCode.MatchString(code) {
		receipt.Code = code
		receipt.OptedOut = code == optedOut
	}
	return channels.Received{Receipts: []message.Receipt{receipt}}, nil
}
