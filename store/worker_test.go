package store_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

func TestTallySumsTheLastFiveMinutesOfAllProcesses(t *testing.T) {
	t.Parallel()
	server, keys := storetest.Redis(t), storetest.Keyset(t)
	a, b := server.Open(t, store.Options{Keyset: keys}), server.Open(t, store.Options{Keyset: keys})
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		by           *store.Store
		after        time.Duration
		right, wrong int
		rights       int
		wrongs       int
	}{
		{a, 0, 3, 0, 3, 0},
		{b, 59 * time.Second, 0, 2, 3, 2},
		{a, 2 * time.Minute, 1, 1, 4, 3},
		{b, 4*time.Minute + 59*time.Second, 0, 0, 4, 3},
		{b, 5 * time.Minute, 0, 0, 1, 1}, // the first minute is out
		{a, time.Hour, 0, 0, 0, 0},
	} {
		rights, wrongs, err := step.by.Tally(t.Context(), start.Add(step.after), step.right, step.wrong)
		if err != nil || rights != step.rights || wrongs != step.wrongs {
			t.Errorf("Tally after %s = %d, %d, %v, want %d, %d", step.after, rights, wrongs, err, step.rights, step.wrongs)
		}
	}
}

func TestPartitionOf(t *testing.T) {
	t.Parallel()
	if n, ok := store.PartitionOf("pff-ABCDEFGHIJKLMNOPQRSTUVWXYZ"); n != 255 || !ok {
		t.Errorf("PartitionOf = %d, %v, want 255", n, ok)
	}
	if _, ok := store.PartitionOf("pfg-ABCDEFGHIJKLMNOPQRSTUVWXYZ"); ok {
		t.Error("PartitionOf takes an ID that isn't ours")
	}
}
