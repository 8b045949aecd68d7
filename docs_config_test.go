package main

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// configurationPage is made of the structs that settle.yaml is decoded into: a key is a field's tag, what it is for the
// field's comment. A field without a comment, or of a type that no words are here for, fails the test.
func configurationPage(t *testing.T) string {
	p := &configPage{T: t, defaults: reflect.ValueOf(config.Default())}
	fmt.Fprint(p, `# Configuration

Every key of settle.yaml, and what it is for. [settle.example.yaml](../settle.example.yaml) is a whole one, and
`+"`settle doctor`"+` says what of yours isn't in order. A key that isn't here is an error that names the nearest one.

`+"`${env:NAME}` and `${file:PATH}`"+` stand for an environment variable and for a file beside settle.yaml; `+"`$${`"+` is a plain
`+"`${`"+`. NAME is yours to choose.

There must be a public_url and a keyset, where the service runs; in a channel and in a system its kind, in an operation kind and
risk, in an API key all of it. Everything else may be left out.
`)
	p.section("config", "Config", "", "settle.yaml")
	for _, kind := range []struct{ dir, title string }{
		{"channels/twilio", "A channel of kind twilio"}, {"integrations/ledger", "A system of kind ledger"}, {"integrations/rest", "A system of kind rest"},
	} {
		prefix := "channels.NAME."
		if strings.HasPrefix(kind.dir, "integrations") {
			prefix = "systems.NAME."
		}
		p.section(kind.dir, "Config", prefix, kind.title)
	}
	p.section("integrations/rest", "options", "systems.NAME.operations.NAME.", "An operation of a system of kind rest")
	return p.String()
}

type configPage struct {
	bytes.Buffer
	*testing.T
	defaults reflect.Value
}

// section describes the keys of one struct, and then the structs below it.
func (p *configPage) section(dir, name, prefix, title string) {
	structs := structsOf(p.T, dir)
	fmt.Fprintf(p, "\n## %s\n\n| key | is | |\n|---|---|---|\n", title)
	var below []func()
	if kinds := kindsAt(title); kinds != nil {
		fmt.Fprintf(p, "| `kind` | %s | which plug-in it is |\n", "one of "+strings.Join(kinds, ", "))
	}
	for _, f := range structs[name] {
		words, inner, suffix := p.words(f.kind, structs)
		about := f.about
		if inner != "" {
			at := prefix + f.key + suffix
			below = append(below, func() { p.section(dir, inner, at+".", at) })
		}
		if about == "" {
			p.Errorf("%s.%s: the field of %s has no comment that says what it is for", dir, name, f.key)
		}
		if d := p.fallback(prefix + f.key); d != "" {
			about += "; `" + d + "` where left out"
		}
		fmt.Fprintf(p, "| `%s` | %s | %s |\n", f.key, cell(words), cell(about))
	}
	for _, next := range below {
		next()
	}
}

// kindsAt are the plug-ins that a section may name.
func kindsAt(title string) []string {
	switch title {
	case "channels.NAME":
		return slices.Sorted(maps.Keys(channelKinds))
	case "systems.NAME":
		return slices.Sorted(maps.Keys(systemKinds))
	}
	return nil
}

// fallback is what a key of the file has where it is left out.
func (p *configPage) fallback(path string) string {
	v := p.defaults
	for _, key := range strings.Split(path, ".") {
		if v.Kind() != reflect.Struct {
			return ""
		}
		var next reflect.Value
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("yaml") == key {
				next = v.Field(i)
			}
		}
		if !next.IsValid() {
			return ""
		}
		v = next
	}
	switch d := v.Interface().(type) {
	case time.Duration:
		return strings.TrimSuffix(d.String(), "0s")
	case config.Daily:
		return fmt.Sprintf(`"%d per day"`, d)
	}
	if v.IsZero() || v.Kind() == reflect.Struct {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// words say what stands at a key of a type. inner is the struct that describes it, suffix what is between the key and its own.
func (p *configPage) words(kind string, structs map[string][]structField) (words, inner, suffix string) {
	if _, ok := structs[strings.TrimPrefix(kind, "*")]; ok {
		return "a map", strings.TrimPrefix(kind, "*"), ""
	}
	if of, ok := strings.CutPrefix(kind, "[]"); ok && structs[of] != nil {
		return "a list", of, "[]"
	}
	if of, ok := strings.CutPrefix(kind, "map[string]"); ok && structs[of] != nil {
		return "a map of names", of, ".NAME"
	}
	plain := map[string]string{
		"string": "a text", "bool": "true or false", "int": "a whole number", "any": "anything", "[]string": "a list of texts", "[]int": "a list of numbers",
		"time.Duration": "a time, as 30s, 5m, 4h or 21d", "Secret": "a text, best by reference", "Digest": "64 hexadecimal digits", "Rate": "as 50/s or 100/m",
		"Percent": "a share, as 99.9%", "Daily": `as "5 per day"`, "map[string]string": "a map of texts", "map[int]string": "a map of statuses",
		"*policy.Risk": "one of " + risks(), "map[policy.Risk]policy.Assurance": "a map of risks, each with a level of assurance",
		"map[string]fsm.Type": "names, each with its type: " + factTypes(), "map[string]map[string]fsm.Type": "a map of events, each with names and types",
	}
	words, ok := plain[kind]
	if !ok {
		p.Errorf("there are no words for a key of type %s", kind)
	}
	return words, "", ""
}

func risks() string {
	var all []string
	for r := policy.Info; r <= policy.Identity; r++ {
		all = append(all, r.String())
	}
	return strings.Join(all, ", ")
}

func factTypes() string {
	for _, k := range fsm.Language() {
		if k.Where == "fact" && k.Name == "type" {
			return strings.Join(k.Values, ", ")
		}
	}
	return ""
}
