package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

func TestOf16CreatorsOfOneAddressAllGetTheSameConversation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ids := make([]string, 16)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				l, err := []*store.Store{b.a, b.b}[i%2].Create(t.Context(), phone)
				if err != nil {
					t.Errorf("Create: %v", err)
				}
				ids[i] = l.Conversation.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("IDs = %q, want one", ids)
			}
		}
	})
}

// A has the address and is about to write the document; B gets in first, and its customer's first message is committed.
func TestLateCreatorDoesNotOverwriteAConversation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.answers.Meanwhile("eval", 1, func() { // the first script finds nothing, the second takes the address
			l, err := b.b.Create(t.Context(), phone)
			if err != nil {
				t.Errorf("Create at B: %v", err)
				return
			}
			if done, err := b.b.Commit(t.Context(), next(l, "twilio/SM1", nil), nil, "b", hold); err != nil || done.Conflict {
				t.Errorf("Commit at B = %+v, %v", done, err)
			}
		})
		if l := b.begin(t, phone); l.Conversation.Version != 1 || l.Nonce != "b" {
			t.Errorf("A's Create returns version %d of nonce %q, want B's version 1", l.Conversation.Version, l.Nonce)
		}
	})
}

// Keys are being rotated: A writes under the new key, B still under the old. Both have found nothing; B has written one of
// its records when A writes both of its own.
func TestTwoCreatorsWithDifferentKeysAgree(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		added, err := b.keys.Add()
		if err != nil {
			t.Fatal(err)
		}
		promoted, err := added.Promote()
		if err != nil {
			t.Fatal(err)
		}
		open := func(k *store.Keyset) (*store.Store, *storetest.Answers) {
			client, answers := b.client(t), new(storetest.Answers)
			client.AddHook(answers)
			s, err := store.Open(t.Context(), store.Options{Client: client, Keyset: k, InProcess: !b.real})
			if err != nil {
				t.Fatal(err)
			}
			return s, answers
		}
		after, a := open(promoted)
		before, bb := open(added)
		aLooked, bWrote, aDone := make(chan struct{}), make(chan struct{}), make(chan struct{})
		a.Meanwhile("hmget", 1, func() { close(aLooked); <-bWrote })
		bb.Meanwhile("eval", 2, func() { close(bWrote); <-aDone }) // two looks, then the first record
		var one, two store.Loaded
		var errOne, errTwo error
		var wg sync.WaitGroup
		wg.Go(func() { defer close(aDone); one, errOne = after.Create(t.Context(), phone) })
		wg.Go(func() { <-aLooked; two, errTwo = before.Create(t.Context(), phone) })
		wg.Wait()
		if errOne != nil || errTwo != nil || one.Conversation.ID != two.Conversation.ID {
			t.Errorf("Create = %s (%v) and %s (%v), want one conversation", one.Conversation.ID, errOne, two.Conversation.ID, errTwo)
		}
	})
}

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		mail := message.Address("email:thandi@example.com")
		if _, err := b.a.LoadAddress(t.Context(), phone); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("LoadAddress of an unknown address = %v, want ErrNotFound", err)
		}
		other := b.begin(t, "sms:+27829999999")
		l, err := b.a.Create(t.Context(), phone, mail, store.Customer("C-100234"), "sms:+27829999999")
		if err != nil {
			t.Fatalf("Create: %v", err)
		}
		c := l.Conversation
		if c.Version != 0 || c.Schema == 0 || !c.Created.Equal(c.At) || len(c.Contact.Addresses) != 2 || c.Contact.Addresses[0].Address != phone ||
			len(c.Contact.Customers) != 1 || c.Contact.Customers[0] != "C-100234" {
			t.Errorf("document = %+v, want version 0 with two addresses and one reference", c)
		}
		for _, a := range []message.Address{phone, mail, store.Customer("C-100234")} {
			if got, err := b.b.LoadAddress(t.Context(), a); err != nil || got.Conversation.ID != c.ID {
				t.Errorf("LoadAddress = %s, %v; want %s", got.Conversation.ID, err, c.ID)
			}
		}
		elsewhere, err := b.a.Alias(t.Context(), c.ID, mail, "sms:+27829999999")
		if err != nil || len(elsewhere) != 1 || elsewhere["sms:+27829999999"] != other.Conversation.ID {
			t.Errorf("Alias = %v, %v; want the shared address with %s", elsewhere, err, other.Conversation.ID)
		}
		again, err := b.b.Create(t.Context(), mail)
		if err != nil || again.Conversation.ID != c.ID {
			t.Errorf("Create from an alias = %s, %v; want %s", again.Conversation.ID, err, c.ID)
		}
	})
}

