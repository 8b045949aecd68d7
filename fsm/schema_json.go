package fsm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// draft is the version of JSON Schema that Schema is written in.
const draft = "https://json-schema.org/draft/2020-12/schema"

// schemas are the kinds of files that have a schema.
var schemas = map[string]struct {
	shape *shape
	title string
}{
	"workflow":  {workflowShape, "A workflow of Settle: workflows/NAME.yaml"},
	"fragments": {fragmentShape, "A fragment of Settle: fragments/NAME.yaml"},
	"messages":  {messagesShape, "The messages of Settle in one language: messages/LANGUAGE.yaml"},
}

// FileKinds are what FileSchema can be asked for.
func FileKinds() []string { return keys(schemas) }

// FileSchema is the JSON Schema, of draft 2020-12, for one kind of file, for editors. It accepts a file just where Load finds
// nothing Structural wrong with it: both read the same table.
func FileSchema(kind string) ([]byte, error) {
	s, ok := schemas[kind]
	if !ok {
		return nil, fmt.Errorf("there is no schema for %q%s", kind, didYouMean(kind, FileKinds()))
	}
	w := &schemaWriter{names: map[*shape]string{}, defs: map[string]any{}}
	root := w.body(s.shape)
	root["$schema"], root["title"], root["$defs"] = draft, s.title, w.defs
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema of %s: %w", kind, err)
	}
	return append(b, '\n'), nil
}

// schemaWriter writes shapes. One that has keys is written once, under $defs.
type schemaWriter struct {
	names map[*shape]string
	defs  map[string]any
}

type object = map[string]any

func (w *schemaWriter) shape(s *shape) object {
	if s.where == "" {
		return w.body(s)
	}
	name, ok := w.names[s]
	if !ok {
		name = strings.NewReplacer(" ", "-", "(", "", ")", "").Replace(s.where)
		for n := 2; w.defs[name] != nil; n++ {
			name = fmt.Sprintf("%s-%d", strings.TrimRight(name, "-0123456789"), n)
		}
		w.names[s], w.defs[name] = name, object{}
		w.defs[name] = w.body(s)
	}
	return object{"$ref": "#/$defs/" + name}
}

func (w *schemaWriter) body(s *shape) object {
	switch s.sort {
	case listShape:
		o := object{"type": "array", "items": w.shape(s.of)}
		limits(o, s, "minItems", "maxItems")
		return o
	case namesShape:
		o := w.properties(s)
		o["additionalProperties"] = w.shape(s.of)
		if s.rule != nil {
			o["propertyNames"] = s.rule.schema()
		}
		limits(o, s, "minProperties", "maxProperties")
		return o
	case mapShape:
		o := w.properties(s)
		o["additionalProperties"] = false
		if len(s.some) > 0 {
			o["anyOf"] = each(s.some, func(name string) any { return object{"required": []string{name}} })
		}
		return o
	case casesShape:
		return object{"type": "object", "oneOf": each(s.cases, func(c *shape) any { return w.shape(c) })}
	case formsShape:
		return object{"anyOf": each(s.cases, func(c *shape) any { return w.shape(c) })}
	}
	return single(s)
}

// properties are a map's known keys, each with its description and an example.
func (w *schemaWriter) properties(s *shape) object {
	properties, required := object{}, []string{}
	for _, k := range s.keys {
		p := w.shape(k.is)
		p["description"] = strings.TrimSpace(k.doc + "\nAs in " + k.example)
		properties[k.name] = p
		if k.must {
			required = append(required, k.name)
		}
	}
	o := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	if s.doc != "" {
		o["description"] = s.doc
	}
	return o
}

// limits are how many a list or a map may have.
func limits(o object, s *shape, least, most string) {
	if s.least > 0 {
		o[least] = s.least
	}
	if s.most > 0 {
		o[most] = s.most
	}
}

func each[T any](all []T, f func(T) any) []any {
	out := make([]any, len(all))
	for i, v := range all {
		out[i] = f(v)
	}
	return out
}

func (r *nameRule) schema() object {
	o := object{"type": "string", "pattern": r.pattern.String()}
	if len(r.reserved) > 0 {
		o["not"] = object{"enum": slices.Clone(r.reserved)}
	}
	return o
}

// notBlank is a text that isn't only spaces.
const notBlank = `\S`

// single is a single value. Text that looks like a number or like true is text all the same.
func single(s *shape) object {
	switch s.sort {
	case nameShape:
		return s.rule.schema()
	case durationShape:
		return object{"type": "string", "minLength": 2, "pattern": durationForm.String()}
	case countShape:
		return object{"type": "integer", "minimum": 1, "maximum": s.most}
	case flagShape:
		return object{"type": "boolean"}
	case enumShape:
		return object{"enum": slices.Clone(s.values)}
	case amountShape:
		return object{"anyOf": []any{object{"type": "integer", "minimum": 0}, object{"type": "string", "pattern": amountForm.String()}}}
	case valueShape:
		return object{"type": []string{"string", "integer", "boolean"}, "pattern": notBlank}
	}
	return object{"type": []string{"string", "number", "boolean"}, "pattern": notBlank}
}
