package rest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/settle-chat/settle/integrations"
)

// What reads as a path is written as it was read: nothing of it is skipped.
func FuzzPath(f *testing.F) {
	for _, text := range []string{"$", "$.a.b[0].c", "$.a[*].c", "$[*][*]", "$.a b", "$['a']", "$..a", "$[-1]", "$[00]", "a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePath(text)
		if err != nil {
			return
		}
		written := "$"
		for _, step := range p {
			switch s := step.(type) {
			case string:
				written += "." + s
			case int:
				written += fmt.Sprintf("[%d]", s)
			case every:
				written += "[*]"
			}
		}
		if written != text {
			t.Errorf("parsePath(%q) reads %q", text, written)
		}
	})
}

// Whatever a system answers, each value that is taken from it is canonical text of its type.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"a":1250.00}`, `{"a":[{"b":1},{"b":2}]}`, `{"a":1e400}`, `{"a":null}`, `[1,2`, `{"a":"1250.5"}`, `{"a":["x","y"]}`, `{"a":["x",",",1]}`, `{"a":12345678901234567890}`,
		"{\"a\":\"\xff\"}", `1 2`, `{"a":true}`,
	} {
		f.Add([]byte(body), "$.a")
		f.Add([]byte(body), "$.a[*].b")
	}
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		p, err := parsePath(text)
		if err != nil {
			return
		}
		doc, err := parse(body)
		if err != nil {
			return
		}
		var values []any
		if p.star() >= 0 {
			if values, err = p.all(doc); err != nil {
				return
			}
		} else if v, ok := p.in(doc); ok {
			values = []any{v}
		}
		for _, v := range values {
			for _, typ := range integrations.Types {
				got, err := canonical(typ, v, "ZAR")
				if err != nil {
					continue
				}
				if again, err := integrations.Canonical(typ, got, "ZAR"); err != nil || again != got {
					t.Errorf("%s of %s in %s = %q, and that is canonically %q, %v", typ, text, body, got, again, err)
				}
			}
		}
	})
}

// No value leaves its place in a URL: it is one segment of the path, one value of the query, on the same host.
func FuzzTarget(f *testing.F) {
	for _, value := range []string{"A-1", "..", "%2e%2e", "a/b", "a?b=c", "a#b", "ü", "a b", "@evil.example", "", "x&y=z", "\xff"} {
		f.Add(value, value)
	}
	base := &url.URL{Scheme: "https", Host: "core.acme.example", Path: "/api"}
	made, err := parseTarget("/accounts/{ref}/of?q={q}&r=1", map[string]string{"ref": "text", "q": "text"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ref, q string) {
		where, err := made.build(base, integrations.Values{"ref": ref, "q": q})
		if err != nil {
			return
		}
		u, err := url.Parse(where)
		if err != nil {
			t.Fatalf("build(%q, %q) = %q: %v", ref, q, where, err)
		}
		segments := strings.Split(u.EscapedPath(), "/")
		if u.Host != base.Host || u.Fragment != "" || u.User != nil || len(segments) != 5 || u.Path != "/api/accounts/"+ref+"/of" || strings.Contains(u.Path, "..") && !strings.Contains(ref[1:], "..") {
			t.Errorf("build(%q, %q) = %q: the reference isn't one segment", ref, q, where)
		}
		if got := u.Query(); len(got) != 2 || got.Get("q") != q || got.Get("r") != "1" {
			t.Errorf("build(%q, %q) = %q: its query reads as %v", ref, q, where, got)
		}
	})
}

// What reads as a text with placeholders holds all of it.
func FuzzParts(f *testing.F) {
	for _, text := range []string{"", "{ref}", "a{ref}b{key}", "{", "{{ref}}", "{Ref}", "}{ref}{"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseParts(text, map[string]string{"ref": "text", "key": "text"})
		if err != nil {
			return
		}
		got, err := p.fill(integrations.Values{"ref": "{ref}", "key": "{key}"}, func(_, value string) (string, error) { return value, nil })
		if err != nil || got != text {
			t.Errorf("parseParts(%q), filled with its own names, = %q, %v", text, got, err)
		}
	})
}
