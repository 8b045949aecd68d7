package channelstest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// loop is the least channel that keeps the contract, with its provider in memory. Each fault of it breaks one promise.
type loop struct {
	fault fault

	mu       sync.Mutex
	taken    []Taken
	sent     []message.Outbound
	requests int
	trouble  Trouble
	arrived  chan struct{}
	said     int
}

type fault string

const (
	none              fault = "no fault"
	swallowsErrors    fault = "swallows errors"
	sendsTwice        fault = "sends twice"
	retriesUnknown    fault = "retries what may have been sent"
	unknownIsBusy     fault = "calls what may have been sent throttled"
	twoNames          fault = "gives an error two names"
	noName            fault = "gives an error no name"
	wrongName         fault = "calls opted out unreachable"
	ignoresContext    fault = "sends although its context has ended"
	outlivesContext   fault = "calls a send cut off by its context throttled"
	leaksAddress      fault = "puts the address into an error"
	leaksText         fault = "puts the text into an error"
	noID              fault = "gives no ID"
	sameID            fault = "gives every message one ID"
	changesText       fault = "changes the text"
	dropsChoices      fault = "sends no choices"
	growsCapabilities fault = "changes its capabilities"
	wrongChannel      fault = "says it is another channel"
	longValidity      fault = "rounds the validity up"
	reorders          fault = "sends in another order"

	ignoresSignature   fault = "ignores the signature"
	anySignature       fault = "believes any of several signatures"
	lastSignature      fault = "believes the last of several signatures"
	twinSignature      fault = "believes the same signature twice"
	prefixSignature    fault = "compares a part of the signature"
	emptySignature     fault = "believes an empty signature"
	signsPathOnly      fault = "leaves the query out of the signature"
	believesHost       fault = "believes the Host header"
	believesForwarded  fault = "believes X-Forwarded-Host"
	signsNoBody        fault = "leaves the body out of the signature"
	forgedIsMalformed  fault = "calls a forgery malformed"
	returnsForged      fault = "returns what a forgery says"
	losesKey           fault = "loses the key"
	losesConversation  fault = "loses the conversation"
	oneKey             fault = "mixes up keys"
	readIsDelivered    fault = "takes read for delivered"
	sameReceiptID      fault = "gives all receipts of a message one ID"
	freshReceiptID     fault = "gives the same receipt a new ID each time"
	freshInboundID     fault = "gives the same message a new ID each time"
	idByText           fault = "makes a message's ID from its text"
	idWithoutSource    fault = "leaves its source out of IDs"
	losesChoice        fault = "loses the tapped choice"
	losesMedia         fault = "loses media"
	losesOptout        fault = "loses that the provider has answered STOP"
	neverClips         fault = "never clips"
	clipsBytes         fault = "clips bytes"
	noSender           fault = "leaves out the bank's sender"
	changesBody        fault = "changes the body it is given"
	findsNothing       fault = "never finds a send"
	findsKnown         fault = "finds what is known"
	findsOtherText     fault = "finds another text"
	findsOld           fault = "finds what is older"
	breaksOnRetryAfter fault = "swallows one error only"
)

const (
	loopURL  = "https://bot.example"
	loopSign = "X-Loop-Signature"
)

func newLoop(f fault) *loop { return &loop{fault: f, arrived: make(chan struct{}, 10)} }

func (l *loop) Channel() channels.Channel { return (*loopChannel)(l) }
func (l *loop) Customer() message.Address { return "sms:+27821234567" }
func (l *loop) Source() string            { return "loop" }
func (l *loop) SignatureHeader() string   { return loopSign }

func (l *loop) Taken() []Taken {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Taken(nil), l.taken...)
}

func (l *loop) Requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

func (l *loop) Trouble(what Trouble) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = what
	return true
}

