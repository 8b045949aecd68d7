package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// structField is one key of a struct, as its file declares it.
type structField struct{ key, kind, about string }

// structsOf are a package's structs whose fields are keys. A type that takes its part of the file itself has the keys of the
// struct within that method.
func structsOf(t *testing.T, dir string) map[string][]structField {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no Go files: %v", dir, err)
	}
	all, taken := map[string][]structField{}, map[string][]structField{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "take" {
				taken[strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*")] = keysWithin(f.Body)
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				s, ok := n.(*ast.TypeSpec)
				if ok {
					all[s.Name.Name] = keysWithin(s.Type)
				}
				return !ok
			})
		}
	}
	maps.Copy(all, taken)
	maps.DeleteFunc(all, func(_ string, keys []structField) bool { return keys == nil })
	return all
}

// keysWithin are the keys of the first struct that stands within a node.
func keysWithin(n ast.Node) (keys []structField) {
	ast.Inspect(n, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if ok && keys == nil {
			keys = fieldsOf(s)
		}
		return !ok
	})
	return keys
}

// fieldsOf are the fields that are keys, each with the comment beside it or above it.
func fieldsOf(s *ast.StructType) []structField {
	var all []structField
	for _, f := range s.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		key := reflect.StructTag(tag).Get("yaml")
		if err != nil || key == "" || key == "-" {
			continue
		}
		all = append(all, structField{key, types.ExprString(f.Type), cmp.Or(sentence(f.Comment.Text()), nameFirst.ReplaceAllString(sentence(f.Doc.Text()), ""))})
	}
	return all
}

// nameFirst is how a comment above a field begins.
var nameFirst = regexp.MustCompile(`^[A-Z]\w+ (is|are) `)

// sentence is a comment in one line, without its full stop.
func sentence(comment string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(comment), " "), ".")
}
