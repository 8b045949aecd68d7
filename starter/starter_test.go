package starter_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/settle-chat/settle/starter"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	here := t.TempDir()
	there := filepath.Join(here, "there")
	if err := os.Mkdir(there, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{filepath.Join(here, "new"), there, filepath.Join(here, "a/b/new")} {
		files, err := starter.Write(dir)
		if err != nil {
			t.Errorf("Write(%q) = %v, want the project", dir, err)
		}
		if !slices.IsSorted(files) || !slices.Contains(files, "workflows/payment-reminder.yaml") {
			t.Errorf("Write(%q) tells of %v, want all files in order", dir, files)
		}
		if got := list(t, os.DirFS(dir)); !slices.Equal(got, files) || !slices.Equal(got, list(t, starter.Project())) {
			t.Errorf("%q holds %v, want %v", dir, got, files)
		}
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o700 != 0o700 {
			t.Errorf("%q has mode %v, %v, want one that its owner can use", dir, info.Mode(), err)
		}
	}
	for _, dir := range []string{here, there, filepath.Join(here, "a/b")} {
		if left, err := filepath.Glob(filepath.Join(dir, ".settle-init-*")); err != nil || len(left) > 0 {
			t.Errorf("%v is left of the writing, %v", left, err)
		}
	}
}

// What is there is never written over, and a directory is left as it was where something fails.
func TestWriteAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		make func(t *testing.T, dir string)
		says string
	}{
		{"a directory with something in it", func(t *testing.T, dir string) { file(t, filepath.Join(dir, "mine"), "x") }, "it holds mine: name a new directory"},
		{"a project that is there", func(t *testing.T, dir string) {
			if _, err := starter.Write(dir); err != nil {
				t.Fatal(err)
			}
		}, "isn't empty"},
		{"a file", func(t *testing.T, dir string) { file(t, dir, "x") }, "is a file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "taken")
			tc.make(t, dir)
			before := list(t, os.DirFS(filepath.Dir(dir)))
			_, err := starter.Write(dir)
			if !errors.Is(err, starter.ErrTaken) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("Write = %v, want %v that says %q", err, starter.ErrTaken, tc.says)
			}
			if got := list(t, os.DirFS(filepath.Dir(dir))); !slices.Equal(got, before) {
				t.Errorf("afterwards there is %v, want %v as before", got, before)
			}
		})
	}
	t.Run("below a file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		file(t, filepath.Join(dir, "file"), "x")
		if _, err := starter.Write(filepath.Join(dir, "file", "new")); err == nil {
			t.Error("Write below a file = nil, want an error")
		}
		if got := list(t, os.DirFS(dir)); !slices.Equal(got, []string{"file"}) {
			t.Errorf("afterwards there is %v, want the file alone", got)
		}
	})
}

func file(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// list is every file of a tree, in order.
func list(t *testing.T, tree fs.FS) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
