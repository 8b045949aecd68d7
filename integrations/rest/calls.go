package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/outbound"
)

// Find answers a lookup. It changes nothing, so that whatever may pass by itself is Retry.
func (s *system) Find(ctx context.Context, r integrations.Request) (integrations.Values, error) {
	o, in, err := s.prepare("lookup", r.Operation, r.In)
	if err != nil {
		return nil, err
	}
	where, body, err := o.build(s, in)
	if err != nil {
		return nil, integrations.Permanent{Cause: s.say(r.Operation, err.Error())}
	}
	g := s.call(ctx, o.method, where, body, "")
	if err := s.asked(r.Operation, g, o); err != nil {
		return nil, err
	}
	if !o.answer.needed() {
		return integrations.Values{}, nil
	}
	doc, err := g.document()
	if err != nil {
		if g.broken != nil && !errors.Is(g.broken, outbound.ErrTooLarge) {
			return nil, integrations.Retry{Cause: s.say(r.Operation, err.Error())}
		}
		return nil, integrations.Permanent{Cause: s.say(r.Operation, err.Error())}
	}
	receipt, err := o.answer.read(doc, s.code)
	if err != nil {
		return nil, integrations.Permanent{Cause: s.say(r.Operation, err.Error())}
	}
	return receipt.Out, nil
}

// asked judges the answer to a question: a lookup's, or Made's, where o is nil and only 200 is an answer.
func (s *system) asked(operation string, g got, o *operation) error {
	if g.err != nil {
		cause := s.say(operation, describe(g.err))
		if errors.Is(g.err, outbound.ErrRefused) {
			return integrations.Permanent{Cause: cause}
		}
		return integrations.Retry{Cause: cause}
	}
	cause := s.say(operation, fmt.Sprintf("status %d", g.status))
	ok, retry := []int{http.StatusOK}, []int{http.StatusTooManyRequests}
	if o != nil {
		ok, retry = o.ok, o.retry
		if why, listed := o.denied[g.status]; listed {
			return why.declined(g.body)
		}
	}
	switch {
	case slices.Contains(ok, g.status):
		return nil
	case slices.Contains(retry, g.status), g.status >= 500, g.status == http.StatusRequestTimeout:
		return integrations.Retry{After: retryAfter(g.header, s.now()), Cause: cause}
	case g.status == http.StatusUnauthorized && s.auth.refused():
		return integrations.Retry{Cause: cause} // the token may have been withdrawn early: the next try has a new one
	}
	return integrations.Permanent{Cause: cause}
}

// Apply makes a change with one request.
func (s *system) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	none := integrations.Receipt{}
	permanent := func(what string) (integrations.Receipt, error) {
		return none, integrations.Permanent{Cause: s.say(c.Operation, what)}
	}
	o, in, err := s.prepare("writeback", c.Operation, c.In)
	if err != nil {
		return none, err
	}
	key, err := o.identify(c, in)
	if err != nil {
		return permanent(err.Error())
	}
	where, body, err := o.build(s, in)
	if err != nil {
		return permanent(err.Error())
	}
	g := s.call(ctx, o.method, where, body, key)
	switch {
	case g.err != nil && errors.Is(g.err, outbound.ErrRefused):
		return permanent(describe(g.err))
	case g.err != nil && !g.sent:
		return none, integrations.Retry{Cause: s.say(c.Operation, describe(g.err))}
	case g.err != nil:
		return none, integrations.Unknown{Cause: s.say(c.Operation, describe(g.err))}
	}
	if !slices.Contains(o.ok, g.status) {
		return none, s.notDone(c.Operation, g, o)
	}
	if !o.answer.needed() {
		return none, nil
	}
	// The system has said that it is done. What can't be read of its answer doesn't undo that.
	doc, err := g.document()
	if err != nil {
		return none, integrations.Unknown{Cause: s.say(c.Operation, err.Error())}
	}
	receipt, err := o.answer.read(doc, s.code)
	if err != nil {
		return none, integrations.Unknown{Cause: s.say(c.Operation, err.Error())}
	}
	return receipt, nil
}

