package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// suite is one test with a long form, or one fuzzer.
type suite struct {
	Package string // ./bot
	Name    string
	Shows   string // its comment
	Fuzz    bool
}

// marker is what a test with a long form reads, itself or by a function that it calls.
const marker = "SETTLE_PROOF"

// function is one function of a directory's tests.
type function struct {
	name, doc string
	uses      []string // names in its body
	long      bool     // it reads the marker, perhaps by another one
}

// find looks through a tree's tests: long tests first, then fuzzers, each in order of their packages.
func find(root string) ([]suite, error) {
	dirs := make(map[string][]*function)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "proof"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		functions, err := read(path)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		dirs[dir] = append(dirs[dir], functions...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for tests: %w", err)
	}
	var long, fuzzers []suite
	for dir, functions := range dirs {
		spread(functions)
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return nil, fmt.Errorf("look for tests: %w", err)
		}
		for _, f := range functions {
			s := suite{Package: strings.TrimSuffix("./"+filepath.ToSlash(rel), "/."), Name: f.name, Shows: f.doc}
			switch {
			case strings.HasPrefix(f.name, "Fuzz"):
				s.Fuzz = true
				fuzzers = append(fuzzers, s)
			case strings.HasPrefix(f.name, "Test") && f.name != "TestMain" && f.long:
				long = append(long, s)
			}
		}
	}
	order := func(a, b suite) int { return strings.Compare(a.Package+" "+a.Name, b.Package+" "+b.Name) }
	slices.SortFunc(long, order)
	slices.SortFunc(fuzzers, order)
	return append(long, fuzzers...), nil
}

// read reads the functions of one file. Methods go by their bare names: a test that calls one of that name counts.
func read(path string) ([]*function, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []*function
	for _, d := range file.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		f := &function{name: decl.Name.Name, doc: strings.Join(strings.Fields(decl.Doc.Text()), " ")}
		ast.Inspect(decl.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				f.uses = append(f.uses, n.Name)
			case *ast.BasicLit:
				f.long = f.long || strings.Contains(n.Value, marker)
			}
			return true
		})
		all = append(all, f)
	}
	return all, nil
}

// spread makes long what uses something long.
func spread(functions []*function) {
	long := make(map[string]bool)
	for changed := true; changed; {
		changed = false
		for _, f := range functions {
			f.long = f.long || slices.ContainsFunc(f.uses, func(name string) bool { return long[name] })
			if f.long && !long[f.name] {
				long[f.name], changed = true, true
			}
		}
	}
}
