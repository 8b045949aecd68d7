package policy

import (
	"fmt"
	"slices"
	"time"
)

// limit is one thing that says when: next is the first instant from t on at which it has no objection, and false where
// there is none.
type limit struct {
	id, open, closed string
	next             func(t time.Time) (time.Time, bool)
}

// timed decides what is left once only time is in question: it lets every limit move the moment on until none does. Each
// moves it to its own first instant, so the first that all agree on is the first there is.
func timed(d Decision, now time.Time, contact Contact, m Message, rules Rules) Decision {
	zones, no := candidates(contact.Zones)
	if no != nil {
		return *no
	}
	hours := slices.DeleteFunc(slices.Clone(rules.Hours), func(h Hours) bool { return !covers(h.Purposes, m.Purpose) })
	caps := slices.DeleteFunc(slices.Clone(rules.Caps), func(c Cap) bool { return !covers(c.Purposes, m.Purpose) })
	if len(hours) == 0 {
		return refuse(RuleHours, "no rule says at what hours this purpose may be pursued")
	}
	if len(caps) == 0 {
		return refuse(RuleCap, "no rule says how often this purpose may be pursued")
	}
	limits, last := limitsOf(now, contact, m, hours, caps, zones)

	at, moved := now, make([]bool, len(limits))
	for settled := 0; settled < len(limits); {
		for i, l := range limits {
			next, ok := l.next(at)
			if !ok || next.After(last) {
				return never(limits, moved, i)
			}
			if settled++; next.After(at) {
				at, moved[i], settled = next, true, 1
			}
			if settled == len(limits) {
				break
			}
		}
	}
	if at.After(now) {
		return held(limits, moved, at)
	}
	for _, l := range limits {
		d.add(l.id, l.open)
	}
	for _, h := range hours {
		d.Until = earliest(d.Until, h.end(now, zones))
	}
	named := whole(contact.Inconvenient)
	d.Until = earliest(d.Until, anywhere(now, zones, edges(named), func(day Weekday, c Clock) bool { return anyHas(named, day, c) }))
	d.Verdict = Allow
	return d
}

// candidates are the zones by name. One that is unknown could be anywhere, so it refuses as none at all does.
func candidates(names []string) ([]*time.Location, *Decision) {
	var zones []*time.Location
	for _, name := range names {
		zone, err := Zone(name)
		if err != nil {
			d := refuse(RuleZone, "a candidate zone is not in the time zone database "+ZoneData)
			return nil, &d
		}
		if !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	if len(zones) == 0 {
		d := refuse(RuleZone, "no candidate zone: the customer's local time is not known")
		return nil, &d
	}
	return zones, nil
}

// limitsOf are all that bear on when m may go, and the last instant worth waiting for: hours repeat weekly, so what they
// have not granted within eight days of the last cap's end they never will.
func limitsOf(now time.Time, contact Contact, m Message, hours []Hours, caps []Cap, zones []*time.Location) ([]limit, time.Time) {
	var limits []limit
	var longest time.Duration
	for _, h := range hours {
		limits = append(limits, limit{
			id: h.ID, open: "within its hours in every candidate zone",
			closed: fmt.Sprintf("outside %v in at least one of %d candidate zones", h.Open, len(zones)),
			next:   func(t time.Time) (time.Time, bool) { return h.Next(t, zones) },
		})
	}
	if named := whole(contact.Inconvenient); len(named) > 0 {
		free := func(d Weekday, c Clock) bool { return !anyHas(named, d, c) }
		limits = append(limits, limit{
			id: RuleInconvenient, open: "at none of the times that the customer calls inconvenient",
			closed: "at a time that the customer calls inconvenient",
			next:   func(t time.Time) (time.Time, bool) { return everywhere(t, zones, edges(named), free) },
		})
	}
	for _, c := range caps {
		longest = max(longest, c.Per)
		limits = append(limits, limit{
			id: c.ID, open: fmt.Sprintf("fewer than %d messages in the last %s", c.Most, span(c.Per)),
			closed: fmt.Sprintf("%d messages in %s are the most that is allowed", c.Most, span(c.Per)),
			next:   func(t time.Time) (time.Time, bool) { return c.next(t, m, contact.Sent) },
		})
	}
	return limits, now.Add(longest + ahead)
}

// next is the first instant from t on at which one more message stays within the cap: t itself, or when enough of those
// sent have become older than its period. A message of exactly that age no longer counts.
func (c Cap) next(t time.Time, m Message, sent []Sent) (time.Time, bool) {
	if c.Most < 1 || c.Per <= 0 || c.Across != AcrossContact && c.Across != AcrossChannel {
		return time.Time{}, false
	}
	var ends []time.Time
	for _, s := range sent {
		counts := covers(c.Purposes, s.Purpose) && (c.Across == AcrossContact || s.Channel == m.Channel)
		if end := s.At.Add(c.Per); counts && end.After(t) {
			ends = append(ends, end)
		}
	}
	if len(ends) < c.Most {
		return t, true
	}
	slices.SortFunc(ends, time.Time.Compare)
	return ends[len(ends)-c.Most].UTC(), true
}

func covers(purposes []Purpose, p Purpose) bool {
	return len(purposes) == 0 || slices.Contains(purposes, p)
}

func held(limits []limit, moved []bool, until time.Time) Decision {
	d := Decision{Verdict: Hold, Until: until.UTC()}
	for i, l := range limits {
		if moved[i] {
			d.add(l.id, l.closed)
		}
	}
	return d
}

// never is the refusal by limit i, which has no instant left, and by those that moved the moment on to there.
func never(limits []limit, moved []bool, i int) Decision {
	var d Decision
	for j, l := range limits {
		if j == i || moved[j] {
			d.add(l.id, l.closed+", and no time soon at which all rules allow it")
		}
	}
	return d
}
