package channelstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

func (c *loopChannel) Receive(r *http.Request, body []byte) (channels.Received, error) {
	honest := c.honest(r, string(body))
	if c.fault == changesBody && len(body) > 0 {
		body[0] = ' '
		return channels.Received{}, channels.ErrForged
	}
	if !honest && c.fault == forgedIsMalformed {
		return channels.Received{}, channels.ErrMalformed
	}
	if !honest && c.fault != returnsForged {
		return channels.Received{}, channels.ErrForged
	}
	var e loopEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return channels.Received{}, channels.ErrMalformed
	}
	got := c.translate(r, e)
	if !honest {
		return got, channels.ErrForged
	}
	return got, nil
}

func (c *loopChannel) honest(r *http.Request, body string) bool {
	base := loopURL
	switch {
	case c.fault == believesHost && r.Host != "" && r.Host != "example.com": // what httptest fills in
		base = "https://" + r.Host
	case c.fault == believesForwarded && r.Header.Get("X-Forwarded-Host") != "":
		base = "https://" + r.Header.Get("X-Forwarded-Host")
	}
	target := base + r.URL.RequestURI()
	if c.fault == signsPathOnly && r.URL.Query().Get("k") == "other" {
		return true
	}
	if c.fault == signsNoBody && len(r.Header.Values(loopSign)) == 1 && r.Header.Get(loopSign) != "" {
		return true
	}
	want := loopMAC("secret", target, body)
	given := r.Header.Values(loopSign)
	switch {
	case c.fault == ignoresSignature:
		return true
	case len(given) == 0:
		return false
	case c.fault == anySignature:
		return given[0] == want || given[len(given)-1] == want
	case c.fault == lastSignature:
		return given[len(given)-1] == want
	case c.fault == twinSignature:
		return given[0] == want && given[len(given)-1] == want
	case c.fault == emptySignature && given[0] == "":
		return true
	case c.fault == prefixSignature && len(given) == 1 && len(given[0]) > 0:
		n := min(len(given[0]), len(want), 60)
		return given[0][:n] == want[:n]
	}
	return len(given) == 1 && given[0] == want
}

func (c *loopChannel) translate(r *http.Request, e loopEvent) channels.Received {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := func() string { c.said++; return fmt.Sprint("fresh", c.said) }
	if e.Status != "" {
		receipt := message.Receipt{
			ID: "loop/" + e.Message + "/" + e.Status, Message: message.ID(e.Message), Status: message.Status(e.Status),
			Key: r.URL.Query().Get("k"), Conversation: r.URL.Query().Get("c"),
		}
		switch c.fault {
		case losesKey:
			receipt.Key = ""
		case losesConversation:
			receipt.Conversation = ""
		case oneKey:
			receipt.Key = c.sent[0].Key
		case readIsDelivered:
			if receipt.Status == message.Read {
				receipt.Status = message.Delivered
			}
		case sameReceiptID:
			receipt.ID = "loop/" + e.Message
		case freshReceiptID:
			receipt.ID = "loop/" + fresh()
		}
		return channels.Received{Receipts: []message.Receipt{receipt}}
	}
	in := message.Inbound{
		ID: "loop/" + e.ID, From: message.Address(e.From), To: e.To, Text: e.Text, Choice: e.Choice, Media: e.Media, Optout: e.Optout,
	}
	if utf8.RuneCountInString(in.Text) > message.MaxInbound {
		in.Text, in.Clipped = string([]rune(in.Text)[:message.MaxInbound]), true
	}
	switch c.fault {
	case freshInboundID:
		in.ID = "loop/" + fresh()
	case idByText:
		in.ID = "loop/" + e.Text
	case idWithoutSource:
		in.ID = e.ID
	case losesChoice:
		in.Choice = ""
	case losesMedia:
		in.Media = nil
	case losesOptout:
		in.Optout = ""
	case neverClips:
		in.Text, in.Clipped = e.Text, false
	case clipsBytes:
		in.Text = e.Text[:min(len(e.Text), message.MaxInbound)]
	case noSender:
		in.To = ""
	}
	return channels.Received{Inbound: []message.Inbound{in}}
}
