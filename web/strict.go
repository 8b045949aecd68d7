package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// What the API reads.
const (
	maxAPI   = 256 << 10
	maxDepth = 32
)

// readJSON reads a request's body into a struct, strictly: unknown fields, fields named twice, deep nesting, trailing data
// and texts that aren't UTF-8 are refused, each with its field. encoding/json alone takes the last of two fields and
// ignores case: a proxy that checks the first one would be fooled.
func readJSON(w http.ResponseWriter, r *http.Request, into any) *problem {
	if kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" ||
		params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return &problem{Status: http.StatusUnsupportedMediaType, Detail: "send Content-Type: application/json, in UTF-8"}
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return &problem{Status: http.StatusUnsupportedMediaType, Detail: "send the body without Content-Encoding"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAPI))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return &problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body is larger than %d KiB", maxAPI>>10)}
	}
	if err != nil {
		return &problem{Status: http.StatusBadRequest, Detail: "the body could not be read to its end"}
	}
	if !utf8.Valid(body) {
		return &problem{Status: http.StatusBadRequest, Detail: "the body isn't UTF-8"}
	}
	if p := checkJSON(body, reflect.TypeOf(into)); p != nil {
		return p
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && wrong.Field != "" {
			kind, _, _ := strings.Cut(wrong.Value, " ") // what follows would be the value
			return invalid(fieldError{wrong.Field, "is of the wrong type: a " + kind + " can't be used here"})
		}
		if wrong := new(valueError); errors.As(err, &wrong) {
			return invalid(fieldError{wrong.field, wrong.message})
		}
		return &problem{Status: http.StatusBadRequest, Detail: "a value is of the wrong type"}
	}
	return nil
}

func invalid(errs ...fieldError) *problem {
	slices.SortStableFunc(errs, func(a, b fieldError) int { return strings.Compare(a.Field, b.Field) })
	return &problem{Status: http.StatusUnprocessableEntity, Detail: "some fields can't be used", Errors: errs}
}

// scanner goes through the tokens before anything is made of them: what is refused here never costs memory.
type scanner struct {
	*json.Decoder
	unknown []fieldError
}

func checkJSON(body []byte, into reflect.Type) *problem {
	s := &scanner{Decoder: json.NewDecoder(bytes.NewReader(body))}
	s.UseNumber()
	if p := s.value("", into, 1); p != nil {
		return p
	}
	if _, err := s.Token(); !errors.Is(err, io.EOF) {
		return &problem{Status: http.StatusBadRequest, Detail: "there is more after the JSON value"}
	}
	if len(s.unknown) > 0 {
		return invalid(s.unknown...)
	}
	return nil
}

func malformed(field string) *problem {
	p := &problem{Status: http.StatusBadRequest, Detail: "the body isn't valid JSON"}
	if field != "" {
		p.Errors = []fieldError{{field, "isn't valid JSON"}}
	}
	return p
}

func (s *scanner) value(field string, t reflect.Type, depth int) *problem {
	token, err := s.Token()
	if err != nil {
		return malformed(field)
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth > maxDepth {
		return &problem{Status: http.StatusBadRequest, Detail: "the body is nested too deeply",
			Errors: []fieldError{{clip(field), fmt.Sprintf("is nested deeper than %d", maxDepth)}}}
	}
	if open == '[' {
		for i := 0; s.More(); i++ {
			if p := s.value(fmt.Sprintf("%s[%d]", field, i), elem(t), depth+1); p != nil {
				return p
			}
		}
	} else if p := s.object(field, t, depth); p != nil {
		return p
	}
	if _, err := s.Token(); err != nil {
		return malformed(field)
	}
	return nil
}

func (s *scanner) object(field string, t reflect.Type, depth int) *problem {
	known := jsonFields(t)
	seen := map[string]bool{}
	for s.More() {
		token, err := s.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return malformed(field)
		}
		at := strings.TrimPrefix(field+"."+key, ".")
		if seen[key] {
			return &problem{Status: http.StatusBadRequest, Detail: "a field is there twice", Errors: []fieldError{{clip(at), "is there twice"}}}
		}
		seen[key] = true
		next := elem(t)
		if known != nil {
			if next, ok = known[key]; !ok {
				if len(s.unknown) < 20 {
					s.unknown = append(s.unknown, fieldError{clip(at), "is not a field here: use " + strings.Join(sortedNames(known), ", ")})
				}
				next = nil
			}
		}
		if p := s.value(at, next, depth+1); p != nil {
			return p
		}
	}
	return nil
}

// clip keeps a long name that was sent from filling the answer, and what isn't a name from getting into it.
func clip(field string) string {
	if len(field) > 120 {
		field = strings.ToValidUTF8(field[:120], "") + "..."
	}
	return field
}

// jsonFields are a struct's fields by their JSON names; nil where t is no struct, as in a map, where any key will do.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	t = pointee(t)
	if t == nil || t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = t.Field(i).Type
		}
	}
	return fields
}

func pointee(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func elem(t reflect.Type) reflect.Type {
	if t = pointee(t); t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Array) {
		return t.Elem()
	}
	return nil
}

func sortedNames(m map[string]reflect.Type) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
