package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Clock is a local time of day in minutes after midnight; 24:00 is the end of a day.
type Clock int16

const (
	dayMinutes = 24 * 60
	daySeconds = dayMinutes * 60
)

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes the time as 08:00.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads 08:00, from 00:00 to 24:00.
func (c *Clock) UnmarshalText(b []byte) error {
	s := string(b)
	if s == "24:00" {
		*c = dayMinutes
		return nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("08:00") {
		return fmt.Errorf("read time of day %q: write it as 08:00, from 00:00 to 24:00", s)
	}
	*c = Clock(t.Hour()*60 + t.Minute())
	return nil
}

// Weekday is a day of the week that reads and writes itself as mon.
type Weekday time.Weekday

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (d Weekday) String() string { return nameOf(weekdays, int(d)) }

// MarshalText writes the day as mon.
func (d Weekday) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads mon, in lower case.
func (d *Weekday) UnmarshalText(b []byte) error {
	i, err := indexOf("weekday", weekdays, string(b))
	if err == nil {
		*d = Weekday(i)
	}
	return err
}

// Window is a weekly time in local hours: from From until just before To on each of Days, every day where there are none.
// One whose To is before its From goes on past midnight, and its days are those on which it begins.
type Window struct {
	Days []Weekday `json:"days,omitempty"`
	From Clock     `json:"from"`
	To   Clock     `json:"to"`
}

func (w Window) String() string {
	if len(w.Days) == 0 {
		return w.From.String() + "-" + w.To.String()
	}
	days := make([]string, len(w.Days))
	for i, d := range w.Days {
		days[i] = d.String()
	}
	return strings.Join(days, ",") + " " + w.From.String() + "-" + w.To.String()
}

// Validate refuses a window with times outside the day, an unknown day, or no length.
func (w Window) Validate() error {
	switch {
	case w.From < 0 || w.From >= dayMinutes || w.To < 0 || w.To > dayMinutes:
		return fmt.Errorf("check window %v: its times go from 00:00 to 24:00", w)
	case w.From == w.To:
		return fmt.Errorf("check window %v: it is empty: for the whole day write 00:00-24:00", w)
	}
	for _, d := range w.Days {
		if d < 0 || int(d) >= len(weekdays) {
			return fmt.Errorf("check window %v: no weekday %d", w, int(d))
		}
	}
	return nil
}

// has says whether minute m of day d lies in the window. An empty window has nothing.
func (w Window) has(d Weekday, m Clock) bool {
	if w.From <= w.To {
		return m >= w.From && m < w.To && w.on(d)
	}
	return m >= w.From && w.on(d) || m < w.To && w.on((d+6)%7)
}

func (w Window) on(d Weekday) bool { return len(w.Days) == 0 || slices.Contains(w.Days, d) }

// Hours are the times at which a purpose may be pursued, in the local time of wherever the customer may be.
type Hours struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`
	Purposes []Purpose `json:"purposes,omitempty"` // none: every purpose
	Open     []Window  `json:"open"`
}

// ahead is how far Next looks: a week of weekly hours, and a day for what a clock change may take from it.
const ahead = 8 * 24 * time.Hour

// Next is the first instant from now on at which the hours are open in every zone at once; now itself where they are. It is
// false where they have no such instant within eight days, and where there is no zone: what can't be shown to be open
// isn't.
func (h Hours) Next(now time.Time, zones []*time.Location) (time.Time, bool) {
	open := func(d Weekday, m Clock) bool { return anyHas(h.Open, d, m) }
	return everywhere(now, zones, edges(h.Open), open)
}

// end is the first instant after now at which the hours are closed in some zone; zero where they don't close within eight days.
func (h Hours) end(now time.Time, zones []*time.Location) time.Time {
	closed := func(d Weekday, m Clock) bool { return !anyHas(h.Open, d, m) }
	return anywhere(now, zones, edges(h.Open), closed)
}

// whole makes the days of windows without length inconvenient as a whole: a customer who named them meant something.
func whole(windows []Window) []Window {
	windows = slices.Clone(windows)
	for i, w := range windows {
		if w.From == w.To {
			windows[i].From, windows[i].To = 0, dayMinutes
		}
	}
	return windows
}

func anyHas(windows []Window, d Weekday, m Clock) bool {
	return slices.ContainsFunc(windows, func(w Window) bool { return w.has(d, m) })
}

// edges are the times of day at which any of the windows may begin or end, in order.
func edges(windows []Window) []Clock {
	all := []Clock{0}
	for _, w := range windows {
		all = append(all, w.From, w.To)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// everywhere is the first instant from now on at which ok holds in all zones. Each zone moves the instant on to its own
// next one until none does: no zone's next is ever late, so the first instant they agree on is the first there is.
func everywhere(now time.Time, zones []*time.Location, at []Clock, ok func(Weekday, Clock) bool) (time.Time, bool) {
	limit := now.Add(ahead)
	t, agreed := now, 0
	for i := 0; len(zones) > 0; i = (i + 1) % len(zones) {
		next, found := first(t, limit, zones[i], at, ok)
		switch {
		case !found:
			return time.Time{}, false
		case next.Equal(t):
			agreed++
		default:
			t, agreed = next, 1
		}
		if agreed == len(zones) {
			return t, true
		}
	}
	return time.Time{}, false
}

// anywhere is the first instant from now on at which ok holds in some zone; zero where there is none.
func anywhere(now time.Time, zones []*time.Location, at []Clock, ok func(Weekday, Clock) bool) (soonest time.Time) {
	for _, zone := range zones {
		if t, found := first(now, now.Add(ahead), zone, at, ok); found {
			soonest = earliest(soonest, t)
		}
	}
	return soonest
}

// first is the first instant from t until limit at which ok holds in one zone's local time. ok may change only at the
// times in at.
//
// It goes from one stretch of constant offset to the next, within which local time is plain arithmetic: an hour that a
// clock change skips, repeats or cuts in two, and a day that never was, need no case of their own.
func first(t, limit time.Time, zone *time.Location, at []Clock, ok func(Weekday, Clock) bool) (time.Time, bool) {
	for t.Before(limit) {
		local := t.In(zone)
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		if end.IsZero() || end.After(limit) {
			end = limit
		}
		now := t.Unix() + int64(offset)
		day := floorDiv(now, daySeconds)
		if ok(weekday(day), Clock((now-day*daySeconds)/60)) {
			return t, true
		}
		for ; day*daySeconds-int64(offset) < end.Unix(); day++ {
			for _, c := range at {
				u := time.Unix(day*daySeconds+int64(c)*60-int64(offset), 0)
				if u.After(t) && u.Before(end) && c >= 0 && c < dayMinutes && ok(weekday(day), c) {
					return u.In(t.Location()), true
				}
			}
		}
		if !end.After(t) {
			return time.Time{}, false
		}
		t = end.In(t.Location())
	}
	return time.Time{}, false
}

// weekday is the day of the week, days after 1 January 1970, which was a Thursday.
func weekday(days int64) Weekday {
	return Weekday(((days+int64(time.Thursday))%7 + 7) % 7)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
