package fsm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"
)

// compiled is the schema of one kind of file, made ready by a validator that isn't ours.
func compiled(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	data, err := FileSchema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("the schema of %s isn't JSON: %v", kind, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(kind+".json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(kind + ".json")
	if err != nil {
		t.Fatalf("the schema of %s isn't one: %v", kind, err)
	}
	return s
}

// asJSON is a file as an editor gives it to its validator.
func asJSON(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = asJSON(n.Content[i+1])
		}
		return m
	case n.Kind == yaml.SequenceNode:
		all := make([]any, len(n.Content))
		for i, c := range n.Content {
			all[i] = asJSON(c)
		}
		return all
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!int" || n.Tag == "!!float":
		return json.Number(n.Value)
	case n.Tag == "!!bool":
		return strings.EqualFold(n.Value, "true")
	}
	return n.Value
}

// mutated are the files that are changed, with the tree that each is loaded with.
var mutated = []struct {
	kind, dir, file string
	times           int
}{
	{"workflow", "testdata/load/tree", "workflows/small.yaml", 120},
	{"workflow", "testdata/load/examples", "workflows/failed-payment.yaml", 60},
	{"workflow", "testdata/load/examples", "workflows/kyc-refresh.yaml", 60},
	{"workflow", "../content", "workflows/overdue-account.yaml", 80},
	{"workflow", "../content", "workflows/promise-due.yaml", 60},
	{"fragments", "testdata/load/tree", "fragments/shared.yaml", 60},
	{"messages", "testdata/load/tree", "messages/en.yaml", 150},
}

// The schema accepts a file just where the loader finds nothing structural wrong with it: an editor and check never differ.
func TestSchemaAgreesWithLoader(t *testing.T) {
	t.Parallel()
	for _, tc := range mutated {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			schema, declarations := compiled(t, tc.kind), declared(t, tc.dir+"/settle.yaml", "email")
			declarations.Languages = nil
			bundles, err := ReadTree(os.DirFS(tc.dir), declarations)
			if err != nil {
				t.Fatal(err)
			}
			source, err := fs.ReadFile(os.DirFS(tc.dir), tc.file)
			if err != nil {
				t.Fatal(err)
			}
			accepted, refused := 0, 0
			for seed := range tc.times {
				text, what := mutate(t, source, uint64(seed))
				root, ps := parseYAML(SourceFile{tc.file, text})
				if len(ps) > 0 {
					continue // a key twice, say: an editor's own parser finds it
				}
				problems := structural(bundles, SourceFile{tc.file, text})
				wrong := schema.Validate(asJSON(root))
				switch {
				case len(problems) > 0 && wrong == nil:
					t.Errorf("%s, seed %d, %s: the schema accepts it, the loader says\n%v\n%s", tc.file, seed, what, problems, text)
				case len(problems) == 0 && wrong != nil:
					t.Errorf("%s, seed %d, %s: the loader finds nothing structural, the schema says\n%v\n%s", tc.file, seed, what, wrong, text)
				case wrong == nil:
					accepted++
				default:
					refused++
				}
			}
			if accepted < tc.times/20 || refused < tc.times/4 {
				t.Errorf("of %d files %d were accepted and %d refused: too few of one kind to prove anything", tc.times, accepted, refused)
			}
		})
	}
}

// Of every key of the files that use the whole language, with a value of every kind in its place.
func TestSchemaAgreesOnEveryValue(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ kind, file string }{{"workflow", "workflows/small.yaml"}, {"fragments", "fragments/shared.yaml"}, {"messages", "messages/en.yaml"}} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			schema, source := compiled(t, tc.kind), loadFiles(t)[tc.file].Data
			root, _ := parseYAML(SourceFile{tc.file, source})
			var visit func(n *yaml.Node)
			visit = func(n *yaml.Node) {
				for i, old := range n.Content {
					if n.Kind == yaml.MappingNode && i%2 == 0 {
						continue
					}
					for k, other := range otherValues(old) {
						n.Content[i] = other
						asked := asJSON(root)
						problems := conform(node{copied(root), tc.file}, schemas[tc.kind].shape)
						if wrong := schema.Validate(asked); (wrong == nil) != (len(problems) == 0) {
							t.Errorf("%s:%d:%d with value %d, %q: the loader finds\n%v\nthe schema says\n%v", tc.file, old.Line, old.Column, k, other.Value, problems, wrong)
						}
					}
					n.Content[i] = old
					visit(old)
				}
			}
			visit(root)
		})
	}
}

// copied is a tree that can be changed apart.
func copied(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = copied(child)
	}
	return &c
}

// structural is what the loader finds structurally wrong with one file, put into the bundles in place of the one there.
func structural(bundles []Bundle, f SourceFile) (found Problems) {
	for _, b := range bundles {
		replaced := false
		swap := func(files []SourceFile) []SourceFile {
			files = slices.Clone(files)
			for i := range files {
				if files[i].Name == f.Name {
					files[i], replaced = f, true
				}
			}
			return files
		}
		b.Workflow, b.Fragments, b.Messages = swap([]SourceFile{b.Workflow})[0], swap(b.Fragments), swap(b.Messages)
		if !replaced {
			continue
		}
		var ps Problems
		_, err := Load(b)
		errors.As(err, &ps)
		for _, p := range ps {
			if p.Structural && p.At.File == f.Name {
				found = append(found, p)
			}
		}
		break
	}
	return found
}

// Every key is described, and its example is one that may stand there.
func TestLanguage(t *testing.T) {
	t.Parallel()
	all := Language()
	if len(all) < 100 {
		t.Errorf("the language has %d keys, want at least 100", len(all))
	}
	for _, k := range all {
		if k.Where == "" || k.Type == "" || k.Description == "" || k.Example == "" {
			t.Errorf("%s %s: type %q, description %q, example %q: none may be empty", k.Where, k.Name, k.Type, k.Description, k.Example)
		}
	}
	seen := map[*shape]bool{}
	var walk func(s *shape)
	walk = func(s *shape) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, k := range s.keys {
			example(t, s.where, k.name, k.example, k.is)
			walk(k.is)
		}
		if s.sort == namesShape && s.where != "" {
			example(t, s.where, "", s.example, s.of)
		}
		walk(s.of)
		for _, c := range s.cases {
			walk(c)
		}
	}
	for _, s := range schemas {
		walk(s.shape)
	}
}

// example checks that an example is one entry, of this name where there is one, and what may stand there.
func example(t *testing.T, where, name, text string, s *shape) {
	t.Helper()
	root, ps := parseYAML(SourceFile{"example", []byte(text)})
	if len(ps) > 0 || root.Kind != yaml.MappingNode || len(root.Content) != 2 {
		t.Errorf("%s %s: example %q isn't one entry: %v", where, name, text, ps)
		return
	}
	if got := root.Content[0].Value; name != "" && got != name {
		t.Errorf("%s %s: example %q is of %s", where, name, text, got)
	}
	if ps := conform(node{root.Content[1], "example"}, s); len(ps) > 0 {
		t.Errorf("%s %s: example %q can't stand there: %v", where, name, text, ps)
	}
}
