package fsm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// ReadTree reads workflows/*.yaml, each with the fragments that it uses and its own part of messages/*.yaml. It checks
// nothing of what is in them: that is Load's. Where a file is there that it wouldn't read, for its name, the error is
// Problems, beside all bundles.
func ReadTree(fsys fs.FS, d Declarations) ([]Bundle, error) {
	workflows, err := readAll(fsys, "workflows")
	if err != nil {
		return nil, err
	}
	fragments, err := readAll(fsys, "fragments")
	if err != nil {
		return nil, err
	}
	messages, err := readAll(fsys, "messages")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, w := range workflows {
		names[Bundle{Workflow: w}.Name()] = true
	}
	bundles := make([]Bundle, 0, len(workflows))
	for _, w := range workflows {
		b := Bundle{Workflow: w, Declarations: d}
		b.Fragments = used(w, fragments)
		for _, m := range messages {
			b.Messages = append(b.Messages, SourceFile{m.Name, withoutSections(m, func(section string) bool { return names[section] && section != b.Name() })})
		}
		bundles = append(bundles, b)
	}
	return bundles, misnamed(fsys).Err()
}

// directories are those that files are read from.
var directories = []string{"campaigns", "fragments", "messages", "workflows"}

// misnamed finds files that look like YAML and aren't read.
func misnamed(fsys fs.FS) (ps Problems) {
	for _, dir := range directories {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil { // a directory that isn't there holds no file
			continue
		}
		for _, e := range entries {
			if ext := path.Ext(e.Name()); !e.IsDir() && ext != ".yaml" && (strings.EqualFold(ext, ".yaml") || strings.EqualFold(ext, ".yml")) {
				ps.add(Position{File: path.Join(dir, e.Name())}, "ignored", "is ignored: only files that end in .yaml are read%s",
					hint(fmt.Sprintf("; call it %s.yaml", strings.TrimSuffix(e.Name(), ext))))
			}
		}
	}
	return ps
}

