package demo

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/policy"
)

func TestMorning(t *testing.T) {
	t.Parallel()
	z, err := policy.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ now, want string }{
		"a weekday's afternoon":            {"2026-11-24T15:30:00+02:00", "2026-11-24T10:00:00+02:00"},
		"a weekday before dawn":            {"2026-11-24T00:30:00+02:00", "2026-11-24T10:00:00+02:00"},
		"Saturday":                         {"2026-11-28T12:00:00+02:00", "2026-11-30T10:00:00+02:00"},
		"Sunday night":                     {"2026-11-29T23:59:59+02:00", "2026-11-30T10:00:00+02:00"},
		"still Friday in UTC":              {"2026-11-27T22:30:00Z", "2026-11-30T10:00:00+02:00"},
		"still Sunday in UTC, a month on":  {"2026-11-29T22:30:00Z", "2026-11-30T10:00:00+02:00"},
		"already Monday, on the other end": {"2026-11-30T06:00:00+13:00", "2026-11-30T10:00:00+02:00"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := Morning(now).In(z).Format(time.RFC3339); got != tc.want {
			t.Errorf("%s: Morning(%s) = %s, want %s", name, tc.now, got, tc.want)
		}
	}
}

// around is how exact the clock is in a test on a busy machine: it runs while it is moved.
const around = 30 * time.Second

// wakes are the times at which the engine has done something for a contact.
func (b *bench) wakes(c *Contact) (all []time.Time) {
	b.t.Helper()
	entries, err := b.store.ConversationJournal(b.t.Context(), c.conversation)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Entry.Event.At)
	}
	return all
}

// Moved by two days, the clock has stopped at what was due on the way: each timer ran at its time, and not all at the end.
func TestAdvanceStopsOnTheWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	began := b.Clock.Now()
	document, _, err := b.document(t.Context(), b.contact("c1"))
	if err != nil {
		t.Fatal(err)
	}
	due := document.Timers[0].Due
	for _, timer := range document.Timers {
		if timer.Due.Before(due) {
			due = timer.Due
		}
	}
	if wait := due.Sub(began); wait < time.Hour || wait > 47*time.Hour {
		t.Fatalf("the first timer is due in %s: this test wants one within two days", wait)
	}
	b.later(48 * time.Hour)
	if got := b.Clock.Now().Sub(began); got < 48*time.Hour || got > 48*time.Hour+around {
		t.Errorf("the clock has moved by %s, want 48h", got)
	}
	found := false
	for _, at := range b.wakes(b.contact("c1")) {
		found = found || !at.Before(due) && at.Before(due.Add(around))
	}
	if !found {
		t.Errorf("a timer was due at %s; the engine did something at %v, want then", due, b.wakes(b.contact("c1")))
	}
}

// Skip stops where something is due, also where two hands are on the clock.
func TestSkip(t *testing.T) {
	t.Parallel()
	for _, hands := range []int{1, 2} {
		b := newBench(t)
		b.later(around) // what is on its way has arrived
		due, found, err := b.next(t.Context())
		if err != nil || !found {
			t.Fatalf("next = %s, %t, %v, want something", due, found, err)
		}
		var both sync.WaitGroup
		for range hands {
			both.Go(func() {
				if moved, err := b.Skip(t.Context()); err != nil || !moved {
					t.Errorf("Skip = %t, %v, want true", moved, err)
				}
			})
		}
		both.Wait()
		now := b.Clock.Now()
		if now.Before(due) || hands == 1 && now.After(due.Add(around)) {
			t.Errorf("the clock stands at %s, want %s", now, due)
		}
		last := due
		for _, c := range b.contacts {
			for _, at := range b.wakes(c) {
				if at.After(last) {
					last = at
				}
			}
		}
		if now.After(last.Add(around)) {
			t.Errorf("%d at once: the clock stands at %s, and nothing has happened since %s: it went past where it should stop", hands, now, last)
		}
	}
}

func TestClockForm(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, by := range []string{"", "0s", "-1h", "744h1s", "1000000h", "9999999999999h", "NaN", "1 day", "next "} {
		before := b.Clock.Offset()
		if w := b.asks("POST", "/clock", url.Values{"by": {by}}); w.Code != http.StatusBadRequest || b.Clock.Offset() != before {
			t.Errorf("by %q: status %d, moved by %s; want 400 and not at all", by, w.Code, b.Clock.Offset()-before)
		}
	}
	for back, want := range map[string]string{
		"/sim/c2/sms": "/sim/c2/sms", "": "/sim", "https://evil.example/sim/": "/sim", "//evil.example/sim/": "/sim", "/sim/../..//evil.example": "/evil.example",
	} {
		before := b.Clock.Offset()
		w := b.asks("POST", "/clock", url.Values{"by": {"1h"}, "back": {back}})
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("back to %q: status %d to %q, want 303 to %q", back, w.Code, got, want)
		}
		if moved := b.Clock.Offset() - before; moved < time.Hour-around || moved > time.Hour {
			t.Errorf("by an hour: moved by %s", moved)
		}
	}
}
