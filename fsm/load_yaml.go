package fsm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
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

// parseYAML reads one file into nodes. Anything but plain maps, lists and scalars is refused before it is looked at.
func parseYAML(f SourceFile) (*yaml.Node, Problems) {
	var ps Problems
	refuse := func(line, column int, format string, args ...any) (*yaml.Node, Problems) {
		ps.add(Position{f.Name, line, column}, "yaml", format, args...)
		return nil, ps
	}
	switch {
	case len(f.Data) > maxFile:
		return refuse(0, 0, "larger than 256 KiB: split it")
	case bytes.HasPrefix(f.Data, []byte("\xef\xbb\xbf")), bytes.HasPrefix(f.Data, []byte("\xff\xfe")), bytes.HasPrefix(f.Data, []byte("\xfe\xff")):
		return refuse(1, 1, "begins with a byte order mark: save it as UTF-8 without one")
	case bytes.IndexByte(f.Data, 0) >= 0:
		return refuse(1+bytes.Count(f.Data[:bytes.IndexByte(f.Data, 0)], []byte("\n")), 1, "holds a NUL byte")
	case !utf8.Valid(f.Data):
		return refuse(1+bytes.Count(f.Data[:invalidAt(f.Data)], []byte("\n")), 1, "isn't valid UTF-8")
	}
	depth := loaderlimits.DepthFunc(func(depth int, _ *loaderlimits.DepthContext) error {
		if depth > maxDepth {
			return errDepth
		}
		return nil
	})
	loader, err := yaml.NewLoader(bytes.NewReader(f.Data), yaml.WithPlugin(loaderlimits.New(depth)))
	if err != nil {
		return refuse(0, 0, "read yaml: %v", err)
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		return refuse(1, 1, "is empty")
	case err != nil:
		line, column, message := yamlError(err)
		return refuse(line, column, "%s", message)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return refuse(second.Line, second.Column, "holds more than one document: one file is one document, without ---")
	case !errors.Is(err, io.EOF):
		line, column, message := yamlError(err)
		return refuse(line, column, "%s", message)
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	refuseTricks(f.Name, root, &ps)
	if len(ps) > 0 {
		return nil, ps
	}
	return root, nil
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

func yamlError(err error) (line, column int, message string) {
	if e := new(yaml.LoadError); errors.As(err, &e) {
		return e.Mark.Line, e.Mark.Column, "isn't valid YAML: " + e.Message
	}
	return 0, 0, "isn't valid YAML: " + err.Error()
}

// refuseTricks refuses what makes a file mean more than it shows.
func refuseTricks(file string, n *yaml.Node, ps *Problems) {
	at := Position{file, n.Line, n.Column}
	switch {
	case n.Kind == yaml.AliasNode:
		ps.add(at, "yaml", "aliases (*name) are refused: write it out")
		return
	case n.Anchor != "":
		ps.add(at, "yaml", "anchors (&name) are refused: write it out")
	case n.Style&yaml.TaggedStyle != 0:
		ps.add(at, "yaml", "tags (!name) are refused")
	}
	if n.Kind == yaml.MappingNode {
		seen := make(map[string]int, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			keyAt := Position{file, key.Line, key.Column}
			switch {
			case key.Kind != yaml.ScalarNode:
				ps.add(keyAt, "yaml", "a key must be a plain name")
			case key.Value == "<<":
				ps.add(keyAt, "yaml", "merge keys (<<) are refused: write it out")
			case seen[key.Value] > 0:
				ps.add(keyAt, "duplicate", "%q is already set in line %d", key.Value, seen[key.Value])
			}
			seen[key.Value] = key.Line
		}
	}
	for _, c := range n.Content {
		refuseTricks(file, c, ps)
	}
}

// node is one place in one file.
type node struct {
	*yaml.Node
	file string
}

func (n node) at() Position { return Position{n.file, n.Line, n.Column} }

func (n node) isMap() bool    { return n.Node != nil && n.Kind == yaml.MappingNode }
func (n node) isList() bool   { return n.Node != nil && n.Kind == yaml.SequenceNode }
func (n node) isScalar() bool { return n.Node != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" }

func (n node) items() []node {
	all := make([]node, len(n.Content))
	for i, c := range n.Content {
		all[i] = node{c, n.file}
	}
	return all
}

// entry is one key of a map, and its value.
type entry struct {
	key string
	at  Position
	val node
}

func (n node) entries() []entry {
	all := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, entry{n.Content[i].Value, node{n.Content[i], n.file}.at(), node{n.Content[i+1], n.file}})
	}
	return all
}

// fields reads a map with known keys. A nil map of nodes answers every question with an absent node.
type fields struct {
	at  Position
	all map[string]node
}

func (f fields) has(key string) bool { return f.all[key].Node != nil }

// fields are the entries of a map; none where n isn't one.
func (l *loader) fields(n node) fields {
	f := fields{all: map[string]node{}}
	if n.Node != nil {
		f.at = n.at()
	}
	for _, e := range n.mapped() {
		f.all[e.key] = e.val
	}
	return f
}

// text is a scalar's text; empty where the key is absent.
func (l *loader) text(f fields, key string) string { return l.scalar(f.all[key]) }

func (l *loader) scalar(n node) string {
	if !n.isScalar() {
		return ""
	}
	return n.Value
}

func (l *loader) list(f fields, key string) []node {
	if n := f.all[key]; n.isList() {
		return n.items()
	}
	return nil
}

func (l *loader) words(f fields, key string) []string {
	var all []string
	for _, n := range l.list(f, key) {
		w := l.scalar(n)
		if slices.Contains(all, w) {
			l.problem(n.at(), "duplicate", "%q stands twice in %s", w, key)
		}
		all = append(all, w)
	}
	return all
}

func (l *loader) flag(f fields, key string, otherwise bool) bool {
	if n := f.all[key]; n.isScalar() {
		return strings.EqualFold(n.Value, "true")
	}
	return otherwise
}

// count is a whole number; 0 where the key is absent.
func (l *loader) count(f fields, key string) int {
	v, err := strconv.Atoi(l.text(f, key))
	if err != nil {
		return 0
	}
	return v
}

var durationForm = regexp.MustCompile(`^(?:([0-9]{1,4})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,4})m)?$`)

// parseDuration reads 30m, 4h, 21d, 2h30m.
func parseDuration(s string) (time.Duration, error) {
	m := durationForm.FindStringSubmatch(s)
	var d time.Duration
	if m != nil {
		for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
			v, _ := strconv.Atoi(m[i+1])
			d += time.Duration(v) * unit
		}
	}
	if d <= 0 || d > 3660*24*time.Hour {
		return 0, fmt.Errorf("%q isn't a time from a minute to ten years: write 30m, 4h, 21d or 2h30m", s)
	}
	return d, nil
}

func (l *loader) duration(f fields, key string) time.Duration {
	s := l.text(f, key)
	if len(s) < 2 || !durationForm.MatchString(s) {
		return 0
	}
	d, err := parseDuration(s)
	if err != nil {
		l.problem(f.all[key].at(), "duration", "%s: %v", key, err)
	}
	return d
}

// nameForm are the names of states, ends, texts and options; variableForm those that expressions can read.
var (
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	variableForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// reserved can't name what an expression reads: the expression language, or the engine, has them.
var reserved = strings.Fields("as break const continue else false for function has if import in let loop namespace null package return true var void while " +
	"today now case customer queue days business_days money round_up min max")
