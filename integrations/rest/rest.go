package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/outbound"
)

type system struct {
	name       string
	base       *url.URL
	client     *http.Client
	auth       signer
	operations map[string]*operation
	timeout    time.Duration
	now        func() time.Time
	code       string
}

var (
	_ integrations.System   = (*system)(nil)
	_ integrations.Reader   = (*system)(nil)
	_ integrations.Repeater = (*system)(nil)
	_ io.Closer             = (*system)(nil)
)

// Close frees idle connections.
func (s *system) Close() error {
	s.client.CloseIdleConnections()
	s.auth.close()
	return nil
}

// Repeatable: only what carries its key may be sent again after Unknown.
func (s *system) Repeatable(operation string) bool {
	o := s.operations[operation]
	return o != nil && (o.keyed || o.kind == "lookup")
}

// prepare checks a call against its declaration, before anything is sent, and gives its values in canonical text.
func (s *system) prepare(kind, name string, in integrations.Values) (*operation, integrations.Values, error) {
	refuse := func(format string, args ...any) (*operation, integrations.Values, error) {
		return nil, nil, integrations.Permanent{Cause: s.say(name, fmt.Sprintf(format, args...))}
	}
	o := s.operations[name]
	if o == nil {
		return refuse("settle.yaml declares no such operation: %s", integrations.DidYouMean(name, slices.Collect(maps.Keys(s.operations))))
	}
	if o.kind != kind {
		return refuse("it is a %s, not a %s", o.kind, kind)
	}
	clean := integrations.Values{}
	for _, input := range slices.Sorted(maps.Keys(in)) {
		typ, ok := o.types[input]
		if !ok || input == keyName || input == caseName {
			return refuse("it takes no input %q: %s", input, integrations.DidYouMean(input, slices.Collect(maps.Keys(o.types))))
		}
		value, err := integrations.Canonical(typ, in[input], s.code)
		if err != nil {
			return refuse("input %q: %v", input, err)
		}
		clean[input] = value
	}
	return o, clean, nil
}

func (s *system) say(operation, what string) string {
	return fmt.Sprintf("system %s, operation %s: %s", s.name, operation, what)
}

// got is what came back of a call, and how far it went.
type got struct {
	status int
	header http.Header
	body   []byte
	broken error // the body ended early or was too large; status and header are good
	err    error // there is no answer
	sent   bool  // a connection was open, so the request may have arrived
}

// call sends one request, once.
func (s *system) call(ctx context.Context, method, where string, body []byte, key string) got {
	var opened atomic.Bool
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, where, bytes.NewReader(body))
	if err != nil {
		return got{err: errors.New("the request can't be made")} // its own words hold the URL
	}
	if body == nil {
		r.Body, r.GetBody, r.ContentLength = http.NoBody, nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "settle")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if err := s.auth.sign(ctx, r); err != nil {
		return got{err: err}
	}
	// Only our own request is traced: fetching a token opens connections too, and those change nothing.
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { opened.Store(true) }}))
	answer, err := s.client.Do(r)
	if err != nil {
		return got{err: err, sent: opened.Load()}
	}
	defer answer.Body.Close()
	g := got{status: answer.StatusCode, header: answer.Header, sent: true}
	g.body, g.broken = io.ReadAll(answer.Body)
	return g
}

// document is the answer's JSON.
func (g got) document() (any, error) {
	if g.broken != nil {
		return nil, errors.New(describe(g.broken))
	}
	return parse(g.body)
}

// describe says what went wrong in our own words: the standard library's hold the URL, and that holds the account.
func describe(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var network net.Error
	var token noToken
	switch {
	case errors.Is(err, outbound.ErrRefused):
		return refusal(err)
	case errors.Is(err, outbound.ErrTooLarge):
		return outbound.ErrTooLarge.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "the host's name has no address"
	case errors.As(err, &certificate), errors.As(err, &authority):
		return "the host's certificate is not valid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended early"
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.As(err, &token):
		return token.Error()
	}
	return "the call failed"
}

// refusal is the guard's own sentence, without the URL around it.
func refusal(err error) string {
	text := err.Error()
	if i := strings.Index(text, outbound.ErrRefused.Error()); i >= 0 {
		return text[i:]
	}
	return outbound.ErrRefused.Error()
}
