package ledger

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/settle-chat/settle/integrations"
)

// Config is the ledger's part of settle.yaml: systems: {core: {kind: ledger, path: bank.db}}.
type Config struct {
	Path     string `yaml:"path"`     // within the data directory where relative; ledger.db where left out
	Currency string `yaml:"currency"` // ISO 4217; the file's own where left out, ZAR where the file is new
}

// Open opens the file with the operations that settle.yaml declares, all of which the ledger must know. Systems that name no
// path share one file: the demo's bank and its payment provider in one. The System is a *Ledger.
func (c *Config) Open(d integrations.Deps) (integrations.System, error) {
	for _, name := range slices.Sorted(maps.Keys(d.Operations)) {
		if err := check(name, d.Operations[name]); err != nil {
			return nil, fmt.Errorf("system %q, operation %q: %w", d.Name, name, err)
		}
	}
	path := c.Path
	if path == "" {
		path = "ledger.db"
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.DataDir, path)
	}
	declared := d.Operations
	if declared == nil {
		declared = map[string]integrations.Operation{}
	}
	l, err := open(path, c.Currency, d.Clock(), declared)
	if err != nil {
		return nil, fmt.Errorf("system %q: %w", d.Name, err)
	}
	return l, nil
}

// check holds a declaration to what the ledger can do, so that a misspelt name shows at start, not at a customer's promise.
func check(name string, o integrations.Operation) error {
	known, ok := operations[name]
	if !ok {
		return fmt.Errorf("the ledger has no such operation: %s", integrations.DidYouMean(name, slices.Collect(maps.Keys(operations))))
	}
	if o.Kind != known.kind() {
		return fmt.Errorf("it is a %s, not a %s", known.kind(), o.Kind)
	}
	for _, in := range slices.Sorted(maps.Keys(o.In)) {
		f, ok := known.in[in]
		if !ok {
			return fmt.Errorf("it takes no input %q: %s", in, integrations.DidYouMean(in, slices.Collect(maps.Keys(known.in))))
		}
		if !same(f.typ, o.In[in]) {
			return fmt.Errorf("input %q is %s, not %s", in, f.typ, o.In[in])
		}
	}
	for _, in := range slices.Sorted(maps.Keys(known.in)) {
		if _, ok := o.In[in]; !ok && !known.in[in].optional && in != "ref" { // ref comes with every call
			return fmt.Errorf("it needs the input %s: %s", in, known.in[in].typ)
		}
	}
	for _, out := range slices.Sorted(maps.Keys(o.Out)) {
		typ, ok := known.out[out]
		if !ok {
			return fmt.Errorf("it gives no output %q: %s", out, integrations.DidYouMean(out, slices.Collect(maps.Keys(known.out))))
		}
		if !same(typ, o.Out[out]) {
			return fmt.Errorf("output %q is %s, not %s", out, typ, o.Out[out])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o.Options)) {
		if !slices.Contains([]string{"kind", "risk", "in", "out"}, key) {
			return fmt.Errorf("the ledger has no option %q for an operation", key)
		}
	}
	return nil
}

// same: the ledger keeps every kind of text alike.
func same(ours, declared string) bool {
	if ours == "text" {
		return slices.Contains([]string{"text", "choice", "choices", "phone", "email", "address", "file"}, declared)
	}
	return ours == declared
}