func (l *loop) Arrived(ctx context.Context) error {
	select {
	case <-l.arrived:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loopEvent is the body of a call.
type loopEvent struct {
	ID, From, To, Text, Choice, Optout string
	Media                              []message.Media
	Message, Status                    string
}

func (l *loop) Say(in message.Inbound, by Signer) (Call, bool) {
	l.mu.Lock()
	l.said++
	id := fmt.Sprint("in", l.said)
	l.mu.Unlock()
	return l.call("/in", loopEvent{ID: id, From: string(in.From), To: "bank", Text: in.Text, Choice: in.Choice, Optout: in.Optout, Media: in.Media}, by)
}

func (l *loop) News(of Taken, s message.Status, by Signer) (Call, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, t := range l.taken {
		if t.ID == of.ID {
			return l.call("/news?k="+l.sent[i].Key+"&c="+l.sent[i].Conversation, loopEvent{Message: string(of.ID), Status: string(s)}, by)
		}
	}
	return Call{}, false
}

func (l *loop) call(target string, e loopEvent, by Signer) (Call, bool) {
	body, err := json.Marshal(e)
	if err != nil {
		return Call{}, false
	}
	secret, base := "secret", loopURL
	switch by {
	case Stranger:
		secret = "other"
	case Elsewhere:
		base = "https://elsewhere.example"
	}
	header := http.Header{}
	header.Set(loopSign, loopMAC(secret, base+target, string(body)))
	return Call{Method: http.MethodPost, Target: target, Header: header, Body: body}, true
}

func loopMAC(secret, target, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(target + "\n" + body))
	return hex.EncodeToString(mac.Sum(nil))
}

// loopChannel is the channel's side of a loop.
type loopChannel loop

func (c *loopChannel) Capabilities() message.Capabilities {
	out := message.Capabilities{Channel: "sms", Text: 500}
	if c.fault == growsCapabilities {
		out.Text += (*loop)(c).Requests()
	}
	if c.fault == wrongChannel {
		out.Channel = "whatsapp"
	}
	return out
}

var loopErrors = map[Trouble]error{
	OptedOut: channels.ErrOptedOut, OutsideWindow: channels.ErrOutsideWindow, Unreachable: channels.ErrUnreachable,
	Refused: channels.ErrRejected, Stopped: channels.ErrStopped, Busy: channels.Throttled{Code: "busy"}, Away: channels.Throttled{Code: "away"},
}

func (c *loopChannel) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	if ctx.Err() != nil && c.fault != ignoresContext {
		return "", channels.Throttled{Code: "context"}
	}
	c.mu.Lock()
	what := c.trouble
	c.trouble = ""
	c.mu.Unlock()
	id, err := c.attempt(ctx, m, what)
	switch {
	case c.fault == sendsTwice, c.fault == retriesUnknown && errors.Is(err, channels.ErrUnknown):
		id, err = c.attempt(ctx, m, "")
	case err != nil && c.fault == swallowsErrors, what == Busy && c.fault == breaksOnRetryAfter:
		return "made-up", nil
	case errors.Is(err, channels.ErrUnknown) && c.fault == unknownIsBusy:
		return "", channels.Throttled{Code: "5xx"}
	case err != nil && c.fault == twoNames:
		return "", fmt.Errorf("%w: %w: %w", err, channels.ErrRejected, channels.ErrUnknown)
	case err != nil && c.fault == noName:
		return "", errors.New("something went wrong")
	case what == OptedOut && c.fault == wrongName:
		return "", channels.ErrUnreachable
	case what == Silent && c.fault == outlivesContext:
		return "", channels.Throttled{Code: "context"}
	case err != nil && c.fault == leaksAddress:
		return "", fmt.Errorf("%w: to %s", err, m.To.Value())
	case err != nil && c.fault == leaksText:
		return "", fmt.Errorf("%w: saying %s", err, m.Message.Text)
	case c.fault == noID:
		id = ""
	}
	return id, err
}

func (c *loopChannel) attempt(ctx context.Context, m message.Outbound, what Trouble) (message.ID, error) {
	if what != Away {
		c.mu.Lock()
		c.requests++
		c.mu.Unlock()
	}
	switch what {
	case HangUp:
		return "", channels.ErrUnknown
	case Silent:
		c.arrived <- struct{}{}
		<-ctx.Done()
		return "", channels.ErrUnknown
	}
	if err := loopErrors[what]; err != nil {
		return "", err
	}
	id := c.store(m)
	if what != "" {
		return "", channels.ErrUnknown
	}
	return id, nil
}

func (c *loopChannel) store(m message.Outbound) message.ID {
	shown, err := message.Render(m.Message, message.Capabilities{Channel: "sms", Text: 500})
	if err != nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Taken{ID: message.ID(fmt.Sprint("out", len(c.taken))), To: m.To, Text: shown.Text, Validity: m.Validity.Truncate(time.Second)}
	switch c.fault {
	case sameID:
		t.ID = "out"
	case changesText:
		t.Text = strings.ToUpper(t.Text)
	case dropsChoices:
		t.Text = m.Message.Text
	case longValidity:
		t.Validity += time.Second
	case reorders:
		c.taken, c.sent = append([]Taken{t}, c.taken...), append([]message.Outbound{m}, c.sent...)
		return t.ID
	}
	c.taken, c.sent = append(c.taken, t), append(c.sent, m)
	return t.ID
}

func (c *loopChannel) Find(_ context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, t := range c.taken {
		isKnown := len(known) > 0 && known[0] == t.ID && c.fault != findsKnown
		old := c.sent[i].Since.Before(m.Since.Add(-time.Minute)) && c.fault != findsOld
		if !isKnown && !old && (t.Text == m.Message.Text || c.fault == findsOtherText) && c.fault != findsNothing {
			return t.ID, nil
		}
	}
	return "", nil
}
