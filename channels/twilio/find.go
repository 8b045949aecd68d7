package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/settle-chat/settle/message"
)

const (
	pageSize = 100
	maxPages = 10

	// Twilio's clock isn't ours, and its times have whole seconds. Too much slack is harmless: what is ours is in known.
	slack = time.Minute
)

var (
	errManyPages = errors.New("more messages to this customer than are looked through")
	errNoDate    = errors.New("a message like it has no date that can be read")
)

// Find looks for m among the messages to its customer from our sender: the oldest one made since m.Since, with its text,
// that isn't known.
//
// The list isn't filtered by DateSent: a message that Twilio has only queued has none, and taking it for lost would send
// it twice. It isn't asked for through twilio-go's ListMessage either, which cuts ".123" out of any address it is given.
func (c *Channel) Find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	id, err := c.find(ctx, m, known)
	if err != nil {
		return "", fmt.Errorf("find %s on channel %q: %w", m.Key, c.name, err)
	}
	return id, nil
}

func (c *Channel) find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	shown, err := message.Render(m.Message, c.caps)
	if err != nil {
		return "", err
	}
	ctx, cancel := c.within(ctx)
	defer cancel()
	query := url.Values{"To": {recipient(m.To)}, "PageSize": {fmt.Sprint(pageSize)}}
	if c.config.From != "" {
		query.Set("From", c.config.From) // a service's sender is chosen by Twilio
	}
	var found message.ID
	var oldest time.Time
	for range maxPages {
		page, err := c.list(ctx, query)
		if err != nil {
			return "", err
		}
		more := false // the list is newest first: a page with nothing recent is the last that matters
		for _, sent := range page.Messages {
			at, err := time.Parse(time.RFC1123Z, value(sent.DateCreated))
			if err == nil && at.Before(m.Since.Add(-slack)) {
				continue
			}
			more = true
			id := message.ID(value(sent.Sid))
			if slices.Contains(known, id) || !c.same(sent, recipient(m.To), shown.Text) {
				continue
			}
			if err != nil {
				return "", errNoDate // it may be ours: "surely not there" would be wrong
			}
			if found == "" || at.Before(oldest) {
				found, oldest = id, at
			}
		}
		next, err := url.Parse(value(page.NextPageUri))
		if err != nil || next.RawQuery == "" || !more {
			return found, err
		}
		query = next.Query() // only the query: where the request goes isn't the answer's to say
	}
	return "", errManyPages
}

// list asks for one page.
func (c *Channel) list(ctx context.Context, query url.Values) (*api.ListMessageResponse, error) {
	call := c.newCall(ctx)
	where := DefaultBaseURL + "/2010-04-01/Accounts/" + c.config.AccountSID + "/Messages.json?" + query.Encode()
	resp, err := c.client(call).SendRequest(http.MethodGet, where, nil, nil)
	if err != nil {
		return nil, c.fault(call, err)
	}
	page := new(api.ListMessageResponse)
	if call.status != http.StatusOK || json.NewDecoder(resp.Body).Decode(page) != nil {
		return nil, c.fault(call, errors.New("the answer is no list of messages")) // a decoder's error may repeat a value
	}
	return page, nil
}

// same reports whether sent is a message of ours to this customer with this text.
func (c *Channel) same(sent api.ApiV2010Message, to, text string) bool {
	return messageSID.MatchString(value(sent.Sid)) &&
		strings.HasPrefix(value(sent.Direction), "outbound") &&
		value(sent.To) == to &&
		strings.TrimSpace(value(sent.Body)) == strings.TrimSpace(text) &&
		(c.config.From == "" || value(sent.From) == c.config.From) &&
		(c.config.MessagingService == "" || value(sent.MessagingServiceSid) == c.config.MessagingService)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
