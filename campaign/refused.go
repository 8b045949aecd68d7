package campaign

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
)

// refusedFile collects the rows that can't be used, each with its reason in one more column. It appears whole or not at all.
type refusedFile struct {
	path string

	mu   sync.Mutex
	file *os.File    // guarded by mu; nil until a row is refused
	csv  *csv.Writer // guarded by mu
	err  error       // guarded by mu; the first that writing met
}

// beside is the name that the file has until it is whole.
func (f *refusedFile) beside() string { return f.path + ".partial" }

// add writes a row. Of one that can't be read as cells the first cell has all of it.
func (f *refusedFile) add(r Row, why *Refusal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return
	}
	if f.file == nil {
		// It holds what the audience does: customers.
		if f.file, f.err = os.OpenFile(f.beside(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); f.err != nil {
			return
		}
		f.csv = csv.NewWriter(f.file)
		f.err = f.csv.Write(append(slices.Clone(r.header), "reason"))
	}
	cells := slices.Clone(r.cells)
	if r.raw != "" {
		cells = []string{r.raw}
	}
	for len(cells) < len(r.header) {
		cells = append(cells, "")
	}
	f.err = errors.Join(f.err, f.csv.Write(append(cells, why.String())))
}

// close puts the file in its place; where nothing was refused, an old one goes.
func (f *refusedFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil && f.err == nil {
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the refused rows of an earlier run: %w", err)
		}
		return nil
	}
	if f.csv != nil {
		f.csv.Flush()
		f.err = errors.Join(f.err, f.csv.Error(), f.file.Sync(), f.file.Close())
	}
	if f.err == nil {
		f.err = os.Rename(f.beside(), f.path)
	}
	if f.err != nil {
		return fmt.Errorf("write the refused rows to %q: %w: make its directory writable", f.path, f.err)
	}
	return nil
}

// drop ends the file without putting it in its place.
func (f *refusedFile) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		_ = f.file.Close() // it is thrown away
		_ = os.Remove(f.beside())
	}
}
