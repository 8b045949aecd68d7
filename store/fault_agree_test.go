package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/store"
)

// telling is a commit that tells its version in everything that it writes: timer, effect, claim, hand-off, journal, transcript
// and letter. So agrees can see from what is stored whether it was written whole.
func telling(l store.Loaded, padding int) (c fsm.Commit, claim []fsm.Effect) {
	c = next(l, fmt.Sprintf("event-%s-%d", l.Conversation.ID, l.Conversation.Version+1), func(c *fsm.Conversation) {
		c.Timers = []fsm.Timer{{Name: "silence#1", Due: timerOf(c.Version)}}
		c.Effects = []fsm.Effect{send(fmt.Sprintf("E%d", c.Version), l.Now)} // the one before is gone, and its claim with it
		c.Handoff = nil
		if c.Version%2 == 0 {
			c.Handoff = &fsm.Handoff{Reason: "hardship", Queue: "hardship", At: timerOf(c.Version)}
		}
	})
	v := c.Conversation.Version
	c.Transcript = []fsm.Line{{Who: "customer", At: l.Now, Text: fmt.Sprintf("%d%s", v, strings.Repeat(".", padding))}}
	c.Letters = []fsm.Letter{{Event: fsm.Event{ID: fmt.Sprintf("letter-%s-%d", l.Conversation.ID, v)}, Reason: fmt.Sprint(v)}}
	if v%3 == 0 {
		claim = c.Conversation.Effects
	}
	return c, claim
}

// timerOf is in the past, so that it is always the wake time.
func timerOf(version uint64) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(version) * time.Second)
}

// agrees wants everything that is stored of a conversation to be of one version, and returns it.
func (b *bench) agrees(t *testing.T, s *store.Store, id string) uint64 {
	t.Helper()
	ctx := t.Context()
	l := load(t, s, id)
	v := l.Conversation.Version
	var want []string // a word for each version
	for n := range v {
		want = append(want, fmt.Sprint(n+1))
	}
	entries, err := s.ConversationJournal(ctx, id) // its chain is verified
	if err != nil {
		t.Fatalf("ConversationJournal: %v", err)
	}
	var journal, transcript, letters []string
	for _, e := range entries {
		journal = append(journal, fmt.Sprint(e.Entry.Version))
	}
	lines, err := s.Transcript(ctx, id, 0)
	if err != nil {
		t.Fatalf("Transcript: %v", err)
	}
	for _, line := range lines {
		transcript = append(transcript, strings.TrimRight(line.Text, "."))
	}
	kept, err := s.Letters(ctx)
	if err != nil {
		t.Fatalf("Letters: %v", err)
	}
	for _, k := range kept {
		if k.Conversation == id {
			letters = append(letters, k.Letter.Reason)
		}
	}
	slices.SortFunc(letters, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	for name, got := range map[string][]string{"journal": journal, "transcript": transcript, "letters": letters} {
		if !slices.Equal(got, want) {
			t.Errorf("document is at version %d, %s has %q: want one of each version", v, name, got)
		}
	}
	if v == 0 {
		return v
	}
	if at := b.score(t, id); !at.Equal(timerOf(v)) {
		t.Errorf("document is at version %d, and due at %s; want its timer's %s", v, at, timerOf(v))
	}
	since, err := b.raw.ZScore(ctx, b.key(id, "handoffs"), id).Result()
	if waits := err == nil && int64(since) == timerOf(v).UnixMilli(); waits != (v%2 == 0) || err != nil && err != redis.Nil {
		t.Errorf("document is at version %d, hand-off since %v (%v)", v, since, err)
	}
	head, _ := b.stored(t, id)
	_, pending, _ := strings.Cut(head, "\n")
	if effect := l.Conversation.Effects[0].ID; effect != fmt.Sprintf("E%d", v) || !strings.HasPrefix(pending, effect+" ") {
		t.Errorf("document is at version %d, its effect is %s, pending is %q", v, effect, pending)
	}
	for effect := range l.Claims {
		if v%3 != 0 || effect != fmt.Sprintf("E%d", v) {
			t.Errorf("document is at version %d, and effect %s is claimed", v, effect)
		}
	}
	return v
}
