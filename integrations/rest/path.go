package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/settle-chat/settle/integrations"
)

// path is a strict subset of JSONPath (RFC 9535): $.a.b[0].c, one value or none; $.a[*].c, one value of each element.
type path []any // string: a member; int: an element; every: all elements, once in a path

type every struct{}

var pathStep = regexp.MustCompile(`^(?:\.([A-Za-z_][A-Za-z0-9_-]*)|\[(0|[1-9][0-9]{0,3}|\*)\])`)

func parsePath(text string) (path, error) {
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("path %q doesn't begin with $: write $.name", text)
	}
	p := path{}
	for rest != "" {
		m := pathStep.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("path %q: can't read from %q on; only .name, [0] and [*] are known", text, rest)
		}
		switch {
		case m[1] != "":
			p = append(p, m[1])
		case m[2] == "*" && p.star() >= 0:
			return nil, fmt.Errorf("path %q has [*] twice: one list is read", text)
		case m[2] == "*":
			p = append(p, every{})
		default:
			i, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, err
			}
			p = append(p, i)
		}
		rest = rest[len(m[0]):]
	}
	return p, nil
}

// star is where the path goes into every element of a list; -1 where it doesn't.
func (p path) star() int { return slices.Index(p, any(every{})) }

// all finds the value of each element of the list that the path goes into. An element without it ends with an error.
func (p path) all(doc any) ([]any, error) {
	at := p.star()
	list, ok := p[:at].in(doc)
	elements, isList := list.([]any)
	if !ok || !isList {
		return nil, errors.New("is missing in the answer: want a list")
	}
	values := make([]any, len(elements))
	for i, e := range elements {
		if values[i], ok = p[at+1:].in(e); !ok {
			return nil, fmt.Errorf("is missing in element %d of the answer", i)
		}
	}
	return values, nil
}

// in finds the value, or says that there is none. Null is none.
func (p path) in(doc any) (any, bool) {
	for _, step := range p {
		switch s := step.(type) {
		case string:
			m, ok := doc.(map[string]any)
			if !ok {
				return nil, false
			}
			if doc, ok = m[s]; !ok {
				return nil, false
			}
		case int:
			l, ok := doc.([]any)
			if !ok || s >= len(l) {
				return nil, false
			}
			doc = l[s]
		}
	}
	return doc, doc != nil
}

// parse reads one JSON document and nothing after it. Numbers keep their text: no float is ever made.
func parse(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, errors.New("the answer is no JSON") // the decoder's words would quote it
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the answer has something after its JSON")
	}
	return doc, nil
}

// canonical gives a JSON value as text of the declared type. Its error names types, never the value.
func canonical(typ string, value any, code string) (string, error) {
	wrong := fmt.Errorf("is a JSON %s, want %s", jsonType(value), typ)
	switch v := value.(type) {
	case json.Number:
		if typ != "integer" && typ != "money" {
			return "", wrong
		}
		text, err := integrations.Canonical(typ, v.String(), code)
		if err != nil {
			return "", fmt.Errorf("is %w", err)
		}
		return text, nil
	case bool:
		if typ != "boolean" {
			return "", wrong
		}
		return strconv.FormatBool(v), nil
	case string:
		if typ == "integer" || typ == "boolean" || typ == "choices" {
			return "", wrong
		}
		text, err := integrations.Canonical(typ, v, code)
		if err != nil {
			return "", fmt.Errorf("is %w", err)
		}
		return text, nil
	case []any:
		if typ != "choices" {
			return "", wrong
		}
		var names []string
		for _, e := range v {
			name, ok := e.(string)
			if !ok || name == "" || strings.Contains(name, ",") {
				return "", errors.New("is an array of something else than names without commas")
			}
			names = append(names, name)
		}
		return strings.Join(names, ","), nil
	}
	return "", wrong
}

func jsonType(value any) string {
	switch value.(type) {
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}
