package fsm

import (
	"testing"
	"time"
)

// When somebody in a queue answers: now, at its next hour in its own zone, never on a holiday.
func TestQueueOpensInWords(t *testing.T) {
	t.Parallel()
	lib := shippedLibrary(t)
	w := lib.Named("overdue-account")
	for _, tc := range []struct{ now, hours, holiday, want string }{
		{"2026-11-24T10:00:00Z", "mon-fri 08:00-17:00", "", "soon"},
		{"2026-11-24T16:00:00Z", "mon-fri 08:00-17:00", "", "Wed 25 Nov from 08:00"}, // 18:00 in Johannesburg
		{"2026-11-27T16:00:00Z", "mon-fri 08:00-17:00, sat 09:00-12:00", "", "Sat 28 Nov from 09:00"},
		{"2026-11-24T16:00:00Z", "mon-fri 08:00-17:00", "2026-11-25", "Thu 26 Nov from 08:00"},
		{"2026-11-24T10:00:00Z", "mon-fri 08:00-17:00", "2026-11-24", "Wed 25 Nov from 08:00"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		k := newTalk(t, lib)
		s := begin(lib, k.c, Event{At: now})
		probe := &Workflow{Name: w.Name, Exceptions: w.Exceptions, Texts: w.Texts, Vars: w.Vars, Facts: w.Facts, Currency: w.Currency,
			Queues: map[string]*Queue{"care": {Name: "care", Hours: tc.hours, Zone: "Africa/Johannesburg", Holidays: []string{tc.holiday}}}}
		_, locale, err := s.texts(w)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := s.opens(&Case{State: "asked-for-agent", Workflow: w.Pin()}, probe, locale)
		if !ok || got != tc.want {
			t.Errorf("at %s, open %s, holiday %q: %q, %t, want %q", tc.now, tc.hours, tc.holiday, got, ok, tc.want)
		}
	}
}
