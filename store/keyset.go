package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// ErrKeyset is returned where a keyset can't be used, or isn't the one that this Redis was written with.
var ErrKeyset = errors.New("keyset")

// Keyset holds every key that the store uses. It is made once, kept outside Redis, and read at start; whoever loses it
// has lost everything in Redis, and whoever has it and a copy of Redis can read everything.
//
// It has four parts: seal (XAES-256-GCM: documents, journal, transcripts), lookup (HMAC-SHA-256: the hashes of addresses
// and customer references), names (the same: case IDs and the marks of events; never rotated, as a case launched again
// must get its old ID) and proofs (the same: known facts and codes).
//
// seal and lookup rotate in Tink's order: Add, roll out to every process, Promote, roll out, Store.Rekey over every
// conversation, Drop. Old seal keys stay: journal, transcripts, letters, receipts and bundles are not sealed anew. proofs
// stays with its oldest key: a new one would make every proof that a case holds worthless.
type Keyset struct {
	seal, lookup, names, proofs *keyset.Handle

	aead    tink.AEAD
	lookups []aged // primary first, then oldest first
	name    prf.PRF
	proof   prf.PRF // the oldest
}

// aged is a key and its place in the keyset: 0 is the oldest.
type aged struct {
	prf.PRF
	age int
}

// keysetFile is a Keyset on disk or in a variable: four Tink keysets, in CLEAR TEXT.
type keysetFile struct {
	Warning string          `json:"warning"`
	Seal    json.RawMessage `json:"seal"`
	Lookup  json.RawMessage `json:"lookup"`
	Names   json.RawMessage `json:"names"`
	Proofs  json.RawMessage `json:"proofs"`
}

const keysetWarning = "These keys are not encrypted. Keep this file out of repositories, images and backups of Redis; readable by the service alone."

// NewKeyset makes fresh random keys.
func NewKeyset() (*Keyset, error) {
	var handles [4]*keyset.Handle
	for i, template := range []*tinkpb.KeyTemplate{
		aead.XAES256GCM192BitNonceKeyTemplate(),
		prf.HMACSHA256PRFKeyTemplate(), prf.HMACSHA256PRFKeyTemplate(), prf.HMACSHA256PRFKeyTemplate(),
	} {
		h, err := keyset.NewHandle(template)
		if err != nil {
			return nil, fmt.Errorf("make keyset: %w", err)
		}
		handles[i] = h
	}
	return openKeyset(handles[0], handles[1], handles[2], handles[3])
}

// ParseKeyset reads what Marshal wrote. Its errors never quote the input.
func ParseKeyset(data []byte) (*Keyset, error) {
	var file keysetFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read %w: not the JSON that `settle keys` writes", ErrKeyset)
	}
	var handles [4]*keyset.Handle
	for i, part := range []struct {
		name string
		data json.RawMessage
	}{{"seal", file.Seal}, {"lookup", file.Lookup}, {"names", file.Names}, {"proofs", file.Proofs}} {
		h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(part.data)))
		if err != nil {
			return nil, fmt.Errorf("read %w: its part %q is missing or no Tink keyset", ErrKeyset, part.name)
		}
		handles[i] = h
	}
	return openKeyset(handles[0], handles[1], handles[2], handles[3])
}

// Marshal writes the keys in CLEAR TEXT: the result belongs in a secret store or in a file that only the service can
// read. Wrapping by a KMS comes later, around these bytes.
func (k *Keyset) Marshal() ([]byte, error) {
	file := keysetFile{Warning: keysetWarning}
	for _, part := range []struct {
		handle *keyset.Handle
		to     *json.RawMessage
	}{{k.seal, &file.Seal}, {k.lookup, &file.Lookup}, {k.names, &file.Names}, {k.proofs, &file.Proofs}} {
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(part.handle, keyset.NewJSONWriter(&b)); err != nil {
			return nil, fmt.Errorf("write keyset: %w", err)
		}
		*part.to = b.Bytes()
	}
	return json.MarshalIndent(file, "", "  ")
}

// Add returns a keyset with one more key to seal and one more to look up with: known, not yet used for writing.
func (k *Keyset) Add() (*Keyset, error) {
	seal, err := added(k.seal, aead.XAES256GCM192BitNonceKeyTemplate())
	if err != nil {
		return nil, err
	}
	lookup, err := added(k.lookup, prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, err
	}
	return openKeyset(seal, lookup, k.names, k.proofs)
}

