// Package rest calls a system of record that speaks JSON over HTTP, as settle.yaml describes it.
//
// It promises to tell apart what surely did not happen from what may have: a connection that never opened may be tried
// again, a listed status means what the list says, another 4xx is a refusal, and everything else after the first byte is
// Unknown. An acknowledged change whose answer can't be read is Unknown too, never a refusal. Values go in escaped and come
// out typed and exact. It calls only the hosts on its list, through package outbound, and no error holds a value, a URL or
// a secret. It translates: it doesn't repeat, store or decide.
package rest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/outbound"
)

// Config is a REST system's part of settle.yaml.
type Config struct {
	BaseURL      string        `yaml:"base_url"`      // where its paths begin: https://core.acme.example/api
	Allow        []string      `yaml:"allow"`         // the hosts that may be called; the token's host is one by being named
	AllowPrivate bool          `yaml:"allow_private"` // private and loopback addresses, and plain HTTP, too
	Auth         Auth          `yaml:"auth"`          // how we sign in; not at all where left out
	Timeout      time.Duration `yaml:"timeout"`       // of one call, its token included; 5s where left out
	Currency     string        `yaml:"currency"`      // of every amount, ISO 4217; ZAR where left out
}

// Auth is how we sign in: nothing, or one of these.
type Auth struct {
	Bearer Secret  `yaml:"bearer"` // a token that doesn't change
	Basic  *Basic  `yaml:"basic"`  // HTTP basic authentication
	OAuth2 *OAuth2 `yaml:"oauth2"` // the client credentials grant
}

// Basic is HTTP basic authentication.
type Basic struct {
	User     string `yaml:"user"`     // its name
	Password Secret `yaml:"password"` // and what proves it
}

// OAuth2 is the client credentials grant (RFC 6749, section 4.4).
type OAuth2 struct {
	TokenURL     string   `yaml:"token_url"`     // where a token is asked for
	ClientID     string   `yaml:"client_id"`     // who asks
	ClientSecret Secret   `yaml:"client_secret"` // and what proves it
	Scopes       []string `yaml:"scopes"`        // what for; all that the client may where left out
}

// Secret doesn't print.
type Secret string

func (Secret) String() string { return "[secret]" }

// GoString keeps it out of %#v.
func (Secret) GoString() string { return "[secret]" }

// MarshalText keeps it out of JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Open checks the configuration and every operation, and calls nobody. The System is an integrations.Reader, an
// integrations.Repeater and an io.Closer.
func (c *Config) Open(d integrations.Deps) (integrations.System, error) {
	s, err := c.open(d)
	if err != nil {
		return nil, fmt.Errorf("system %q: %w", d.Name, err)
	}
	return s, nil
}

func (c *Config) open(d integrations.Deps) (*system, error) {
	s := &system{name: d.Name, code: c.Currency, timeout: c.Timeout, now: d.Clock(), operations: map[string]*operation{}}
	if s.code == "" {
		s.code = "ZAR"
	}
	if !currency.IsValid(s.code) {
		return nil, fmt.Errorf("currency %q is not known: use its ISO 4217 code, for example ZAR", s.code)
	}
	if s.timeout == 0 {
		s.timeout = 5 * time.Second
	}
	if s.timeout < 0 {
		return nil, fmt.Errorf("timeout %s is negative", s.timeout)
	}
	var err error
	if s.base, err = address("base_url", c.BaseURL); err != nil {
		return nil, err
	}
	guard := outbound.Guard{Allow: c.Allow, AllowPrivate: c.AllowPrivate}
	if err := guard.Check(s.base); err != nil {
		return nil, fmt.Errorf("base_url: %w: allow lists the hosts that may be called", err)
	}
	if s.client, err = guard.Client(); err != nil {
		return nil, err
	}
	if s.auth, err = c.Auth.open(c.AllowPrivate); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Operations)) {
		if s.operations[name], err = compile(d.Operations[name]); err != nil {
			return nil, fmt.Errorf("operation %q: %w", name, err)
		}
	}
	return s, nil
}

// address reads a URL of the configuration. Its error doesn't show it: a password may stand in it.
func address(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, fmt.Errorf("%s is missing", what)
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("%s is no URL: write https://host/path", what)
	case u.RawQuery != "" || u.Fragment != "" || strings.Contains(raw, "{"):
		return nil, fmt.Errorf("%s has a query, a fragment or a placeholder: those belong to a request", what)
	}
	return u, nil
}

// open makes the signer. Each token host has a guard of its own, so that a token goes nowhere else.
func (a Auth) open(private bool) (signer, error) {
	var all []signer
	if a.Bearer != "" {
		all = append(all, header("Bearer "+string(a.Bearer)))
	}
	if a.Basic != nil {
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			return nil, err
		}
		r.SetBasicAuth(a.Basic.User, string(a.Basic.Password))
		all = append(all, header(r.Header.Get("Authorization")))
	}
	if a.OAuth2 != nil {
		s, err := a.OAuth2.open(private)
		if err != nil {
			return nil, fmt.Errorf("oauth2: %w", err)
		}
		all = append(all, s)
	}
	switch len(all) {
	case 0:
		return header(""), nil
	case 1:
		return all[0], nil
	}
	return nil, fmt.Errorf("%d ways to sign in: choose one of bearer, basic and oauth2", len(all))
}
