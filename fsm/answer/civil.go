package answer

import (
	"fmt"
	"time"
)

// Civil is a day in the calendar, without a time or a zone: "Friday the 20th" is the same day wherever it is read.
type Civil struct {
	Year  int
	Month time.Month
	Day   int
}

// CivilOf returns the day that t falls on in t's own zone.
func CivilOf(t time.Time) Civil {
	y, m, d := t.Date()
	return Civil{y, m, d}
}

// ParseCivil reads the form that String writes, "2006-01-02", and nothing else.
func ParseCivil(s string) (Civil, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil { // time's error quotes the text: it may be a date of birth
		return Civil{}, fmt.Errorf("parse date, want the form 2006-01-02: %w", ErrNotUnderstood)
	}
	return CivilOf(t), nil
}

func (c Civil) String() string { return fmt.Sprintf("%04d-%02d-%02d", c.Year, int(c.Month), c.Day) }

// IsZero reports whether c is no day at all.
func (c Civil) IsZero() bool { return c == Civil{} }

// Valid reports whether c is a day of the calendar, in the years 1 to 9999.
func (c Civil) Valid() bool {
	return c.Year >= 1 && c.Year <= 9999 && c.Month >= time.January && c.Month <= time.December &&
		c.Day >= 1 && c == CivilOf(c.time())
}

// AddDays returns the day n days after c, or before it where n is negative.
func (c Civil) AddDays(n int) Civil { return CivilOf(c.time().AddDate(0, 0, n)) }

// Weekday returns the day of the week.
func (c Civil) Weekday() time.Weekday { return c.time().Weekday() }

// Compare returns -1, 0 or 1 as c is before, on or after d.
func (c Civil) Compare(d Civil) int { return c.time().Compare(d.time()) }

// Before reports whether c is earlier than d.
func (c Civil) Before(d Civil) bool { return c.Compare(d) < 0 }

// After reports whether c is later than d.
func (c Civil) After(d Civil) bool { return c.Compare(d) > 0 }

// In returns the first moment of c in loc.
func (c Civil) In(loc *time.Location) time.Time {
	return time.Date(c.Year, c.Month, c.Day, 0, 0, 0, 0, loc)
}

// MarshalText writes what ParseCivil reads; the zero day is empty.
func (c Civil) MarshalText() ([]byte, error) {
	if c.IsZero() {
		return nil, nil
	}
	if !c.Valid() {
		return nil, fmt.Errorf("write date: no such day: %w", ErrRange)
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (c *Civil) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Civil{}
		return nil
	}
	d, err := ParseCivil(string(text))
	if err == nil {
		*c = d
	}
	return err
}

func (c Civil) time() time.Time { return c.In(time.UTC) }
