package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	yaml "go.yaml.in/yaml/v4"
)

// Read reads and checks a file for running the service. What is wrong with it is Problems.
func Read(path string) (*Config, error) {
	return read(path, false)
}

// Shape reads a file for what it declares: references stay unresolved and what only a running service needs may be
// missing, so that workflows are checked where there are no secrets.
func Shape(path string) (*Config, error) {
	return read(path, true)
}

func read(path string, shape bool) (*Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read configuration: %w: name the file with --config, or begin with settle.example.yaml", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return load(path, data, newResolver(path, shape))
}

// Parse reads a file's content as Shape does, for one that is compiled in.
func Parse(name string, data []byte) (*Config, error) {
	return load(name, data, newResolver(name, true))
}

func load(path string, data []byte, r resolver) (*Config, error) {
	root, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: path, where: map[string]*yaml.Node{}}
	r.resolve(path, root, &d.problems)
	c := Default()
	c.path, c.root = path, root
	d.decode("", root, reflect.ValueOf(&c).Elem())
	c.check(checker{d, r.shape, len(d.problems) > 0})
	if err := d.problems.Err(); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.DataDir) {
		c.DataDir = filepath.Join(filepath.Dir(path), c.DataDir)
	}
	switch {
	case c.Workflows == "":
		c.Workflows = filepath.Dir(path)
	case !filepath.IsAbs(c.Workflows):
		c.Workflows = filepath.Join(filepath.Dir(path), c.Workflows)
	}
	return &c, nil
}
