package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
)

func TestReceiptsNeverMoveBackwards(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.begin(t, phone).Conversation.ID
		for i, tc := range []struct {
			status message.Status
			moved  bool
			want   message.Status
		}{
			{message.Sent, true, message.Sent},
			{message.Read, true, message.Read}, // overtook delivered
			{message.Delivered, false, message.Read},
			{message.Sent, false, message.Read},
			{message.Read, false, message.Read},
			{message.Failed, true, message.Failed},
			{message.Read, false, message.Failed},
		} {
			got, err := b.a.Receipt(t.Context(), id, "E1", tc.status, "SM1")
			if err != nil || got.Moved != tc.moved || got.Status != tc.want || got.Pending {
				t.Errorf("%d: Receipt(%s) = %+v, %v; want moved %v, %s", i, tc.status, got, err, tc.moved, tc.want)
			}
		}
		if got := load(t, b.a, id).Conversation.Version; got != 0 {
			t.Errorf("version = %d, want 0: receipts move none", got)
		}
		if ids, err := b.b.SentMessages(t.Context(), id); err != nil || len(ids) != 1 || ids["E1"] != "SM1" {
			t.Errorf("SentMessages = %v, %v; want E1: SM1", ids, err)
		}
		if got, err := b.b.Statuses(t.Context(), id); err != nil || got["E1"] != message.Failed {
			t.Errorf("Statuses = %v, %v; want E1 failed", got, err)
		}
	})
}

// A receipt overtakes the send's own result: it settles the effect, so it must be stepped.
func TestReceiptOfAPendingEffectSaysSo(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id, e := l.Conversation.ID, send("E1", l.Now)
		committed(t, b.a, next(l, "twilio/SM1", wanting(e)), "a", e)
		if got, err := b.b.Receipt(t.Context(), id, "E1", message.Delivered, "SM2"); err != nil || !got.Pending {
			t.Errorf("Receipt = %+v, %v; want pending", got, err)
		}
		committed(t, b.a, next(load(t, b.a, id), "r", func(c *fsm.Conversation) { c.Effects = nil }), "b")
		if got, err := b.b.Receipt(t.Context(), id, "E1", message.Read, "SM2"); err != nil || got.Pending || !got.Moved {
			t.Errorf("Receipt = %+v, %v; want settled and moved", got, err)
		}
		if err := b.a.SentMessage(t.Context(), id, "E2", "SM3"); err != nil {
			t.Fatal(err)
		}
		if ids, err := b.b.SentMessages(t.Context(), id); err != nil || ids["E1"] != "SM2" || ids["E2"] != "SM3" {
			t.Errorf("SentMessages = %v, %v; want SM2 and SM3", ids, err)
		}
		ttl, err := b.raw.PTTL(t.Context(), b.key(id, "receipts")).Result()
		if err != nil || ttl < 34*24*time.Hour || ttl > 36*24*time.Hour {
			t.Errorf("receipts are kept for %v (%v), want 35 days", ttl, err)
		}
	})
}

func TestOldReceiptsAreDropped(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.begin(t, phone).Conversation.ID
		for i := range 256 {
			if _, err := b.a.Receipt(t.Context(), id, fmt.Sprintf("E%d", i), message.Sent, "SM"); err != nil {
				t.Fatal(err)
			}
		}
		b.pass(36 * 24 * time.Hour)
		for i := range 2 {
			if _, err := b.a.Receipt(t.Context(), id, fmt.Sprintf("F%d", i), message.Sent, "SM"); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := b.a.Statuses(t.Context(), id); err != nil || len(got) != 2 {
			t.Errorf("%d receipts are kept (%v), want the 2 young ones", len(got), err)
		}
		if got, err := b.a.SentMessages(t.Context(), id); err != nil || len(got) != 2 {
			t.Errorf("%d provider IDs are kept (%v), want 2", len(got), err)
		}
	})
}

func TestReceiptOfWhatIsNotOurs(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.begin(t, phone).Conversation.ID
		unknown := id[:4] + "AAAAAAAAAAAAAAAAAAAAAAAAAA"
		for _, tc := range []struct {
			conversation, effect string
			status               message.Status
		}{{unknown, "E1", message.Sent}, {"", "E1", message.Sent}, {id, "", message.Sent}, {id, "m:E1", message.Sent}, {id, "E1", "seen"}} {
			if _, err := b.a.Receipt(t.Context(), tc.conversation, tc.effect, tc.status, "SM1"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Receipt(%q, %q, %q) = %v, want ErrNotFound", tc.conversation, tc.effect, tc.status, err)
			}
		}
		if n, err := b.raw.Exists(t.Context(), b.key(unknown, "receipts")).Result(); err != nil || n != 0 {
			t.Errorf("a receipt for an unknown conversation was kept (%v)", err)
		}
	})
}

func TestLettersAreKeptOnceForEachEvent(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.begin(t, phone)
		id := l.Conversation.ID
		for _, reason := range []string{"first", "second"} {
			if err := b.a.PutLetter(t.Context(), id, fsm.Letter{Event: fsm.Event{ID: "twilio/SM1", At: l.Now}, Reason: reason}); err != nil {
				t.Fatal(err)
			}
		}
		c := next(l, "twilio/SM2", nil)
		c.Letters = []fsm.Letter{{Event: fsm.Event{ID: "twilio/SM1"}, Reason: "third"}, {Event: fsm.Event{ID: "twilio/SM2", At: l.Now}, Reason: "other"}}
		committed(t, b.b, c, "n")
		letters, err := b.b.Letters(t.Context())
		if err != nil || len(letters) != 2 {
			t.Fatalf("Letters = %v, %v; want 2", letters, err)
		}
		for _, want := range letters {
			got, err := b.a.Letter(t.Context(), want.ID)
			if err != nil || got.Letter.Reason != want.Letter.Reason || got.Letter.Reason == "second" || got.Letter.Reason == "third" {
				t.Errorf("Letter = %+v, %v; want the first of its event", got, err)
			}
			for range 2 {
				if err := b.a.DropLetter(t.Context(), want.ID); err != nil {
					t.Errorf("DropLetter: %v", err)
				}
			}
			if _, err := b.a.Letter(t.Context(), want.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Letter once dropped = %v, want ErrNotFound", err)
			}
		}
	})
}
