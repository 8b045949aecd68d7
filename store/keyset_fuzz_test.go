package store

import (
	"errors"
	"strings"
	"testing"
)

// Whatever a keyset's file holds, it is refused without a word of it, or it is a keyset that can be written and read again.
func FuzzKeyset(f *testing.F) {
	k, err := NewKeyset()
	if err != nil {
		f.Fatal(err)
	}
	data, err := k.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	for _, text := range []string{"", "{}", "null", `{"seal":{}}`, strings.Replace(string(data), "ENABLED", "DISABLED", 1), strings.Replace(string(data), `"keyId"`, `"keyid"`, 1), string(data[:len(data)/2])} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKeyset([]byte(text))
		if err != nil {
			if !errors.Is(err, ErrKeyset) || len(text) > 20 && strings.Contains(err.Error(), text) {
				t.Errorf("ParseKeyset(%q) = %v", text, err)
			}
			return
		}
		sealed, err := k.sealed([]byte("x"), "place", "1")
		if err != nil {
			t.Fatalf("a keyset that was read can't seal: %v", err)
		}
		written, err := k.Marshal()
		if err != nil {
			t.Fatalf("a keyset that was read can't be written: %v", err)
		}
		again, err := ParseKeyset(written)
		if err != nil {
			t.Fatalf("a keyset that was written can't be read: %v", err)
		}
		if plain, err := again.opened(sealed, "place", "1"); err != nil || string(plain) != "x" {
			t.Errorf("written and read again it opens %q, %v", plain, err)
		}
	})
}
