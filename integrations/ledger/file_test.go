package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestTwoOpenersOfANewFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "b ?%#nk.db") // a name that isn't a URL
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			l, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			if err := l.Seed(t.Context(), []Account{{Ref: "ACC-0001", Balance: "1000.00"}}); err != nil {
				t.Error(err)
			}
			for n := range 4 { // 8 openers, 4 keys: each once
				if _, err := apply(t, l, fmt.Sprint("k", n), "record-payment", "ref", "ACC-0001", "amount", "1.00", "reference", "R"); err != nil {
					t.Errorf("opener %d: %v", i, err)
				}
			}
		})
	}
	wg.Wait()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := rows(t, l, "accounts")[0]["balance"]; got != "996.00" {
		t.Errorf("balance = %s, want 996.00", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file = %v, %v, want 0600", info.Mode(), err)
	}
}

// Neither a process nor a test can cut the power: that a commit is on the disk rests on these two settings.
func TestACommitIsSynced(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	var mode string
	var synchronous int
	if err := errors.Join(l.write.QueryRow("PRAGMA journal_mode").Scan(&mode), l.write.QueryRow("PRAGMA synchronous").Scan(&synchronous)); err != nil {
		t.Fatal(err)
	}
	if mode != "wal" || synchronous != 2 {
		t.Errorf("journal_mode %s, synchronous %d, want wal, 2 (FULL)", mode, synchronous)
	}
}
