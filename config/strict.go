package config

import (
	"fmt"
	"reflect"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/fsm"
)

// Strict decodes another file of ours, a campaign's, as strictly as settle.yaml, into a struct with yaml tags. It has no
// references: there is nothing secret in it. What is wrong with it is Problems.
func Strict(path string, data []byte, into any) (Places, error) {
	root, err := parse(path, data)
	if err != nil {
		return Places{}, err
	}
	d := &decoder{file: path, where: map[string]*yaml.Node{}}
	d.decode("", root, reflect.ValueOf(into).Elem())
	return Places{path, d.where}, d.problems.Err()
}

// Places tell where the keys of a file stand, by path: pace.rate, try-first[0].
type Places struct {
	file  string
	where map[string]*yaml.Node
}

// Has says whether the file has a key.
func (p Places) Has(path string) bool { return p.where[path] != nil }

// At is where a key's value stands, or the nearest part of the file that is there.
func (p Places) At(path string) fsm.Position {
	k := checker{decoder: &decoder{where: p.where}}
	if n := k.place(path); n != nil {
		return fsm.Position{File: p.file, Line: n.Line, Column: n.Column}
	}
	return fsm.Position{File: p.file}
}

// Problem is something wrong with what stands at a path.
func (p Places) Problem(path, format string, args ...any) fsm.Problem {
	return fsm.Problem{At: p.At(path), Code: "config", Message: fmt.Sprintf(format, args...)}
}

// DidYouMean names the known name that was probably meant, or lists those that exist.
func DidYouMean(name string, known []string) string { return didYouMean(name, known) }
