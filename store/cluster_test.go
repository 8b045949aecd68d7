package store_test

import (
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Cluster refuses a script whose keys are in several slots, even where one server has them all. What asks all partitions
// at once is answered by three servers.
func TestEveryScriptStaysInOneSlot(t *testing.T) {
	t.Parallel()
	cluster := storetest.NewCluster(t)
	everything(t, openReplicated(t, cluster))
}

// everything does all that a store can.
func everything(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Create(ctx, phone, "email:a@b.example", store.Customer("C-1"))
	must(err)
	id, e := l.Conversation.ID, send("E1", l.Now)
	c := next(l, "e", func(c *fsm.Conversation) {
		c.Effects = []fsm.Effect{e}
		c.Handoff = &fsm.Handoff{At: l.Now}
	})
	c.Transcript, c.Letters = []fsm.Line{{Text: "x"}}, []fsm.Letter{{Reason: "x"}}
	committed(t, s, c, "n", e)
	if _, err := s.LoadAddress(ctx, "email:a@b.example"); err != nil {
		t.Errorf("LoadAddress: %v", err)
	}
	if got := gate(t, s, store.GateRequest{Conversation: id, Effect: "E1", Nonce: "n", Address: phone, Sender: "+27", Rate: 1,
		Caps: []store.Cap{{Name: "c", Most: 1, Within: time.Hour}}}); !got.Pass {
		t.Errorf("Gate = %+v, want pass", got)
	}
	must(s.Suppress(ctx, []message.Address{phone, "email:a@b.example"}, true))
	must(s.Unclaim(ctx, id, "E1", "n", time.Time{}))
	if _, ok, err := s.Claim(ctx, id, 1, e, "m", hold); !ok || err != nil {
		t.Errorf("Claim = %v, %v; want granted", ok, err)
	}
	must(s.SentMessage(ctx, id, "E1", "SM1"))
	must(s.Reschedule(ctx, id))
	due(t, s)
	must(s.PutLetter(ctx, id, fsm.Letter{}))
	if _, err := s.Letters(ctx); err != nil {
		t.Errorf("Letters: %v", err)
	}
	if _, err := s.Handoffs(ctx); err != nil {
		t.Errorf("Handoffs: %v", err)
	}
	if f, err := s.Figures(ctx); err != nil || f.Letters != 1 || f.Handoffs != 1 || f.Used == 0 {
		t.Errorf("Figures = %+v, %v, want a letter (both were of one event), a handoff, and what its servers use", f, err)
	}
	if _, err := s.PutCase(ctx, s.CaseID("a", "b"), id); err != nil {
		t.Errorf("PutCase: %v", err)
	}
	if _, err := s.LoadDurable(ctx, id); err != nil {
		t.Errorf("LoadDurable: %v", err)
	}
	if _, _, err := s.Next(ctx); err != nil {
		t.Errorf("Next: %v", err)
	}
	if right, _, err := s.Tally(ctx, l.Now, 2, 1); err != nil || right != 2 {
		t.Errorf("Tally = %d, %v; want 2", right, err)
	}
	if _, err := s.Lockout(ctx, phone, "email:a@b.example"); err != nil {
		t.Errorf("Lockout: %v", err)
	}
	must(s.NoteLockout(ctx, []message.Address{phone}, fsm.Lockout{}))
	must(s.Repoint(ctx, id, id, phone))
	must(s.PutBundle(ctx, "3f9a", []byte("x")))
	must(s.SetCurrent(ctx, "w", "3f9a"))
	if _, err := s.Bundle(ctx, "3f9a"); err != nil {
		t.Errorf("Bundle: %v", err)
	}
	if _, err := s.BeginCampaign(ctx, "c", "w", time.Second); err != nil {
		t.Errorf("BeginCampaign: %v", err)
	}
	if _, err := s.Campaigns(ctx); err != nil {
		t.Errorf("Campaigns: %v", err)
	}
	must(s.Rekey(ctx, id))
	if entries, err := s.ConversationJournal(ctx, id); err != nil || len(entries) != 1 {
		t.Errorf("ConversationJournal = %d entries, %v; want 1", len(entries), err)
	}
	if _, err := s.Transcript(ctx, id, 0); err != nil {
		t.Errorf("Transcript: %v", err)
	}
	seen := 0
	for _, err := range s.Conversations(ctx) {
		must(err)
		seen++
	}
	if seen != 1 {
		t.Errorf("Conversations goes through %d, want 1", seen)
	}
}