// notDone judges a writeback's status that isn't one of its ok.
func (s *system) notDone(operation string, g got, o *operation) error {
	cause := s.say(operation, fmt.Sprintf("status %d", g.status))
	why, declined := o.denied[g.status]
	switch {
	case declined:
		return why.declined(g.body)
	case slices.Contains(o.retry, g.status):
		return integrations.Retry{After: retryAfter(g.header, s.now()), Cause: cause}
	case g.status == http.StatusUnauthorized && s.auth.refused():
		return integrations.Retry{Cause: cause}
	case g.status == http.StatusRequestTimeout, g.status == http.StatusConflict && o.keyed:
		// 408 may come from a proxy behind which the request lives on; and 409 is what systems with idempotency keys answer
		// while the first request with this key is under way. "Never will" would be wrong of both.
		return integrations.Unknown{Cause: cause}
	case g.status >= 400 && g.status < 500:
		return integrations.Permanent{Cause: cause}
	}
	return integrations.Unknown{Cause: cause}
}

// Made asks whether a change was made. Its error is Retry or Permanent: asking changes nothing; or ErrCannotSay.
func (s *system) Made(ctx context.Context, c integrations.Change) (*integrations.Receipt, error) {
	o, in, err := s.prepare("writeback", c.Operation, c.In)
	if err != nil {
		return nil, err
	}
	if o.read == nil {
		return nil, fmt.Errorf("%s: %w: configure read", s.say(c.Operation, "made"), integrations.ErrCannotSay)
	}
	permanent := func(err error) (*integrations.Receipt, error) {
		return nil, integrations.Permanent{Cause: s.say(c.Operation, "read: "+err.Error())}
	}
	_, err = o.identify(c, in)
	if err != nil {
		return permanent(err)
	}
	where, err := o.read.target.build(s.base, in)
	if err != nil {
		return permanent(err)
	}
	g := s.call(ctx, http.MethodGet, where, nil, "")
	if g.err == nil && g.status == http.StatusNotFound {
		return nil, nil
	}
	if err := s.asked(c.Operation, g, nil); err != nil {
		return nil, err
	}
	if o.read.made == nil && !o.read.answer.needed() {
		return new(integrations.Receipt), nil
	}
	doc, err := g.document()
	if err != nil {
		if g.broken != nil && !errors.Is(g.broken, outbound.ErrTooLarge) {
			return nil, integrations.Retry{Cause: s.say(c.Operation, "read: "+err.Error())}
		}
		return permanent(err)
	}
	if o.read.made != nil {
		if value, ok := o.read.made.in(doc); !ok || value == false {
			return nil, nil
		}
	}
	receipt, err := o.read.answer.read(doc, s.code)
	if err != nil {
		return permanent(err)
	}
	return &receipt, nil
}

// build makes the URL and the body. Its errors name inputs, never values.
func (o *operation) build(s *system, in integrations.Values) (where string, body []byte, err error) {
	if where, err = o.target.build(s.base, in); err != nil {
		return "", nil, err
	}
	if o.body != nil {
		body, err = o.body.build(in, o.types)
	}
	return where, body, err
}

// identify adds the change's own names to its values, and checks that its key can be a header.
func (o *operation) identify(c integrations.Change, in integrations.Values) (key string, err error) {
	if c.Key == "" || len(c.Key) > 255 {
		return "", fmt.Errorf("a key has 1 to 255 bytes, this one %d", len(c.Key))
	}
	for _, b := range []byte(c.Key) {
		if b <= ' ' || b > '~' {
			return "", errors.New("a key is printable ASCII without spaces")
		}
	}
	in[keyName], in[caseName] = c.Key, c.Case
	if o.keyed {
		key = c.Key
	}
	return key, nil
}
