package fsm

import (
	"cmp"
	"slices"
	"time"

	"github.com/settle-chat/settle/message"
)

// Lockout counts what went wrong when a customer was to be recognised. Times are kept, not sums: windows slide. The
// conversation is where it is counted; each of its addresses has a copy in its own record, which outlives the conversation,
// and with which whatever begins at the address begins.
type Lockout struct {
	Wrong    []time.Time `json:"wrong,omitempty"` // wrong facts within 30 days
	Codes    []time.Time `json:"codes,omitempty"` // codes issued within a day
	InARow   int         `json:"in_a_row,omitempty"`
	Reset    time.Time   `json:"reset,omitzero"`     // when a right code last ended a row of wrong ones
	Disabled bool        `json:"disabled,omitempty"` // 50 wrong codes in a row

	Newer string `json:"-"` // see Schema
}

// NoteLockout writes what was counted into addresses' own records.
type NoteLockout struct {
	Addresses []message.Address `json:"addresses"`
	Lockout   Lockout           `json:"lockout"`

	Newer string `json:"-"` // see Schema
}

// IsZero says that nothing ever went wrong, or all of it is forgotten.
func (l Lockout) IsZero() bool { return l.equal(Lockout{}) }

func (l Lockout) equal(o Lockout) bool {
	return slices.EqualFunc(l.Wrong, o.Wrong, time.Time.Equal) && slices.EqualFunc(l.Codes, o.Codes, time.Time.Equal) &&
		l.InARow == o.InARow && l.Reset.Equal(o.Reset) && l.Disabled == o.Disabled
}

// Strictest is what holds where both do: taken in twice it is taken in once.
func (l Lockout) Strictest(o Lockout) Lockout {
	all := Lockout{
		Wrong: joined(l.Wrong, o.Wrong), Codes: joined(l.Codes, o.Codes),
		InARow: max(l.InARow, o.InARow), Reset: l.Reset, Disabled: l.Disabled || o.Disabled,
		Newer: cmp.Or(l.Newer, o.Newer),
	}
	if o.Reset.After(l.Reset) {
		all.Reset = o.Reset
	}
	return all
}

// Noted is what an address' record that has l holds once a conversation's counts are written there, at now. It may be done
// again, late, and in any order: nothing gets less but by time, or where the conversation's row ended after the record's.
func (l Lockout) Noted(counts Lockout, now time.Time) Lockout {
	all := l.Strictest(counts)
	switch counts.Reset.Compare(l.Reset) {
	case 1:
		all.InARow = counts.InARow
	case -1:
		all.InARow = l.InARow
	}
	return all.tidied(now)
}

// joined is what either holds, and as often as the one that holds it more often: several wrong answers of one moment are
// several.
func joined(a, b []time.Time) []time.Time {
	all := slices.Clone(a)
	spare := slices.Clone(a)
	for _, t := range b {
		if at := slices.IndexFunc(spare, t.Equal); at >= 0 {
			spare = slices.Delete(spare, at, at+1)
		} else {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// wrong counts what wasn't right: facts by themselves, since they are guessed slowly, and codes in a row.
func (l *Lockout) wrong(now time.Time, factsRight, codeRight bool) {
	if !factsRight {
		l.Wrong = append(l.Wrong, now)
	}
	if !codeRight {
		if l.InARow++; l.InARow >= disabled {
			l.Disabled = true
		}
	}
}

// right ends a row of wrong codes.
func (l *Lockout) right(now time.Time) {
	if l.InARow > 0 {
		l.InARow, l.Reset = 0, now
	}
}

// locked says whether nothing that is typed counts as right for now.
func (l *Lockout) locked(now time.Time) bool {
	return l.Disabled || within(l.Wrong, now, 24*time.Hour) >= wrongInDay || within(l.Wrong, now, 30*24*time.Hour) >= wrongInMonth
}

// tidied is without what is out of every window.
func (l Lockout) tidied(now time.Time) Lockout {
	l.Wrong, l.Codes = younger(l.Wrong, now, 30*24*time.Hour), younger(l.Codes, now, 24*time.Hour)
	return l
}

// younger are the times within a period. None are nil: the same bytes must follow from an empty list and from none.
func younger(times []time.Time, now time.Time, period time.Duration) (kept []time.Time) {
	for _, t := range times {
		if now.Sub(t) < period {
			kept = append(kept, t)
		}
	}
	return kept
}

func within(times []time.Time, now time.Time, period time.Duration) int {
	return len(younger(times, now, period))
}

// noteLockout brings what was counted by this event, or what an address that has come up by it doesn't know yet, into the
// addresses' records. An effect that waits behind another one runs nowhere: it takes the newer counts.
func (s *step) noteLockout() {
	l := s.c.Lockout
	if l.equal(s.counted.tidied(s.now)) && (len(s.c.Contact.Addresses) == s.known || l.IsZero()) {
		return
	}
	note := NoteLockout{Addresses: s.c.addresses(), Lockout: l}
	waits := false
	for i := range s.c.Effects {
		e := &s.c.Effects[i]
		if e.NoteLockout != nil && waits {
			e.NoteLockout = &note
			return
		}
		waits = waits || e.NoteLockout != nil
	}
	s.effect(Effect{Lane: "lockout", NoteLockout: &note})
}

// addresses are all that the contact is known by.
func (c *Conversation) addresses() []message.Address {
	all := make([]message.Address, 0, len(c.Contact.Addresses))
	for _, r := range c.Contact.Addresses {
		all = append(all, r.Address)
	}
	return all
}
