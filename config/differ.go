package config

import (
	"fmt"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Differ are the keys in which two readings of a file differ, such as listen, redis.url and channels.sms, in order: what stands
// behind references counts, where it stands in the file doesn't. It never tells a value.
func (c *Config) Differ(other *Config) []string {
	a, b := c.flat(), other.flat()
	var keys []string
	for path, value := range a {
		if is, ok := b[path]; !ok || is != value {
			keys = append(keys, shortened(path))
		}
	}
	for path := range b {
		if _, ok := a[path]; !ok {
			keys = append(keys, shortened(path))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// flat are all values of the file by their paths.
func (c *Config) flat() map[string]string {
	values := make(map[string]string)
	if c.root != nil {
		flatten("", c.root, values)
	}
	return values
}

func flatten(path string, n *yaml.Node, into map[string]string) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			flatten(join(path, n.Content[i].Value), n.Content[i+1], into)
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			flatten(fmt.Sprintf("%s[%d]", path, i), c, into)
		}
	default:
		into[path] = n.Value
	}
}

// shortened is as much of a path as names what it belongs to.
func shortened(path string) string {
	parts := strings.SplitN(path, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}
