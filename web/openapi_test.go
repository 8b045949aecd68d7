package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/bot"
)

type schema struct {
	Required             []string          `yaml:"required"`
	Properties           map[string]schema `yaml:"properties"`
	AdditionalProperties any               `yaml:"additionalProperties"`
	MaxLength            int               `yaml:"maxLength"`
	MaxItems             int               `yaml:"maxItems"`
	MaxProperties        int               `yaml:"maxProperties"`
	Items                *schema           `yaml:"items"`
}

type document struct {
	Paths      map[string]map[string]any `yaml:"paths"`
	Components struct {
		Schemas map[string]schema `yaml:"schemas"`
	} `yaml:"components"`
}

func readDocument(t *testing.T) document {
	t.Helper()
	var d document
	if err := yaml.Load(openAPI, &d); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return d
}

// The document has exactly the routes that the handlers have.
func TestOpenAPIHasTheRoutes(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	New(Options{}).mountAPI(mux)
	for path, methods := range readDocument(t).Paths {
		for _, m := range []string{"get", "put", "post", "patch", "delete"} {
			r, err := http.NewRequest(strings.ToUpper(m), strings.ReplaceAll(path, "{id}", "x"), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, pattern := mux.Handler(r)
			_, described := methods[m]
			if want := strings.ToUpper(m) + " " + path; described != (pattern == want) {
				t.Errorf("%s %s: described %t, pattern %q", m, path, described, pattern)
			}
		}
	}
	if got := len(readDocument(t).Paths); got != 4 {
		t.Errorf("%d paths are described, want the 4 that mountAPI has", got)
	}
}

// The document has exactly the fields that the handlers read and write, and the limits that they keep.
func TestOpenAPIHasTheFields(t *testing.T) {
	t.Parallel()
	schemas := readDocument(t).Components.Schemas
	for name, v := range map[string]any{
		"CaseRequest": caseRequest{}, "Consent": consent{}, "EventRequest": eventRequest{}, "Opened": bot.Opened{}, "CaseView": bot.CaseView{},
		"Problem": problem{}, "FieldError": fieldError{},
	} {
		typ := reflect.TypeOf(v)
		var fields, required []string
		for i := range typ.NumField() {
			tag, validate := typ.Field(i).Tag.Get("json"), typ.Field(i).Tag.Get("validate")
			field, rest, _ := strings.Cut(tag, ",")
			if field == "" {
				continue
			}
			fields = append(fields, field)
			input := typ.Name() == "caseRequest" || typ.Name() == "eventRequest" || typ.Name() == "consent"
			if input && (validate == "required" || strings.HasPrefix(validate, "required,")) || !input && !strings.Contains(rest, "omitempty") {
				required = append(required, field)
			}
			s := schemas[name].Properties[field]
			if limit := max(s.MaxLength, s.MaxItems, s.MaxProperties); limit > 0 && !strings.Contains(validate, fmt.Sprintf("max=%d", limit)) {
				t.Errorf("%s.%s: described with at most %d, checked with %q", name, field, limit, validate)
			}
			if strings.Contains(validate, "max=") && max(s.MaxLength, s.MaxItems, s.MaxProperties) == 0 {
				t.Errorf("%s.%s: checked with %q, described without a limit", name, field, validate)
			}
		}
		slices.Sort(fields)
		slices.Sort(required)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(schemas[name].Properties)), fields); diff != "" {
			t.Errorf("%s: fields (-described +real):\n%s", name, diff)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(schemas[name].Required)), required); diff != "" {
			t.Errorf("%s: required (-described +real):\n%s", name, diff)
		}
	}
}

// Whatever is sent, reading it ends without a panic, and what is accepted is what encoding/json would have read.
func FuzzStrictJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"id":"a","facts":{"x":1.5,"y":[“a”]}}`, `{"id":1}`, `[[[[`, `{"id":"a","id":"b"}`, `{"facts":{"":null}}`, "\xff", `null`, `{"ID":"x"}`,
		`{"consent":[{"at":"x","given":null}]}`, `{"facts":{"a":-0.0}}`, `"a"`, `{"a":1}{"b":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var strict, plain caseRequest
		if checkJSON(body, reflect.TypeOf(&strict)) != nil {
			return
		}
		errStrict := json.Unmarshal(body, &strict)
		if errStrict != nil {
			return
		}
		if err := json.Unmarshal(body, &plain); err != nil || !reflect.DeepEqual(strict, plain) {
			t.Errorf("accepted %q, which reads as %+v (%v)", body, plain, err)
		}
	})
}
