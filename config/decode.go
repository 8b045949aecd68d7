package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// decoder puts nodes into Go values, strictly: texts keep their literal form (00123 stays 00123), nothing is converted, and
// every problem is noted with its place. A struct's keys are its yaml tags; untagged and unexported fields are left alone.
type decoder struct {
	file     string
	problems Problems
	where    map[string]*yaml.Node // by path, such as api_keys[0].sha256: where later checks point to
}

// mostProblems are said about one file: nobody reads more, and a file that is no configuration has thousands.
const mostProblems = 100

func (d *decoder) problem(n *yaml.Node, format string, args ...any) {
	if len(d.problems) == mostProblems {
		return
	}
	line, column := 0, 0
	if n != nil {
		line, column = n.Line, n.Column
	}
	d.problems = append(d.problems, problem(d.file, line, column, fmt.Sprintf(format, args...)))
}

// taker is a type that takes its node itself, because part of it isn't its own.
type taker interface {
	take(d *decoder, path string, n *yaml.Node)
}

func (d *decoder) decode(path string, n *yaml.Node, v reflect.Value) {
	if d.where != nil {
		d.where[path] = n
	}
	if n.Tag == unresolvedTag {
		return
	}
	if v.CanAddr() {
		if t, ok := v.Addr().Interface().(taker); ok {
			t.take(d, path, n)
			return
		}
	}
	if isNull(n) { // a key without a value is as good as not there
		return
	}
	if v.CanAddr() && n.Kind == yaml.ScalarNode {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if err := u.UnmarshalText([]byte(n.Value)); err != nil {
				d.problem(n, "%s", d.quiet(n, err))
			}
			return
		}
	}
	switch v.Type() {
	case reflect.TypeFor[time.Duration]():
		if t, err := parseDuration(n.Value); n.Kind != yaml.ScalarNode || err != nil {
			d.problem(n, "%s is not a duration: write 30s, 5m, 4h or 21d", d.show(n))
		} else {
			v.SetInt(int64(t))
		}
		return
	case reflect.TypeFor[yaml.Node]():
		v.Set(reflect.ValueOf(*n))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(path, n, v.Elem())
	case reflect.Struct:
		d.structure(path, n, v, nil)
	case reflect.Map:
		d.table(path, n, v)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.problem(n, "want a list, [...]")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, c := range n.Content {
			d.decode(fmt.Sprintf("%s[%d]", path, i), c, v.Index(i))
		}
	case reflect.Interface:
		d.free(n, v)
	default:
		d.scalar(n, v)
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.problem(n, "want one value, have a %s", kindName(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			d.problem(n, "%s: want true or false", d.show(n))
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if err != nil {
			d.problem(n, "%s: want a whole number", d.show(n))
			return
		}
		v.SetInt(i)
	default:
		d.problem(n, "a value of type %s can't be configured", v.Type())
	}
}

// structure decodes a map into a struct. What is in engine belongs to somebody else and is let by.
func (d *decoder) structure(path string, n *yaml.Node, v reflect.Value, engine []string) {
	if n.Kind != yaml.MappingNode {
		d.problem(n, "want a map, key: value, have a %s", kindName(n))
		return
	}
	fields, known := map[string]reflect.Value{}, append([]string(nil), engine...)
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		if tag == "" || tag == "-" {
			continue
		}
		fields[tag] = v.Field(i)
		known = append(known, tag)
	}
	let := map[string]bool{}
	for _, k := range engine {
		let[k] = true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		switch {
		case ok:
			d.decode(join(path, key.Value), n.Content[i+1], field)
		case !let[key.Value]:
			d.problem(key, "unknown key %s: %s", quote(key.Value), didYouMean(key.Value, known))
		}
	}
}

func (d *decoder) table(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.problem(n, "want a map, key: value, have a %s", kindName(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		before := len(d.problems)
		d.decode(join(path, n.Content[i].Value)+" (key)", n.Content[i], key)
		named := len(d.problems) == before
		d.decode(join(path, n.Content[i].Value), n.Content[i+1], value)
		if named {
			v.SetMapIndex(key, value)
		}
	}
}

// free keeps whatever is there: maps, lists, and scalars as YAML reads them, except that no number becomes a float.
func (d *decoder) free(n *yaml.Node, v reflect.Value) {
	if v.Type() != reflect.TypeFor[any]() {
		d.problem(n, "a value of type %s can't be configured", v.Type())
		return
	}
	if any := d.plainly(n); any != nil {
		v.Set(reflect.ValueOf(any))
	}
}

func (d *decoder) plainly(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		if numbered(n) { // statuses: {422: "$.code"}
			m := make(map[any]any, len(n.Content)/2)
			for i := 0; i+1 < len(n.Content); i += 2 {
				m[d.plainly(n.Content[i])] = d.plainly(n.Content[i+1])
			}
			return m
		}
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = d.plainly(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		l := make([]any, len(n.Content))
		for i, c := range n.Content {
			l[i] = d.plainly(c)
		}
		return l
	}
	switch n.Tag {
	case "!!int":
		if i, err := strconv.Atoi(n.Value); err == nil {
			return i
		}
	case "!!bool":
		if n.Value == "true" || n.Value == "false" {
			return n.Value == "true"
		}
	case "!!null", unresolvedTag:
		return nil
	}
	return n.Value
}

// show quotes what stands in the file, but never what came from a reference.
func (d *decoder) show(n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		return "a " + kindName(n)
	case n.Tag == referenceTag:
		return "the value behind this reference"
	}
	return quote(n.Value)
}

func (d *decoder) quiet(n *yaml.Node, err error) error {
	if n.Tag == referenceTag {
		return errors.New("the value behind this reference isn't of the right form")
	}
	return err
}

// numbered: all keys are whole numbers.
func numbered(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!int" {
			return false
		}
	}
	return len(n.Content) > 0
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "map"
	case yaml.SequenceNode:
		return "list"
	}
	return "single value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "..."
	}
	return strconv.Quote(s)
}
