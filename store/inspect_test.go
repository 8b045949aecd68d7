package store

import (
	"strings"
	"testing"
)

func TestVersionFloor(t *testing.T) {
	t.Parallel()
	for version, old := range map[string]bool{"6.2.14": true, "7.0.0": false, "7.2.5": false, "8.0.0": false, "10.1.0": false} {
		err := checkVersion(server{info: map[string]string{"redis_version": version}})
		if (err != nil) != old || old && !strings.Contains(err.Error(), version+", is too old: 7.0") {
			t.Errorf("checkVersion(%s) = %v, want an error: %v", version, err, old)
		}
	}
}

func TestSizesOfAKeyset(t *testing.T) {
	t.Parallel()
	k, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	for n, next := range []func() (*Keyset, error){func() (*Keyset, error) { return k, nil }, k.Add} {
		if k, err = next(); err != nil {
			t.Fatal(err)
		}
		if seal, lookup := k.Sizes(); seal != n+1 || lookup != n+1 {
			t.Errorf("Sizes = %d, %d, want %d of each", seal, lookup, n+1)
		}
	}
}