// A process dies between the address record and the document.
func TestAddressWithoutDocumentIsHarmless(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		if err := b.raw.Del(t.Context(), b.key(l.Conversation.ID, "conversation")).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := b.b.LoadAddress(t.Context(), phone); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("LoadAddress = %v, want ErrNotFound", err)
		}
		again, err := b.b.Create(t.Context(), phone)
		if err != nil || again.Conversation.ID != l.Conversation.ID || again.Conversation.Version != 0 {
			t.Errorf("Create = %s at %d, %v; want %s at 0", again.Conversation.ID, again.Conversation.Version, err, l.Conversation.ID)
		}
	})
}

func TestOnlyOurIDs(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for _, id := range []string{"", "p07", "p07-", "x07-AAAAAAAAAAAAAAAAAAAAAAAAAA", "pZZ-AAAAAAAAAAAAAAAAAAAAAAAAAA", "p+7-AAAAAAAAAAAAAAAAAAAAAAAAAA",
			"pAB-AAAAAAAAAAAAAAAAAAAAAAAAAA", "p07-AAAAAAAAAAAAAAAAAAAAAAAA}:", "p07-AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "p07-aaaaaaaaaaaaaaaaaaaaaaaaaa",
			"p07-AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			if _, err := b.a.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Load(%q) = %v, want ErrNotFound", id, err)
			}
			if _, err := b.a.FindCase(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("FindCase(%q) = %v, want ErrNotFound", id, err)
			}
			if _, err := b.a.Letter(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Letter(%q) = %v, want ErrNotFound", id, err)
			}
		}
	})
}

func TestConversationsAreAllFound(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		want := map[string]bool{}
		for _, a := range []message.Address{"sms:+27820000001", "sms:+27820000002", "email:a@b.example"} {
			l := b.begin(t, a)
			want[l.Conversation.ID] = true
			committed(t, b.a, next(l, "e", nil), "n") // makes the neighbouring keys
		}
		for id, err := range b.b.Conversations(t.Context()) {
			if err != nil || !want[id] {
				t.Fatalf("found %q, %v; want only ours", id, err)
			}
			delete(want, id)
		}
		if len(want) != 0 {
			t.Errorf("not found: %v", want)
		}
	})
}

func TestCasesLettersAndBundles(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first, second := b.begin(t, phone).Conversation.ID, b.begin(t, "sms:+27829999999").Conversation.ID
		id := b.a.CaseID("collections", "ACC-1/2026-11")
		if id != b.b.CaseID("collections", "ACC-1/2026-11") || id == b.a.CaseID("collection", "sACC-1/2026-11") || len(id) != 26 {
			t.Errorf("CaseID = %q: want 26 characters, always the same, of its two parts", id)
		}
		for i, conversation := range []string{first, first, second} {
			if owner, err := b.a.PutCase(t.Context(), id, conversation); err != nil || owner != first {
				t.Errorf("PutCase %d = %s, %v; want the first, %s", i, owner, err, first)
			}
		}
		if got, err := b.b.FindCase(t.Context(), id); err != nil || got != first {
			t.Errorf("FindCase = %s, %v; want %s", got, err, first)
		}
		if err := b.a.PutBundle(t.Context(), "3f9a", []byte("workflow: x")); err != nil {
			t.Fatal(err)
		}
		if got, err := b.b.Bundle(t.Context(), "3f9a"); err != nil || string(got) != "workflow: x" {
			t.Errorf("Bundle = %q, %v", got, err)
		}
		if _, err := b.b.Bundle(t.Context(), "0000"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Bundle of an unknown hash = %v, want ErrNotFound", err)
		}
		if err := b.a.SetCurrent(t.Context(), "overdue-account", "3f9a"); err != nil {
			t.Fatal(err)
		}
		if got, err := b.b.Current(t.Context()); err != nil || got["overdue-account"] != "3f9a" {
			t.Errorf("Current = %v, %v", got, err)
		}
	})
}
