package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

func TestOf32CommitsOfOneVersionOneIsWritten(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		var wg sync.WaitGroup
		results := make(chan bool, 32)
		for range 32 {
			wg.Go(func() {
				done, err := b.a.Commit(t.Context(), next(l, "twilio/SM1", nil), nil, store.Nonce(), hold)
				if err != nil {
					t.Errorf("Commit: %v", err)
					return
				}
				results <- !done.Conflict
			})
		}
		wg.Wait()
		close(results)
		winners := 0
		for won := range results {
			if won {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("%d of 32 commits were written, want 1", winners)
		}
		if got := load(t, b.a, l.Conversation.ID).Conversation.Version; got != 1 {
			t.Errorf("version = %d, want 1", got)
		}
		if entries, err := b.a.ConversationJournal(t.Context(), l.Conversation.ID); err != nil || len(entries) != 1 {
			t.Errorf("journal has %d entries (%v), want the winner's", len(entries), err)
		}
	})
}

func TestCommitKeepsEverything(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id := l.Conversation.ID
		c := next(l, "twilio/SM1", func(c *fsm.Conversation) {
			c.Timers = []fsm.Timer{{Name: "silence#1", Due: l.Now.Add(time.Minute)}}
			c.Handoff = &fsm.Handoff{Reason: "hardship", Queue: "hardship", At: l.Now}
		})
		c.Journal = append(c.Journal, fsm.Entry{Conversation: id, Version: 1, Event: fsm.Event{ID: "twilio/SM2"}})
		c.Transcript = []fsm.Line{{Who: "customer", Text: "pay", At: l.Now}, {Who: "bot", Text: "how much?", At: l.Now}}
		c.Letters = []fsm.Letter{{Event: fsm.Event{ID: "twilio/SM3"}, Reason: "step: nil"}}
		committed(t, b.a, c, "n1")

		got := load(t, b.b, id)
		if diff := cmp.Diff(c.Conversation, got.Conversation); diff != "" {
			t.Errorf("document (-want +got):\n%s", diff)
		}
		if got.Nonce != "n1" {
			t.Errorf("nonce = %q, want n1", got.Nonce)
		}
		if at := b.score(t, id); !at.Equal(l.Now.Add(time.Minute)) {
			t.Errorf("wakes at %v, want the timer's %v", at, l.Now.Add(time.Minute))
		}
		if lines, err := b.b.Transcript(t.Context(), id, 0); err != nil || !cmp.Equal(lines, c.Transcript) {
			t.Errorf("Transcript = %v, %v; want %v", lines, err, c.Transcript)
		}
		if lines, err := b.b.Transcript(t.Context(), id, 1); err != nil || len(lines) != 1 || lines[0].Who != "bot" {
			t.Errorf("Transcript of one = %v, %v; want the bot's", lines, err)
		}
		if waiting, err := b.b.Handoffs(t.Context()); err != nil || !cmp.Equal(waiting, []store.Waiting{{Conversation: id, Since: l.Now}}) {
			t.Errorf("Handoffs = %v, %v; want %s", waiting, err, id)
		}
		if letters, err := b.b.Letters(t.Context()); err != nil || len(letters) != 1 || letters[0].Conversation != id || letters[0].Letter.Reason != "step: nil" {
			t.Errorf("Letters = %v, %v; want one of %s", letters, err, id)
		}

		committed(t, b.a, next(got, "timer/silence#1", func(c *fsm.Conversation) { c.Timers, c.Handoff = nil, nil }), "n2")
		if at := b.score(t, id); !at.IsZero() {
			t.Errorf("wakes at %v, want never", at)
		}
		if waiting, err := b.b.Handoffs(t.Context()); err != nil || len(waiting) != 0 {
			t.Errorf("Handoffs = %v, %v; want none once it is returned", waiting, err)
		}
		entries, err := b.b.ConversationJournal(t.Context(), id)
		if err != nil || len(entries) != 3 {
			t.Fatalf("ConversationJournal = %d entries, %v; want 3", len(entries), err)
		}
		if entries[2].Previous != entries[1].Digest || entries[0].Previous != "" || entries[1].Entry.Event.ID != "twilio/SM2" {
			t.Errorf("the entries don't name one another: %+v", entries)
		}
		if err := store.VerifyChain([]store.JournalEntry{entries[0], entries[2]}); !errors.Is(err, store.ErrChain) {
			t.Errorf("VerifyChain without the second = %v, want ErrChain", err)
		}
		fork := entries[2]
		if err := store.VerifyChain(append(entries, fork)); !errors.Is(err, store.ErrChain) {
			t.Errorf("VerifyChain of a fork = %v, want ErrChain", err)
		}
	})
}

func TestLostAnswerShowsOurNonce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		e := send("E1", l.Now)
		c := next(l, "twilio/SM1", wanting(e))
		b.answers.Drop(1)
		if _, err := b.a.Commit(t.Context(), c, []fsm.Effect{e}, "ours", hold); !errors.Is(err, storetest.ErrLost) {
			t.Fatalf("Commit = %v, want the answer lost", err)
		}
		done := commit(t, b.a, c, "second", e)
		if !done.Conflict || done.Nonce != "ours" || done.Version != 1 {
			t.Errorf("retry = %+v, want a conflict with version 1 of nonce ours", done)
		}
		if got := load(t, b.a, l.Conversation.ID).Claims["E1"]; got.Nonce != "ours" || got.Attempt != 1 {
			t.Errorf("claim = %+v, want attempt 1 under nonce ours: exactly we run it", got)
		}
	})
}