// Promote returns a keyset that writes with the newest keys. Every process must know them by then.
func (k *Keyset) Promote() (*Keyset, error) {
	newest := func(m *keyset.Manager, ids []uint32, _ uint32) error { return m.SetPrimary(ids[len(ids)-1]) }
	return k.changed(newest, newest)
}

// Drop returns a keyset without the lookup keys that nothing is written with any more: addresses known under them
// alone are not found again.
func (k *Keyset) Drop() (*Keyset, error) { return k.changed(nil, allButPrimary) }

// change changes one part of a keyset; ids are its keys, oldest first.
type change func(m *keyset.Manager, ids []uint32, primary uint32) error

func allButPrimary(m *keyset.Manager, ids []uint32, primary uint32) error {
	for _, id := range ids {
		if id == primary {
			continue
		}
		if err := m.Delete(id); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keyset) changed(seal, lookup change) (*Keyset, error) {
	handles := [2]*keyset.Handle{k.seal, k.lookup}
	for i, do := range []change{seal, lookup} {
		if do == nil {
			continue
		}
		ids, primary, err := keyIDs(handles[i])
		if err != nil {
			return nil, err
		}
		m := keyset.NewManagerFromHandle(handles[i])
		if err := do(m, ids, primary); err != nil {
			return nil, fmt.Errorf("change keyset: %w", err)
		}
		if handles[i], err = m.Handle(); err != nil {
			return nil, fmt.Errorf("change keyset: %w", err)
		}
	}
	return openKeyset(handles[0], handles[1], k.names, k.proofs)
}

func added(h *keyset.Handle, template *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(h)
	if _, err := m.Add(template); err != nil {
		return nil, fmt.Errorf("add key: %w", err)
	}
	return m.Handle()
}

// keyIDs are the enabled keys, oldest first.
func keyIDs(h *keyset.Handle) (ids []uint32, primary uint32, err error) {
	for i := range h.Len() {
		e, err := h.Entry(i)
		if err != nil {
			return nil, 0, fmt.Errorf("read %w: %w", ErrKeyset, err)
		}
		if e.KeyStatus() == keyset.Enabled {
			ids = append(ids, e.KeyID())
		}
		if e.IsPrimary() {
			primary = e.KeyID()
		}
	}
	return ids, primary, nil
}

func openKeyset(seal, lookup, names, proofs *keyset.Handle) (*Keyset, error) {
	k := &Keyset{seal: seal, lookup: lookup, names: names, proofs: proofs}
	var err error
	if k.aead, err = aead.New(seal); err != nil {
		return nil, fmt.Errorf("open %w: part seal: %w", ErrKeyset, err)
	}
	if k.lookups, err = prfs(lookup); err != nil {
		return nil, fmt.Errorf("open %w: part lookup: %w", ErrKeyset, err)
	}
	for _, part := range []struct {
		name   string
		handle *keyset.Handle
		to     *prf.PRF
	}{{"names", names, &k.name}, {"proofs", proofs, &k.proof}} {
		list, err := prfs(part.handle)
		if err != nil {
			return nil, fmt.Errorf("open %w: part %s: %w", ErrKeyset, part.name, err)
		}
		for _, p := range list {
			if p.age == 0 {
				*part.to = p.PRF
			}
		}
	}
	return k, nil
}

// prfs opens the keys of h, the primary first. Each is tried once, for the longest output that the store asks for, so that
// no later call can fail.
func prfs(h *keyset.Handle) ([]aged, error) {
	set, err := prf.NewPRFSet(h)
	if err != nil {
		return nil, err
	}
	ids, primary, err := keyIDs(h)
	if err != nil {
		return nil, err
	}
	var list []aged
	for age, id := range ids {
		key := aged{set.PRFs[id], age}
		if _, err := key.ComputePRF(nil, longestPRF); err != nil {
			return nil, err
		}
		if id == primary {
			list = append([]aged{key}, list...)
		} else {
			list = append(list, key)
		}
	}
	return list, nil
}

// String hides the keys.
func (k Keyset) String() string { return "[keyset]" }

// GoString hides the keys from %#v too.
func (k Keyset) GoString() string { return "[keyset]" }

// MarshalText hides the keys from encoders.
func (k Keyset) MarshalText() ([]byte, error) { return []byte("[keyset]"), nil }
