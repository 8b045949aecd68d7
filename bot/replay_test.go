package bot_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
)

// The journal of a conversation gives its document again, byte for byte, whatever happened in it.
func TestReplayOfTheJournalGivesTheDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	start, err := b.store.Create(b.ctx(), message.Address("sms:"+c.number))
	if err != nil {
		t.Fatal(err)
	}
	o := b.open(c)
	b.says(c, "nonsense")
	b.walk(c, "1", "day and month of birth", "15 march 2196", "match", "14 march 2196", "was due", "4 friday", "How much", "1250", "Right?")
	b.says(c, "BACK")
	b.later(30 * time.Hour) // a reminder
	b.says(c, "STOP")
	b.says(c, "START")
	b.says(c, "AGENT")
	b.says(c, "MENU")
	var entries []fsm.Entry
	for _, e := range b.journal(o) {
		entries = append(entries, e.Entry)
	}
	got, err := fsm.Replay(b.lib, start.Conversation, entries)
	if err != nil {
		t.Fatal(err)
	}
	want := b.document(o).Conversation
	gotBytes, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	wantBytes, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(wantBytes), string(gotBytes)); diff != "" {
		t.Errorf("replay of %d entries (-want +got):\n%s", len(entries), diff)
	}
	if len(entries) < 20 {
		t.Errorf("only %d entries: the test tests little", len(entries))
	}
}