func readAll(fsys fs.FS, dir string) ([]SourceFile, error) {
	names, err := fs.Glob(fsys, dir+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var all []SourceFile
	for _, name := range names {
		data, err := readCapped(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, SourceFile{name, data})
	}
	return all, nil
}

// readCapped reads one byte more than a file may have, so that Load sees that it is too large and nobody holds the rest.
func readCapped(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return data, errors.Join(err, f.Close())
}

// used are the fragments that a workflow names. Those of a workflow that can't be read don't matter: it won't load. Where a
// name isn't found all fragments come along, for it won't load either, and the right name is among them.
func used(w SourceFile, fragments []SourceFile) []SourceFile {
	root := repaired(w, workflowShape)
	if root == nil {
		return nil
	}
	var all []SourceFile
	names := map[string]bool{}
	for _, e := range (node{root, w.Name}).mapped() {
		if e.key == "use" && e.val.isList() {
			for _, n := range e.val.items() {
				names[n.Value] = true
			}
		}
	}
	found := 0
	for _, f := range fragments {
		n := repaired(f, fragmentShape)
		if n == nil { // which one it would be can't be known: let Load say what is wrong with it
			if names[strings.TrimSuffix(path.Base(f.Name), ".yaml")] {
				all = append(all, f)
				found++
			}
			continue
		}
		for _, e := range (node{n, f.Name}).mapped() {
			if e.key == "fragment" && names[e.val.Value] {
				all = append(all, f)
				found++
			}
		}
	}
	if found < len(names) {
		return fragments
	}
	return all
}

// repaired is a file as Load reads it, with misspelt keys put right.
func repaired(f SourceFile, s *shape) *yaml.Node {
	root, _ := parseYAML(f)
	if root != nil {
		conform(node{root, f.Name}, s)
	}
	return root
}

// mapped is entries, or nothing where the node is no map.
func (n node) mapped() []entry {
	if !n.isMap() {
		return nil
	}
	return n.entries()
}

// withoutSections blanks out other workflows' sections, line by line, so that what is left stands where it stood. A file
// that isn't written one section below the other is kept whole: the hash leaves the other sections out all the same.
func withoutSections(f SourceFile, other func(section string) bool) []byte {
	root, _ := parseYAML(f)
	if root == nil || root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 {
		return f.Data
	}
	lines := bytes.SplitAfter(f.Data, []byte("\n"))
	entries := node{root, f.Name}.entries()
	for i, e := range entries {
		if !other(e.key) || e.at.Column != 1 {
			continue
		}
		end := len(lines)
		if i+1 < len(entries) {
			end = entries[i+1].at.Line - 1
		}
		for j := e.at.Line - 1; j < end; j++ {
			lines[j] = []byte("\n")
		}
	}
	return bytes.TrimRight(bytes.Join(lines, nil), "\n")
}

// canonicalMessages is the content of a workflow's sections, whatever their layout, comments and place in the file.
func canonicalMessages(f SourceFile, workflow string) []byte {
	root, _ := parseYAML(f)
	if root == nil {
		return f.Data
	}
	var parts []any
	for _, name := range []string{"common", workflow} {
		for _, e := range (node{root, f.Name}).mapped() {
			if e.key == name {
				parts = append(parts, name, plainly(e.val.Node))
			}
		}
	}
	b, err := json.Marshal(parts)
	if err != nil { // lists of strings
		return f.Data
	}
	return b
}

// plainly is a node as lists and texts, in the file's order.
func plainly(n *yaml.Node) any {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	all := make([]any, 0, len(n.Content)+1)
	if n.Kind == yaml.MappingNode {
		all = append(all, "map")
	} else {
		all = append(all, "list")
	}
	for _, c := range n.Content {
		all = append(all, plainly(c))
	}
	return all
}

// LoadTree loads all workflows, and checks what only holds between them. Its error is Problems, of all files at once.
func LoadTree(fsys fs.FS, d Declarations) (*Library, error) {
	bundles, err := ReadTree(fsys, d)
	var ps Problems
	if err != nil && !errors.As(err, &ps) {
		return nil, err
	}
	lib, err := LoadAll(bundles)
	var more Problems
	if errors.As(err, &more) {
		ps = append(ps, more...)
	}
	return lib, ps.Err()
}

// LoadAll loads bundles into a library, and checks what only holds between them.
func LoadAll(bundles []Bundle) (*Library, error) {
	var ps Problems
	lib := NewLibrary()
	names := map[string]string{}
	failed := map[string]bool{}
	triggers := map[string]string{}
	for _, b := range bundles {
		if other, ok := names[b.Name()]; ok {
			ps.add(Position{File: b.Workflow.Name}, "duplicate", "workflow %q is already defined in %s", b.Name(), other)
			continue
		}
		names[b.Name()] = b.Workflow.Name
		w, err := Load(b)
		if more := Problems(nil); errors.As(err, &more) {
			ps, failed[b.Name()] = append(ps, more...), true
			continue
		}
		if other, ok := triggers[w.Trigger.Event]; ok && w.Trigger.Event != "" {
			ps.add(Position{File: b.Workflow.Name}, "duplicate", "event %q already triggers workflow %s", w.Trigger.Event, other)
		}
		triggers[w.Trigger.Event] = w.Name
		lib.Add(w)
	}
	for _, w := range lib.All() {
		opened(w, lib, failed, &ps)
	}
	unknownSections(bundles, names, &ps)
	return lib, ps.Err()
}

// opened checks the cases that a workflow opens later: they must exist, and take the facts that they are given.
func opened(w *Workflow, lib *Library, failed map[string]bool, ps *Problems) {
	for _, o := range w.ends() {
		if o.Opens == nil || failed[o.Opens.Workflow] {
			continue
		}
		to := lib.Named(o.Opens.Workflow)
		if to == nil {
			ps.add(o.at, "unknown-name", "%s opens workflow %q, which isn't there%s", o.what, o.Opens.Workflow, didYouMean(o.Opens.Workflow, slices.Collect(maps.Keys(lib.All()))))
			continue
		}
		for _, name := range keys(o.Opens.Facts) {
			x, def := o.Opens.Facts[name], to.Facts[name]
			switch {
			case def == nil:
				ps.add(x.At, "unknown-name", "workflow %s has no fact %q%s", to.Name, name, didYouMean(name, keys(to.Facts)))
			case def.From != "trigger":
				ps.add(x.At, "conflict", "fact %s of workflow %s doesn't come from what opens it", name, to.Name)
			case !fits(x.Type, def.Type, false):
				ps.add(x.At, "type", "fact %s of workflow %s is %s, and is given %s", name, to.Name, phrase(def.Type), phrase(x.Type))
			}
		}
	}
}

// unknownSections finds message sections that belong to no workflow: a misspelled name would lose all its texts.
func unknownSections(bundles []Bundle, names map[string]string, ps *Problems) {
	for _, b := range bundles {
		for _, f := range b.Messages {
			root, _ := parseYAML(f)
			for _, e := range (node{root, f.Name}).mapped() {
				if e.key != "common" && names[e.key] == "" {
					ps.add(e.at, "unknown-key", "there is no workflow %q%s", e.key, didYouMean(e.key, slices.Collect(maps.Keys(names))))
				}
			}
		}
	}
}
