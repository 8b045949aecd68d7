package store

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/prf"
)

// ErrCorrupt is returned where a stored value was not written by this store under this key and version: swapped, rolled
// back, cut, or written with another keyset. The conversation must be set aside, never stepped.
var ErrCorrupt = errors.New("corrupt")

// sealSchema is the number of the stored values' form; part of what every ciphertext is bound to.
const sealSchema = "1"

// sealed encrypts plain for exactly one place (a key, or a key and a field) and version: read back anywhere else, or
// beside another version, it doesn't open.
func (k *Keyset) sealed(plain []byte, place, version string) ([]byte, error) {
	c, err := k.aead.Encrypt(plain, bound(place, version))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return c, nil
}

func (k *Keyset) opened(sealed []byte, place, version string) ([]byte, error) {
	plain, err := k.aead.Decrypt(sealed, bound(place, version))
	if err != nil {
		return nil, fmt.Errorf("open %s at version %s: %w: not sealed for this place, by this keyset", place, version, ErrCorrupt)
	}
	return plain, nil
}

func bound(place, version string) []byte { return []byte(place + "|" + sealSchema + "|" + version) }

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

const (
	hashBytes  = 16 // of a looked-up name: 128 bits
	longestPRF = 32
)

// derived is the PRF over a purpose and parts, each with its length, so that ("a", "bc") and ("ab", "c") differ.
func derived(p prf.PRF, size uint32, purpose string, parts ...string) []byte {
	var input []byte
	for _, part := range append([]string{purpose}, parts...) {
		input = binary.AppendUvarint(input, uint64(len(part)))
		input = append(input, part...)
	}
	out, err := p.ComputePRF(input, size)
	if err != nil {
		// Every key was tried at this size when the keyset was opened. An empty MAC would equal another empty MAC.
		panic("store: keyed hash: " + err.Error())
	}
	return out
}

// CaseID is a case's ID: the same source and external ID give the same case, always, so that launching twice is launching
// once. It says nothing about either.
func (s *Store) CaseID(source, external string) string {
	return base32Text.EncodeToString(derived(s.keys.name, hashBytes, "case", source, external))
}

// Mark is what a conversation remembers of an event from outside: 8 bytes of its ID's keyed hash.
func (s *Store) Mark(event string) []byte { return derived(s.keys.name, 8, "mark", event) }

// MAC is the keyed hash of a known fact or of a typed code, 16 bytes: MAC("fact", customer, class, normal form),
// MAC("code", ref, digits). Compare it in constant time.
func (s *Store) MAC(purpose string, parts ...string) []byte {
	return derived(s.keys.proof, hashBytes, "mac/"+purpose, parts...)
}

// Code is the one-time code that belongs to a reference: decimal digits, every value equally likely, leading zeros kept;
// at most 18 digits, at least 1. It is derived where it is sent and stored nowhere.
func (s *Store) Code(ref string, digits int) string {
	digits = min(max(digits, 1), 18)
	n := uint64(1)
	for range digits {
		n *= 10
	}
	limit := -n / n * n // the largest multiple of n that 64 bits hold, less one n: above it a remainder would be likelier
	for try := 0; ; try++ {
		v := binary.BigEndian.Uint64(derived(s.keys.proof, 8, "one-time-code", ref, strconv.Itoa(digits), strconv.Itoa(try)))
		if v < limit {
			return fmt.Sprintf("%0*d", digits, v%n)
		}
	}
}
