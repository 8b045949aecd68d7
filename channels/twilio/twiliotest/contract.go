package twiliotest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// published is Twilio's own OpenAPI contract of the two requests, so that what is refused here is what Twilio says it refuses.
//
//go:embed contract.json
var published []byte

type contract struct{ Create, List operation }

type operation struct {
	Required   []string
	Properties map[string]schema
}

type schema struct {
	Type, Format, Pattern string
	MinLength, MaxLength  *int
	Minimum, Maximum      *int64
	Enum                  []string
	Items                 *schema
}

func readContract() (contract, error) {
	var c contract
	if err := json.Unmarshal(published, &c); err != nil {
		return c, fmt.Errorf("read Twilio's contract: %w", err)
	}
	return c, nil
}

// faults names everything in form that the contract doesn't allow. It names parameters, not their values.
func (o operation) faults(form url.Values) []string {
	var out []string
	for _, name := range o.Required {
		if form.Get(name) == "" {
			out = append(out, name+" is required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		s, known := o.Properties[name]
		if !known {
			out = append(out, name+" is not in the contract")
			continue
		}
		if s.Type == "array" && s.Items != nil {
			s = *s.Items
		} else if len(form[name]) > 1 {
			out = append(out, name+" is given more than once")
		}
		for _, value := range form[name] {
			if because := s.fault(value); because != "" {
				out = append(out, name+" "+because)
			}
		}
	}
	return out
}

func (s schema) fault(value string) string {
	n := utf8.RuneCountInString(value)
	switch {
	case s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength:
		return "has the wrong length"
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, value):
		return "is not one of its values"
	}
	if s.Pattern != "" {
		if ok, err := regexp.MatchString(s.Pattern, value); err != nil || !ok {
			return "does not match " + s.Pattern
		}
	}
	switch s.Type {
	case "integer":
		i, err := strconv.ParseInt(value, 10, 64)
		if err != nil || s.Minimum != nil && i < *s.Minimum || s.Maximum != nil && i > *s.Maximum {
			return "is not an integer within its limits"
		}
	case "number":
		if ok, _ := regexp.MatchString(`^-?[0-9]+(\.[0-9]+)?$`, value); !ok {
			return "is not a number"
		}
	case "boolean":
		if value != "true" && value != "false" {
			return "is not true or false"
		}
	}
	switch s.Format {
	case "uri":
		if u, err := url.Parse(value); err != nil || u.Scheme == "" || u.Host == "" {
			return "is not an absolute URI"
		}
	case "date-time":
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return "is not a time"
		}
	}
	return ""
}
