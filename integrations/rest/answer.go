package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/settle-chat/settle/integrations"
)

// answer says where the outputs stand, and the receipt's ID.
type answer struct {
	paths map[string]path
	types map[string]string
	id    path // nil: none
}

func compileAnswer(paths map[string]string, id string, out map[string]string) (answer, error) {
	a := answer{paths: map[string]path{}, types: out}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		if _, ok := out[name]; !ok {
			return a, fmt.Errorf("answer: no output %q: %s", name, integrations.DidYouMean(name, slices.Collect(maps.Keys(out))))
		}
		var err error
		if a.paths[name], err = parsePath(paths[name]); err != nil {
			return a, fmt.Errorf("answer: %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if _, ok := a.paths[name]; !ok {
			return a, fmt.Errorf(`answer: output %q stands nowhere: write {%s: "$.%s"}`, name, name, name)
		}
	}
	if id != "" {
		var err error
		if a.id, err = parsePath(id); err != nil {
			return a, fmt.Errorf("receipt: %w", err)
		}
		if a.id.star() >= 0 {
			return a, fmt.Errorf("receipt: path %q names a list: a receipt has one ID", id)
		}
	}
	return a, nil
}

// needed says whether the answer's body matters at all.
func (a answer) needed() bool { return len(a.paths) > 0 || a.id != nil }

// read takes the outputs and the ID from a document. Its error names the field and the types, never a value.
func (a answer) read(doc any, code string) (integrations.Receipt, error) {
	r := integrations.Receipt{}
	for _, name := range slices.Sorted(maps.Keys(a.paths)) {
		if r.Out == nil {
			r.Out = integrations.Values{}
		}
		if a.paths[name].star() >= 0 {
			values, err := a.paths[name].all(doc)
			if err != nil {
				return r, fmt.Errorf("output %q %w", name, err)
			}
			for i, value := range values {
				if r.Out[fmt.Sprintf("%d.%s", i, name)], err = canonical(a.types[name], value, code); err != nil {
					return r, fmt.Errorf("output %q, element %d, %w", name, i, err)
				}
			}
			continue
		}
		value, ok := a.paths[name].in(doc)
		if !ok {
			return r, fmt.Errorf("output %q is missing in the answer", name)
		}
		text, err := canonical(a.types[name], value, code)
		if err != nil {
			return r, fmt.Errorf("output %q %w", name, err)
		}
		r.Out[name] = text
	}
	if a.id != nil {
		value, ok := a.id.in(doc)
		if !ok {
			return r, fmt.Errorf("the receipt's ID is missing in the answer")
		}
		switch v := value.(type) {
		case string:
			r.ID = v
		case json.Number:
			r.ID = v.String()
		default:
			return r, fmt.Errorf("the receipt's ID is a JSON %s, want a string or a number", jsonType(value))
		}
	}
	return r, nil
}
