package message

import (
	"math/rand/v2"
	"strings"
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

// Every short way says what the long one says.
func FuzzFoldShort(f *testing.F) {
	for _, text := range []string{"", " ", "pay in full", "pay  in", " pay", "pay ", "I can't Pay", "x\x00y", "\x7f", "3 x R416,67", "can\u2019t", "a\u0301", "Ⅷ", "\xff"} {
		f.Add(text, "pay in full")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		want := foldAny(text)
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
		if got, want := Words(text), len(strings.Fields(want)); got != want {
			t.Errorf("Words(%q) = %d, want %d", text, got, want)
		}
		for _, folded := range []string{want, Fold(other), want + " ", want + "x"} {
			if got := Folds(text, folded); got != (want == folded) {
				t.Errorf("Folds(%q, %q) = %v, and it folds to %q", text, folded, got, want)
			}
		}
		for _, most := range []int{0, 3, 12, 240} {
			if got, want := Clean(text, most), cleanAny(text, most); got != want {
				t.Errorf("Clean(%q, %d) = %q, want %q", text, most, got, want)
			}
		}
	})
}
