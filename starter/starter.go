// Package starter is the project that settle init begins: one workflow of a bank's own, small enough to read in a minute.
//
// It promises that the project loads, passes settle check, and that its transcript covers all of it; that a directory gets
// all of it or nothing; and that nothing that is there is ever overwritten.
package starter

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed project
var embedded embed.FS

// Project is the tree, laid out as it is written.
func Project() fs.FS {
	project, err := fs.Sub(embedded, "project")
	if err != nil {
		return embedded // only an invalid name fails, and this one is constant
	}
	return project
}

// ErrTaken is returned by Write for a directory that holds something, and for a file.
var ErrTaken = errors.New("it is taken")

// Write writes the project into a directory that is empty or isn't there yet, and returns its files in order. Where
// anything fails, the directory is as it was.
func Write(dir string) ([]string, error) {
	there, err := look(dir)
	if err != nil {
		return nil, err
	}
	beside := dir // a directory that is there is filled, not replaced: somebody may be in it
	if !there {
		beside = filepath.Dir(dir)
		if err := os.MkdirAll(beside, 0o755); err != nil {
			return nil, fmt.Errorf("make the directory for %q: %w", dir, err)
		}
	}
	temp, err := os.MkdirTemp(beside, ".settle-init-*")
	if err != nil {
		return nil, fmt.Errorf("write project %q: %w", dir, err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // what is left has a name that says what it is
	whole := filepath.Join(temp, "project")
	files, err := copyTo(whole)
	if err == nil && there {
		err = moveInto(dir, whole)
	} else if err == nil {
		err = os.Rename(whole, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("write project %q: %w", dir, err)
	}
	return files, nil
}

// look says whether dir is there. What isn't an empty directory is an error.
func look(dir string) (there bool, err error) {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at %q: %w", dir, err)
	}
	if !info.IsDir() {
		return true, fmt.Errorf("%w: %q is a file: name a new directory", ErrTaken, dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true, fmt.Errorf("look at %q: %w", dir, err)
	}
	if len(entries) > 0 {
		return true, fmt.Errorf("%w: %q isn't empty, it holds %s: name a new directory", ErrTaken, dir, entries[0].Name())
	}
	return true, nil
}

func copyTo(dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(Project(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return files, os.CopyFS(dir, Project())
}

// moveInto moves all that from holds into dir, or nothing of it.
func moveInto(dir, from string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if err = os.Rename(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			for _, moved := range entries[:i] {
				err = errors.Join(err, os.RemoveAll(filepath.Join(dir, moved.Name())))
			}
			return err
		}
	}
	return nil
}
