package config

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// What a file may be: small, flat, one document, and nothing in it that stands for something else.
const (
	maxFile  = 256 << 10
	maxDepth = 64
)

var errDepth = errors.New("nested deeper than 64 levels")

// parse reads the file into nodes. Anything but plain maps, lists and scalars is refused before it is looked at.
func parse(file string, data []byte) (*yaml.Node, error) {
	refuse := func(line, column int, message string) (*yaml.Node, error) {
		return nil, Problems{problem(file, line, column, message)}
	}
	switch {
	case len(data) > maxFile:
		return refuse(0, 0, "is larger than 256 KiB")
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return refuse(0, 0, "isn't plain UTF-8: save it without a byte order mark, NUL or other encodings")
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthFunc(func(depth int, _ *loaderlimits.DepthContext) error {
			if depth > maxDepth {
				return errDepth
			}
			return nil
		}))))
	if err != nil {
		return refuse(0, 0, "read YAML: "+err.Error())
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return refuse(1, 1, "is empty")
	case err != nil:
		return refuse(yamlError(err))
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return refuse(second.Line, second.Column, "a second document: one file is one document, without ---")
	case !errors.Is(err, io.EOF):
		return refuse(yamlError(err))
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	var ps Problems
	plain(file, root, &ps)
	return root, ps.Err()
}

func yamlError(err error) (line, column int, message string) {
	if e := new(yaml.LoadError); errors.As(err, &e) {
		return e.Mark.Line, e.Mark.Column, "isn't valid YAML: " + e.Message
	}
	return 0, 0, "isn't valid YAML: " + err.Error()
}

// plain refuses what makes a file mean more than it shows.
func plain(file string, n *yaml.Node, ps *Problems) {
	add := func(n *yaml.Node, message string) { *ps = append(*ps, problem(file, n.Line, n.Column, message)) }
	switch {
	case n.Kind == yaml.AliasNode:
		add(n, "aliases (*name) are refused: write it out")
		return
	case n.Anchor != "":
		add(n, "anchors (&name) are refused: write it out")
	case n.Style&yaml.TaggedStyle != 0:
		add(n, "tags (!name) are refused")
	}
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			switch {
			case key.Kind != yaml.ScalarNode:
				add(key, "a key must be a plain name")
			case key.Value == "<<":
				add(key, "merge keys (<<) are refused: write it out")
			case seen[key.Value]:
				add(key, "key "+quote(key.Value)+" is here twice")
			}
			seen[key.Value] = true
		}
	}
	for _, c := range n.Content {
		plain(file, c, ps)
	}
}
