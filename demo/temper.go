package demo

import (
	"errors"
	"sync"
	"time"

	"github.com/settle-chat/settle/integrations"
)

// Mood is how the system of record behaves.
type Mood string

// The moods that the switch on the ledger's page has.
const (
	Well      Mood = "well"
	Slow      Mood = "slow"      // each call takes some seconds
	Failing   Mood = "failing"   // each call says that nothing was done and to come again
	Ambiguous Mood = "ambiguous" // each change is made and its first answer is lost
)

var moods = []struct {
	Mood  Mood
	Label string
	Means string
}{
	{Well, "Well", "it answers at once"},
	{Slow, "Slow", "each call takes four seconds: the customer is told that it takes longer"},
	{Failing, "Failing", "each call fails before anything is done: it is tried again, with pauses"},
	{Ambiguous, "Answers are lost", "each change is made and its answer is lost: it is asked for again under the same key, and made once"},
}

const slowBy = 4 * time.Second

// temper makes the ledger behave as the switch says. The zero value behaves well.
type temper struct {
	mu   sync.Mutex
	mood Mood            // guarded by mu
	lost map[string]bool // guarded by mu; the keys of changes whose answer was lost once
}

func (t *temper) get() Mood {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mood == "" {
		return Well
	}
	return t.mood
}

// set changes the mood; false where there is no such one.
func (t *temper) set(m Mood) bool {
	for _, each := range moods {
		if each.Mood == m {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.mood = m
			return true
		}
	}
	return false
}

var errAway = errors.New("the system of record is out of order: the switch on its page says so")

func (t *temper) before(string, string) error {
	switch t.get() {
	case Slow:
		time.Sleep(slowBy) // it is the system that is slow: whoever calls waits, or gives up
	case Failing:
		return integrations.Retry{After: 5 * time.Second, Cause: errAway.Error()}
	}
	return nil
}

func (t *temper) after(_, key string) error {
	if t.get() != Ambiguous || key == "" { // a lookup has no key
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost[key] {
		return nil
	}
	if t.lost == nil {
		t.lost = make(map[string]bool)
	}
	t.lost[key] = true
	return errAway
}
