package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// unresolvedTag marks a value whose reference was not resolved: for Shape on purpose, else it isn't there. No decoder looks into it.
const unresolvedTag = "!settle/unresolved"

// referenceTag marks a value that came from a reference, which no error may quote.
const referenceTag = "!settle/reference"

// maxReference is how large a file behind ${file:PATH} may be. A keyset has a few kilobytes.
const maxReference = 64 << 10

// reference is ${kind:name}; $${ stands for a literal ${.
var reference = regexp.MustCompile(`\$?\$\{([^}]*)\}?`)

// resolver replaces references in values, never in keys, each once: what comes out is not looked at again.
type resolver struct {
	dir   string // of the file, for relative paths
	shape bool
	env   func(name string) (string, bool)
	file  func(path string) ([]byte, error)
}

func newResolver(path string, shape bool) resolver {
	return resolver{dir: filepath.Dir(path), shape: shape, env: os.LookupEnv, file: readSmall}
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxReference {
		return nil, fmt.Errorf("larger than %d KiB", maxReference>>10)
	}
	return os.ReadFile(path)
}

func (r resolver) resolve(file string, n *yaml.Node, ps *Problems) {
	if n.Kind == yaml.MappingNode {
		for i := 1; i < len(n.Content); i += 2 {
			r.resolve(file, n.Content[i], ps)
		}
		return
	}
	for _, c := range n.Content {
		r.resolve(file, c, ps)
	}
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, "${") {
		return
	}
	whole, touched, failed := n.Value, false, false
	n.Value = reference.ReplaceAllStringFunc(whole, func(match string) string {
		if strings.HasPrefix(match, "$$") {
			return match[1:]
		}
		touched = true
		if r.shape {
			return match
		}
		value, err := r.one(match)
		if err != nil {
			*ps = append(*ps, problem(file, n.Line, n.Column, err.Error()))
			failed = true
		}
		return value
	})
	switch {
	case touched && r.shape, failed: // that it isn't there is said; what it should look like isn't its fault
		n.Tag = unresolvedTag
	case touched:
		n.Tag = referenceTag
	}
}

func (r resolver) one(match string) (string, error) {
	kind, name, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(match, "${"), "}"), ":")
	if !ok || name == "" || !strings.HasSuffix(match, "}") {
		return "", fmt.Errorf("reference %s isn't one: write ${env:NAME} or ${file:PATH}, and $${ for a plain ${", quote(match))
	}
	switch kind {
	case "env":
		value, ok := r.env(name)
		if !ok {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		return clean(value, "environment variable "+name)
	case "file":
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.dir, path)
		}
		data, err := r.file(path)
		if err != nil {
			return "", fmt.Errorf("read the file behind %s: %w", quote(match), err)
		}
		return clean(strings.TrimRight(string(data), "\r\n"), "file "+quote(name))
	}
	return "", fmt.Errorf("reference kind %s: env or file", quote(kind))
}

func clean(value, what string) (string, error) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", fmt.Errorf("%s isn't UTF-8 text", what)
	}
	return value, nil
}
