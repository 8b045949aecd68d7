package rest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/integrations"
)

// options are an operation's own keys in settle.yaml.
type options struct {
	Request     request           `yaml:"request"`     // the request: one method, and its path
	Answer      map[string]string `yaml:"answer"`      // output -> where it stands: $.balance
	Receipt     string            `yaml:"receipt"`     // where the system's own name for what it did stands: $.id
	Idempotency string            `yaml:"idempotency"` // header: Idempotency-Key holds the change's key; none, also where left out
	Results     results           `yaml:"results"`     // what a status means; what is in none of them and may have arrived is unknown
	Read        *read             `yaml:"read"`        // asks whether a change was made, where the system has no idempotency; a 404 says that it wasn't
}

// request is one method with its path; json is the body.
type request struct {
	Get    string `yaml:"get"`    // a path below base_url with inputs in it: /accounts/{ref}
	Post   string `yaml:"post"`   // the same
	Put    string `yaml:"put"`    // the same
	Patch  string `yaml:"patch"`  // the same
	Delete string `yaml:"delete"` // the same
	JSON   any    `yaml:"json"`   // the body, with inputs as values: {amount: "{amount}"}
}

// results say what a status means. What they leave out is decided in results.go.
type results struct {
	OK       []int          `yaml:"ok"`       // 200, 201 and 204 where left out; 200 for a lookup
	Declined map[int]string `yaml:"declined"` // status -> where the reason stands ($.code), or the reason itself
	Retry    []int          `yaml:"retry"`    // it surely did not happen; 429 where left out
}

// read asks whether a change was made, where the system has no idempotency. It is best when it names the change, {key}, and
// the request has put that there: what it finds must be this change and no other. A 404 means that it was not made.
type read struct {
	Get     string            `yaml:"get"`     // the path that is asked
	Made    string            `yaml:"made"`    // made if this is there and isn't false: $.items[0]; any 200 where left out
	Answer  map[string]string `yaml:"answer"`  // the operation's where left out
	Receipt string            `yaml:"receipt"` // the operation's where left out
}

// decode reads the options strictly. It lets by what belongs to the engine, wherever the loader has left it.
func decode(raw map[string]any) (options, error) {
	own := maps.Clone(raw)
	for _, engine := range []string{"kind", "risk", "in", "out"} {
		delete(own, engine)
	}
	var o options
	if err := strict(own, reflect.TypeFor[options]()); err != nil {
		return o, err
	}
	text, err := yaml.Dump(own)
	if err != nil {
		return o, fmt.Errorf("read its keys: %w", err)
	}
	if err := yaml.Load(text, &o); err != nil {
		return o, fmt.Errorf("read its keys: %w", err)
	}
	return o, nil
}

// strict names the known key nearest to an unknown one, which the YAML library doesn't.
func strict(raw any, t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	m, ok := raw.(map[string]any)
	if !ok || t.Kind() != reflect.Struct {
		return nil // a value of another type is the YAML library's to refuse; a map's keys are the user's
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		fields[t.Field(i).Tag.Get("yaml")] = t.Field(i).Type
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		inner, ok := fields[k]
		if !ok {
			return fmt.Errorf("unknown key %q: %s", k, integrations.DidYouMean(k, slices.Collect(maps.Keys(fields))))
		}
		if err := strict(m[k], inner); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	return nil
}
