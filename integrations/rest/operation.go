package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/settle-chat/settle/integrations"
)

// operation is one operation, checked.
type operation struct {
	kind   string
	types  map[string]string // of inputs, the built-in ones too
	method string
	target target
	body   *body
	keyed  bool // the request carries Idempotency-Key
	answer answer
	ok     []int
	denied map[int]reason
	retry  []int
	read   *reading
}

type reading struct {
	target target
	made   path // nil: a 200 is enough
	answer answer
}

// reason is where a declined answer's reason stands, or the reason itself.
type reason struct {
	path  path
	fixed string
}

func compile(o integrations.Operation) (*operation, error) {
	opts, err := decode(o.Options)
	if err != nil {
		return nil, err
	}
	if o.Kind != "lookup" && o.Kind != "writeback" {
		return nil, fmt.Errorf("kind %q: lookup or writeback", o.Kind)
	}
	c := &operation{kind: o.Kind, types: map[string]string{"ref": "text"}} // the account comes with every call
	for name, typ := range o.In {
		if name == keyName || name == caseName {
			return nil, fmt.Errorf("input %q has a name that is kept for the change's own", name)
		}
		c.types[name] = typ
	}
	if c.kind == "writeback" {
		c.types[keyName], c.types[caseName] = "text", "text"
	}
	for _, types := range []map[string]string{o.In, o.Out} {
		for _, name := range slices.Sorted(maps.Keys(types)) {
			if !slices.Contains(integrations.Types, types[name]) {
				return nil, fmt.Errorf("%s: type %q is not known: %s", name, types[name], integrations.DidYouMean(types[name], integrations.Types))
			}
		}
	}
	if err := c.request(opts.Request); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	if c.answer, err = compileAnswer(opts.Answer, opts.Receipt, o.Out); err != nil {
		return nil, err
	}
	switch opts.Idempotency {
	case "header":
		c.keyed = true
	case "", "none":
	default:
		return nil, fmt.Errorf("idempotency %q: header or none", opts.Idempotency)
	}
	if c.kind == "lookup" && (c.keyed || opts.Read != nil || opts.Receipt != "") {
		return nil, errors.New("idempotency, read and receipt are a writeback's")
	}
	if err := c.results(opts.Results); err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	if opts.Read != nil {
		if c.read, err = opts.Read.compile(c.types, opts, o.Out); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
	}
	return c, nil
}

func (c *operation) request(r request) error {
	where := ""
	for _, m := range []struct{ method, where string }{{http.MethodGet, r.Get}, {http.MethodPost, r.Post}, {http.MethodPut, r.Put},
		{http.MethodPatch, r.Patch}, {http.MethodDelete, r.Delete}} {
		if m.where == "" {
			continue
		}
		if where != "" {
			return fmt.Errorf("two methods: choose %s or %s", strings.ToLower(c.method), strings.ToLower(m.method))
		}
		c.method, where = m.method, m.where
	}
	switch {
	case where == "":
		return errors.New(`no method: write {get: "/accounts/{ref}"}, or post, put, patch, delete`)
	case c.kind == "writeback" && c.method == http.MethodGet:
		return errors.New("a GET writes nothing back")
	case c.kind == "lookup" && c.method != http.MethodGet && c.method != http.MethodPost:
		return fmt.Errorf("a lookup that says %s", strings.ToLower(c.method))
	case r.JSON != nil && c.method == http.MethodGet:
		return errors.New("a GET carries no json")
	}
	var err error
	if c.target, err = parseTarget(where, c.types); err != nil {
		return err
	}
	if r.JSON != nil {
		c.body, err = parseBody(r.JSON, c.types)
	}
	return err
}

func (r *read) compile(types map[string]string, o options, out map[string]string) (*reading, error) {
	c := new(reading)
	var err error
	if c.target, err = parseTarget(r.Get, types); err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	if r.Made != "" {
		if c.made, err = parsePath(r.Made); err != nil {
			return nil, fmt.Errorf("made: %w", err)
		}
	}
	if r.Answer == nil {
		r.Answer = o.Answer
	}
	if r.Receipt == "" {
		r.Receipt = o.Receipt
	}
	c.answer, err = compileAnswer(r.Answer, r.Receipt, out)
	return c, err
}
