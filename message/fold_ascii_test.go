package message

import (
	"math/rand/v2"
	"testing"
)

// The short way and the long one agree on every text that the short one takes.
func TestFoldASCIIIsFold(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	same := func(s string) {
		t.Helper()
		short, ok := foldASCII(s)
		if long := foldAny(s); !ok || short != long {
			t.Fatalf("foldASCII(%q) = %q, %v; want %q", s, short, ok, long)
		}
	}
	for a := range 128 {
		for b := range 128 {
			same(string([]byte{'x', byte(a), byte(b), 'Y'}))
		}
	}
	for range 20_000 {
		text := make([]byte, rng.IntN(20))
		for i := range text {
			text[i] = byte(rng.IntN(128))
		}
		same(string(text))
	}
	if _, ok := foldASCII("café"); ok {
		t.Error("foldASCII takes a text that isn't ASCII")
	}
}
