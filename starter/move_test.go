package starter

import (
	"os"
	"path/filepath"
	"testing"
)

// What can't be moved whole is moved back: here a directory of the same name has come in between.
func TestMoveIntoAllOrNothing(t *testing.T) {
	t.Parallel()
	from, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{filepath.Join(from, "a"), filepath.Join(from, "b", "mine"), filepath.Join(dir, "b", "theirs")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := moveInto(dir, from); err == nil {
		t.Error("moveInto over a directory with something in it = nil, want an error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "b" {
		t.Errorf("afterwards there is %v, %v, want b alone, as before", entries, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "b", "theirs")); err != nil {
		t.Errorf("what was there: %v", err)
	}
}
