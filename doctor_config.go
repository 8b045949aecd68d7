package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/settle-chat/settle/config"
)

// examine makes every check, in the order in which a set-up is put right.
func (d *doctor) examine(ctx context.Context) {
	c, whole := d.configuration()
	refs := d.secrets(c)
	if c == nil {
		d.warns("the rest", "isn't looked at: it rests on the configuration", "put the configuration right first")
		return
	}
	d.workflows(c)
	if whole {
		d.redis(ctx, c, d.keyset(c, refs))
	} else {
		d.warns("redis", "isn't looked at, nor are keyset, credentials and systems: they may rest on what can't be read", "put the configuration right first")
	}
	d.publicURL(ctx, c.PublicURL)
	if whole {
		d.channels(c)
		d.systems(c)
	}
	d.advice(c)
}

// configuration reads the file as serve does. Where that fails it is read for what it declares: whole is then false.
func (d *doctor) configuration() (c *config.Config, whole bool) {
	const check = "configuration"
	c, err := config.Read(d.path)
	if err == nil {
		d.ok(check, fmt.Sprintf("%s: %s, %s, %s", d.path, count(len(c.Channels), "channel"), count(len(c.Systems), "system"), count(len(c.Queues), "queue")))
		return c, true
	}
	problems := config.Problems(nil)
	if !errors.As(err, &problems) {
		d.fails(check, err.Error(), "let this user read the file")
		return nil, false
	}
	for _, p := range problems {
		d.fails(check, p.String(), remedy(p.String()))
	}
	if c, err = config.Shape(d.path); err != nil {
		return nil, false
	}
	return c, false
}

// remedy is what puts a problem of the configuration right.
func remedy(problem string) string {
	switch {
	case strings.Contains(problem, "keyset") && strings.Contains(problem, "no such file"):
		return "settle keys new --out keyset.json makes one"
	case strings.Contains(problem, "API_KEY_SHA256") && strings.Contains(problem, "is not set"):
		return "settle keys api makes a key and prints the value"
	}
	return "put it right there, or in what it refers to"
}

// defaults are what a secret is before somebody has chosen one. Compared in lower case.
var defaults = []string{
	"", "changeme", "change-me", "change_me", "secret", "password", "passw0rd", "token", "key", "test", "example", "default", "admin",
	"todo", "fixme", "xxx", "none", "null", "settle", "dummy", "placeholder", "12345", "123456", "12345678",
}

// isDefault says whether a value is one that stands in examples: a word of the list, your-..., <...>, or one letter repeated.
func isDefault(value string) bool {
	v := strings.ToLower(strings.TrimSpace(value))
	return slices.Contains(defaults, v) || strings.HasPrefix(v, "your-") || strings.HasPrefix(v, "your_") || strings.Contains(v, "changeme") ||
		strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">") || len(v) > 3 && strings.Trim(v, v[:1]) == ""
}

// secrets looks at what stands behind the references, and at the digests of API keys; c may be nil.
func (d *doctor) secrets(c *config.Config) []config.Reference {
	const check = "secrets"
	refs, err := config.References(d.path)
	if err != nil {
		return nil // configuration has said so
	}
	well, seen := true, map[string]bool{}
	for _, r := range refs {
		if seen[r.Name] {
			continue // said once
		}
		seen[r.Name] = true
		switch {
		case r.Err != nil: // configuration has said so
			well = false
		case isDefault(r.Value.Reveal()):
			d.fails(check, fmt.Sprintf("%s:%d: behind %s is a default value, or nothing", r.At.File, r.At.Line, r.Name), "choose a value of your own")
			well = false
		case r.Mode.Perm()&0o077 != 0:
			d.warns(check, fmt.Sprintf("the file behind %s can be read by others (mode %o)", r.Name, r.Mode.Perm()), "chmod 600 it, or name it in a directory of the service's own")
			well = false
		}
	}
	if c != nil {
		for _, k := range c.APIKeys {
			if guessable(k.SHA256) {
				d.fails(check, fmt.Sprintf("the API key %s is a default value", k.Name), "make one with `settle keys api`")
				well = false
			}
		}
	}
	if well {
		d.ok(check, fmt.Sprintf("%s, none of them to a default value", count(len(seen), "reference")))
	}
	return refs
}

// guessable says whether a digest is that of a default value.
func guessable(digest config.Digest) bool {
	return slices.ContainsFunc(defaults, func(v string) bool { return sha256.Sum256([]byte(v)) == digest })
}