func TestLostAnswerThenAnotherCommitKeepsOurClaim(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		e, f := send("E1", l.Now), send("E2", l.Now)
		c := next(l, "twilio/SM1", wanting(e))
		b.answers.DropThen(func() {
			committed(t, b.b, next(load(t, b.b, l.Conversation.ID), "twilio/SM2", wanting(f)), "theirs", e, f)
		})
		if _, err := b.a.Commit(t.Context(), c, []fsm.Effect{e}, "ours", hold); err == nil {
			t.Fatal("Commit = nil, want the answer lost")
		}
		done := commit(t, b.a, c, "second", e)
		if !done.Conflict || done.Nonce != "theirs" || done.Version != 2 {
			t.Errorf("retry = %+v, want a conflict with version 2 of nonce theirs", done)
		}
		if done.Claims["E1"].Nonce != "ours" || done.Claims["E2"].Nonce != "theirs" {
			t.Errorf("claims = %v, want E1 under ours, E2 under theirs", done.Claims)
		}
	})
}

func TestConflictShowsAnothersNonce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		e := send("E1", l.Now)
		committed(t, b.b, next(l, "twilio/SM1", wanting(e)), "theirs", e)
		done := commit(t, b.a, next(l, "twilio/SM2", nil), "ours", e)
		if !done.Conflict || done.Nonce != "theirs" || done.Claims["E1"].Nonce != "theirs" {
			t.Errorf("Commit = %+v, want a conflict with nonce theirs", done)
		}
	})
}

func TestCommitThatCannotBeWrittenWholeIsNotWritten(t *testing.T) {
	kinds := []string{"due", "journal", "transcript", "letters", "handoffs"}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				l := b.begin(t, phone)
				id := l.Conversation.ID
				if err := b.raw.Set(t.Context(), b.key(id, kind), "of another type", 0).Err(); err != nil {
					t.Fatal(err)
				}
				e := send("E1", l.Now)
				c := next(l, "twilio/SM1", func(c *fsm.Conversation) {
					c.Effects = []fsm.Effect{e}
					c.Handoff = &fsm.Handoff{At: l.Now}
				})
				c.Transcript = []fsm.Line{{Text: "x"}}
				c.Letters = []fsm.Letter{{Reason: "x"}}
				if _, err := b.a.Commit(t.Context(), c, []fsm.Effect{e}, "n", hold); err == nil {
					t.Fatal("Commit = nil, want an error")
				}
				if got := load(t, b.a, id); got.Conversation.Version != 0 || len(got.Claims) != 0 {
					t.Errorf("version %d, claims %v; want version 0 and none", got.Conversation.Version, got.Claims)
				}
				for _, other := range kinds {
					if other == kind {
						continue
					}
					if n, err := b.raw.Exists(t.Context(), b.key(id, other)).Result(); err != nil || n != 0 {
						t.Errorf("%s was written (%v)", other, err)
					}
				}
			})
		})
	}
}

func TestOutOfMemoryCommitsNothing(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	l := b.begin(t, phone)
	id := l.Conversation.ID
	committed(t, b.a, next(l, "twilio/SM1", nil), "n1")
	if err := b.raw.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.a.Commit(t.Context(), next(load(t, b.a, id), "twilio/SM2", nil), nil, "n2", hold); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("Commit = %v, want OOM", err)
	}
	if err := b.raw.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	entries, err := b.a.ConversationJournal(t.Context(), id)
	if got := load(t, b.a, id).Conversation.Version; got != 1 || err != nil || len(entries) != 1 {
		t.Errorf("version %d with %d journal entries (%v), want 1 and 1", got, len(entries), err)
	}
}

func TestCommitRefuses(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var warned []string
		client := b.client(t)
		s, err := store.Open(t.Context(), store.Options{Client: client, Keyset: b.keys, InProcess: !b.real, Warn: func(m string) { warned = append(warned, m) }})
		if err != nil {
			t.Fatal(err)
		}
		l := b.begin(t, phone)
		text := func(n int) func(*fsm.Conversation) {
			return func(c *fsm.Conversation) { c.Contact.Zone = strings.Repeat("z", n) }
		}
		if _, err := s.Commit(t.Context(), next(l, "e", text(store.MaxDocument)), nil, "n", hold); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("Commit of a huge document = %v, want ErrTooLarge", err)
		}
		skip := next(l, "e", nil)
		skip.Conversation.Version++
		if _, err := s.Commit(t.Context(), skip, nil, "n", hold); err == nil {
			t.Error("Commit that skips a version = nil, want an error")
		}
		if _, err := s.Commit(t.Context(), next(l, "e", nil), nil, "two words", hold); err == nil {
			t.Error("Commit with a nonce of two words = nil, want an error")
		}
		if _, err := s.Commit(t.Context(), next(l, "e", wanting(send("E 1", l.Now))), nil, "n", hold); err == nil {
			t.Error("Commit with an effect ID of two words = nil, want an error")
		}
		gone := next(l, "e", nil)
		gone.Conversation.ID = gone.Conversation.ID[:29] + "A"
		if gone.Conversation.ID == l.Conversation.ID {
			gone.Conversation.ID = gone.Conversation.ID[:29] + "B"
		}
		if _, err := s.Commit(t.Context(), gone, nil, "n", hold); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Commit of an unknown conversation = %v, want ErrNotFound", err)
		}
		committed(t, s, next(l, "e", text(store.WarnDocument)), "n")
		if len(warned) != 1 || !strings.Contains(warned[0], l.Conversation.ID) {
			t.Errorf("warnings = %q, want one that names the conversation", warned)
		}
	})
}
