package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/fsm"
)

// Reference is one ${env:NAME} or ${file:PATH} in a file, and what stands behind it.
type Reference struct {
	At    fsm.Position
	Name  string // as it is written
	Value Secret
	Err   error // why there is no value

	Mode     fs.FileMode // of a file behind it; zero for a variable
	Modified time.Time   // the same
}

// References are all that a file refers to, in its order, whatever else is wrong with it.
func References(path string) ([]Reference, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	root, err := parse(path, data)
	if root == nil || err != nil && !errors.As(err, new(Problems)) {
		return nil, err
	}
	r := newResolver(path, false)
	var all []Reference
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		step := 1
		if n.Kind == yaml.MappingNode {
			step = 2 // a key refers to nothing
		}
		for i := step - 1; i < len(n.Content); i += step {
			walk(n.Content[i])
		}
		if n.Kind != yaml.ScalarNode {
			return
		}
		for _, match := range reference.FindAllString(n.Value, -1) {
			if !strings.HasPrefix(match, "$$") {
				all = append(all, r.follow(path, n, match))
			}
		}
	}
	walk(root)
	return all, nil
}

func (r resolver) follow(file string, n *yaml.Node, match string) Reference {
	value, err := r.one(match)
	ref := Reference{At: fsm.Position{File: file, Line: n.Line, Column: n.Column}, Name: match, Value: Secret(value), Err: err}
	name, ok := strings.CutPrefix(strings.TrimSuffix(match, "}"), "${file:")
	if !ok {
		return ref
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.dir, name)
	}
	if info, err := os.Stat(name); err == nil {
		ref.Mode, ref.Modified = info.Mode(), info.ModTime()
	}
	return ref
}
