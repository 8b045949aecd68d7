package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/settle-chat/settle/fsm"
)

// A document is read in the form of an earlier release, written in this one's at its next commit, and left alone where it
// is of a newer one.
func TestDocumentsOfOtherReleases(t *testing.T) {
	t.Parallel()
	keys, err := NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{keys: keys}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	id := newID(7)
	p, err := partitionOf(id)
	if err != nil {
		t.Fatal(err)
	}
	stored := func(plain []byte) (Loaded, error) {
		sealed, err := keys.sealed(plain, p.conversation(id), "3")
		if err != nil {
			t.Fatal(err)
		}
		return s.loaded(id, now, "3 0 - - -\n\n\n"+string(sealed))
	}

	c := fsm.Conversation{Schema: 1, ID: id, Version: 3, Created: now, At: now}
	old, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := stored(old)
	if err != nil || l.Conversation.Version != 3 {
		t.Fatalf("a document in JSON: version %d, %v; want 3", l.Conversation.Version, err)
	}
	sealed, err := s.sealDocument(p, l.Conversation, "3")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := keys.opened(sealed, p.conversation(id), "3")
	if err != nil || strings.HasPrefix(string(plain), "{") {
		t.Errorf("it is written again as %q (%v), want this release's form", plain, err)
	}
	if again, err := stored(plain); err != nil || again.Conversation.ID != id {
		t.Errorf("and read again: %+v, %v", again.Conversation, err)
	}

	for what, plain := range map[string][]byte{"a newer schema": newerDocument, "a newer schema in JSON": []byte(`{"schema":99}`)} {
		if _, err := stored(plain); !errors.Is(err, fsm.ErrNewer) || errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want %v alone: nothing is broken", what, err, fsm.ErrNewer)
		}
	}
	c.Schema = fsm.Readable + 1
	if _, err := s.sealDocument(p, c, "3"); !errors.Is(err, fsm.ErrNewer) {
		t.Errorf("a newer schema is written: %v, want %v", err, fsm.ErrNewer)
	}
	for what, plain := range map[string]string{"no document": "x", "nothing": "", "an amount where none can be": `{"schema":1,"version":"1250.00"}`} {
		if _, err := stored([]byte(plain)); !errors.Is(err, ErrCorrupt) || strings.Contains(err.Error(), "1250") {
			t.Errorf("%s: %v, want ErrCorrupt, and none of its text", what, err)
		}
	}
}

// WriteNewer puts a document of a newer release in a conversation's place, as a process of that release would.
func (s *Store) WriteNewer(ctx context.Context, id string) error {
	p, err := partitionOf(id)
	if err != nil {
		return err
	}
	stored, err := s.redis.Get(ctx, p.conversation(id)).Result()
	if err != nil {
		return err
	}
	version, _, _, document := parseHead(stored)
	sealed, err := s.keys.sealed(newerDocument, p.conversation(id), version)
	if err != nil {
		return err
	}
	return s.redis.Set(ctx, p.conversation(id), strings.TrimSuffix(stored, document)+string(sealed), 0).Err()
}

// newerDocument is of a schema that no release knows yet.
var newerDocument = append(protowire.AppendVarint([]byte{0x08}, protowire.EncodeZigZag(fsm.Readable+1)), "whatever that is"...)
