package web

import (
	"encoding/json"
	"strings"
)

// value is a fact as the API takes it, kept as canonical text: "1250.00", 1250.00 (as it is written: it never becomes a
// float), true, or a list of texts for choices.
type value string

// valueError says what can't be a fact's value. The decoder doesn't know which fact it was.
type valueError struct{ field, message string }

func (e *valueError) Error() string { return e.message }

// UnmarshalJSON takes one text, number, boolean or list of texts.
func (v *value) UnmarshalJSON(b []byte) error {
	bad := &valueError{"facts", "has a value that isn't a text, a number, true, false or a list of texts"}
	switch b[0] {
	case '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return bad
		}
		*v = value(s)
	case '[':
		var parts []string
		if err := json.Unmarshal(b, &parts); err != nil {
			return bad
		}
		for _, p := range parts {
			if strings.Contains(p, ",") {
				return &valueError{"facts", "has a list with a comma in one of its texts"}
			}
		}
		*v = value(strings.Join(parts, ","))
	case 't', 'f':
		*v = value(b)
	case '{', 'n':
		return bad
	default:
		if strings.ContainsAny(string(b), "eE") {
			return &valueError{"facts", "has a number with an exponent: write it out, or as a text"}
		}
		*v = value(b)
	}
	return nil
}

func texts(values map[string]value) map[string]string {
	if values == nil {
		return nil
	}
	m := make(map[string]string, len(values))
	for name, v := range values {
		m[name] = string(v)
	}
	return m
}
