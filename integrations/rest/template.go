package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/settle-chat/settle/integrations"
)

// Placeholders that every request may use, beside its declared inputs: the change's key and its case.
const (
	keyName  = "key"
	caseName = "case"
)

// parts is a text with placeholders: even ones are literal, odd ones name an input.
type parts []string

var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_-]*)\}`)

func parseParts(text string, inputs map[string]string) (parts, error) {
	var p parts
	from := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if _, ok := inputs[name]; !ok {
			return nil, fmt.Errorf("%q names no input: %s", text[m[0]:m[1]], integrations.DidYouMean(name, slices.Collect(maps.Keys(inputs))))
		}
		p = append(p, text[from:m[0]], name)
		from = m[1]
	}
	p = append(p, text[from:])
	for i := 0; i < len(p); i += 2 {
		if strings.ContainsAny(p[i], "{}") {
			return nil, fmt.Errorf("%q has a brace that isn't a placeholder's: write {name}", text)
		}
	}
	return p, nil
}

// fill puts values in; escape makes each fit its place.
func (p parts) fill(in integrations.Values, escape func(name, value string) (string, error)) (string, error) {
	var b strings.Builder
	for i, part := range p {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		value, ok := in[part]
		if !ok {
			return "", fmt.Errorf("input %q is missing", part)
		}
		escaped, err := escape(part, value)
		if err != nil {
			return "", err
		}
		b.WriteString(escaped)
	}
	return b.String(), nil
}

// target is a path with its query.
type target struct{ path, query parts }

func parseTarget(text string, inputs map[string]string) (target, error) {
	rawPath, rawQuery, _ := strings.Cut(text, "?")
	if !strings.HasPrefix(rawPath, "/") || strings.Contains(rawPath, "//") || strings.ContainsAny(text, "#\\ ") {
		return target{}, fmt.Errorf("%q is no path: write /accounts/{ref}", text)
	}
	for _, segment := range strings.Split(rawPath, "/") {
		if plain, err := url.PathUnescape(segment); err != nil || strings.HasPrefix(plain, "..") || plain == "." {
			return target{}, fmt.Errorf("%q has a segment that leads elsewhere", text)
		}
	}
	p, err := parseParts(rawPath, inputs)
	if err != nil {
		return target{}, err
	}
	q, err := parseParts(rawQuery, inputs)
	return target{p, q}, err
}

// inPath are the values that may stand in a path. Escaping alone doesn't do: servers and proxies exist that unescape
// %2F or a second %25 before they route, and then "..%2F" climbs. So nothing that could is let in at all.
var inPath = regexp.MustCompile(`^[\pL\pN_~@+=, :-][\pL\pN_.~@+=, :-]{0,199}$`)

func (t target) build(base *url.URL, in integrations.Values) (string, error) {
	path, err := t.path.fill(in, func(name, value string) (string, error) {
		if !inPath.MatchString(value) {
			return "", fmt.Errorf("input %q can't stand in a path: letters, digits and _.~@+=,:- only, and no dot in front", name)
		}
		return url.PathEscape(value), nil
	})
	if err != nil {
		return "", err
	}
	query, err := t.query.fill(in, func(_, value string) (string, error) { return url.QueryEscape(value), nil })
	if err != nil {
		return "", err
	}
	u := strings.TrimSuffix(base.String(), "/") + path
	if query != "" {
		u += "?" + query
	}
	return u, nil
}

// body is a JSON document with placeholders, as YAML has read it: maps, lists, literals, parts.
type body struct{ root any }

func parseBody(root any, inputs map[string]string) (*body, error) {
	compiled, err := compileBody(root, inputs)
	if err != nil {
		return nil, fmt.Errorf("json: %w", err)
	}
	return &body{compiled}, nil
}

func compileBody(node any, inputs map[string]string) (any, error) {
	switch v := node.(type) {
	case nil, bool, int, int64, uint64:
		return v, nil
	case string:
		return parseParts(v, inputs)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = compileBody(e, inputs); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out[k], err = compileBody(v[k], inputs); err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
		}
		return out, nil
	case float32, float64:
		return nil, errors.New("a number with decimals isn't exact: put it in quotes")
	}
	return nil, fmt.Errorf("a %T can't be sent: use texts, whole numbers, true, false, lists and maps with text keys", node)
}

func (b *body) build(in integrations.Values, types map[string]string) ([]byte, error) {
	filled, err := fillBody(b.root, in, types)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

func fillBody(node any, in integrations.Values, types map[string]string) (any, error) {
	switch v := node.(type) {
	case parts:
		if len(v) == 3 && v[0] == "" && v[2] == "" {
			return typed(v[1], in, types[v[1]])
		}
		return v.fill(in, func(_, value string) (string, error) { return value, nil })
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			var err error
			if out[i], err = fillBody(e, in, types); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			var err error
			if out[k], err = fillBody(e, in, types); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return node, nil
}

// typed is the value of a text that is one placeholder and nothing else. Money stays text: many a reader makes a float of a
// JSON number.
func typed(name string, in integrations.Values, typ string) (any, error) {
	value, ok := in[name]
	if !ok {
		return nil, fmt.Errorf("input %q is missing", name)
	}
	switch typ {
	case "integer":
		return json.Number(value), nil
	case "boolean":
		return value == "true", nil
	case "choices":
		if value == "" {
			return []string{}, nil
		}
		return strings.Split(value, ","), nil
	}
	return value, nil
}
