package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// A Cluster refuses a script whose keys are in several slots, even where one server has them all.
func TestEveryScriptStaysInOneSlot(t *testing.T) {
	t.Parallel()
	b := &bench{server: storetest.Cluster(t), keys: storetest.Keyset(t)}
	b.url = b.server.URL()
	b.raw = b.client(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.raw.ClusterAddSlotsRange(ctx, 0, 16383).Err())
	for tick := time.Tick(20 * time.Millisecond); ; <-tick { // a new Cluster takes writes after 2 s
		info, err := b.raw.ClusterInfo(ctx).Result()
		must(err)
		if strings.Contains(info, "cluster_state:ok") {
			break
		}
	}
	s, err := store.Open(ctx, store.Options{Client: b.client(t), Keyset: b.keys, Durability: store.BestEffort, Offset: b.offset})
	must(err)
	if !strings.Contains(s.Banner(), "failover") {
		t.Errorf("banner = %q, want it to warn of a failover", s.Banner())
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
}
