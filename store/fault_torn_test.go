package store_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/settle-chat/settle/store"
)

// The append-only file ends anywhere, as it does when the machine stops or the disk is full in the middle of a write: in a
// command, or between two of one script. Redis cuts the torn end off, and what is stored is of one version: a script is
// there whole or not at all.
func TestTornFileIsCutAtACommit(t *testing.T) {
	t.Parallel()
	cuts := 40
	if os.Getenv("SETTLE_PROOF") == "1" {
		cuts = 1500
	}
	b := onRedis(t)
	id := b.begin(t, phone).Conversation.ID
	const versions = 12
	var sizes []int64 // of the file, after each commit was acknowledged
	file := func() string {
		files, err := b.server.Log()
		if err != nil || len(files) != 1 {
			t.Fatalf("append-only files %q, %v; want one", files, err)
		}
		return files[0]
	}
	for range versions {
		c, claim := telling(load(t, b.a, id), 100)
		committed(t, b.a, c, store.Nonce(), claim...)
		info, err := os.Stat(file())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	b.server.Kill()
	whole, err := os.ReadFile(file())
	if err != nil {
		t.Fatal(err)
	}
	first := int(sizes[2])
	for range cuts {
		end := first + rand.N(len(whole)-first)
		if err := os.WriteFile(file(), whole[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		b.server.Start()
		want := uint64(0)
		for _, size := range sizes {
			if size <= int64(end) {
				want++
			}
		}
		if got := b.agrees(t, b.b, id); got != want {
			t.Errorf("cut at byte %d: version %d is there, want %d: what was acknowledged by then", end, got, want)
		}
		b.server.Kill()
		if t.Failed() {
			return
		}
	}
	if !strings.Contains(string(whole), "MULTI") {
		t.Error("scripts aren't written as transactions: the test shows nothing")
	}
}
