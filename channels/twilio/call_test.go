package twilio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// TestOneRequest checks that a call can't be made to send twice, whatever twilio-go does: for another API version it does.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { requests++; w.WriteHeader(500) }))
	defer server.Close()
	c := newChannel(t, Config{BaseURL: server.URL})
	c.next = server.Client().Transport
	_, err := c.client(c.newCall(context.Background())).SendRequest("POST", DefaultBaseURL, nil, map[string]interface{}{"X-Twilio-ApiVersion": "v1.0"})
	if !errors.Is(err, errSecondRequest) || requests != 1 {
		t.Errorf("%d requests, then %v, want 1 and %v", requests, err, errSecondRequest)
	}
}

// TestNotBegun checks that a send whose context had ended is known not to have happened.
func TestNotBegun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newChannel(t, Config{})
	c.next = answer{}
	_, err := c.Send(ctx, message.Outbound{Key: "effect1", To: "sms:+27821234567", Message: message.Message{Text: "hi"}, Validity: time.Minute})
	if !errors.As(err, new(channels.Throttled)) || !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v, want Throttled, cancelled", err)
	}
}

// answer is a transport that gives always the same.
type answer struct{ body io.ReadCloser }

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusBadRequest, Body: a.body}, nil
}

type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

// TestClosesAnswers checks that the answer's connection is given back, also where twilio-go wouldn't.
func TestClosesAnswers(t *testing.T) {
	t.Parallel()
	closed := 0
	c := newChannel(t, Config{})
	c.next = answer{closing{strings.NewReader(`{"code":21211}`), &closed}}
	_, err := c.Send(t.Context(), message.Outbound{Key: "effect1", To: "sms:+27821234567", Message: message.Message{Text: "hi"}, Validity: time.Minute})
	if !errors.Is(err, channels.ErrUnreachable) || closed != 1 {
		t.Errorf("Send = %v, and the answer was closed %d times, want ErrUnreachable and once", err, closed)
	}
}
