package fsm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/settle-chat/settle/fsm/answer"
	"github.com/settle-chat/settle/policy"
)

// opens says in words when someone in the queue of this case's exception, or of its outcome, answers.
func (s *step) opens(k *Case, w *Workflow, locale answer.Locale) (string, bool) {
	if k == nil {
		return "", false
	}
	name := ""
	if x := w.Exceptions[k.State]; x != nil {
		name = x.Queue
	} else if o := w.Outcomes[k.State]; o != nil {
		name = o.Queue
	}
	if name == "" && s.c.Handoff != nil {
		name = s.c.Handoff.Queue
	}
	q := w.Queues[name]
	if q == nil {
		return "", false
	}
	text := func(name string, extra map[string]string) (string, bool) {
		v, err := s.fill(k, w, "", name, extra)
		return v, err == nil
	}
	zone, err := policy.Zone(q.Zone)
	if err != nil {
		return text("queue-soon", nil)
	}
	windows, err := ParseHours(q.Hours)
	if err != nil || len(windows) == 0 {
		return text("queue-soon", nil)
	}
	hours := policy.Hours{Open: windows}
	at, ok := hours.Next(s.now, []*time.Location{zone})
	for ok && slices.Contains(q.Holidays, at.In(zone).Format(time.DateOnly)) {
		y, m, d := at.In(zone).Date()
		at, ok = hours.Next(time.Date(y, m, d+1, 0, 0, 0, 0, zone), []*time.Location{zone})
	}
	switch {
	case !ok:
		return text("queue-later", nil)
	case at.Equal(s.now):
		return text("queue-soon", nil)
	}
	at = at.In(zone)
	day := answer.FormatDate(answer.CivilOf(at), locale, answer.DateStyle{Weekday: true, Today: answer.CivilOf(s.now.In(zone))})
	return text("queue-at", map[string]string{"day": day, "time": at.Format("15:04")})
}

// ParseHours reads "mon-fri 08:00-18:00, sat 08:00-13:00".
func ParseHours(text string) ([]policy.Window, error) {
	var all []policy.Window
	for _, part := range strings.Split(text, ",") {
		fields := strings.Fields(part)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("read hours %q: write them as mon-fri 08:00-18:00", strings.TrimSpace(part))
		}
		var w policy.Window
		first, last, several := strings.Cut(fields[0], "-")
		if !several {
			last = first
		}
		var from, to policy.Weekday
		if err := errors.Join(from.UnmarshalText([]byte(first)), to.UnmarshalText([]byte(last))); err != nil {
			return nil, fmt.Errorf("read hours %q: %w", strings.TrimSpace(part), err)
		}
		for d := from; ; d = (d + 1) % 7 {
			w.Days = append(w.Days, d)
			if d == to {
				break
			}
		}
		opens, closes, _ := strings.Cut(fields[1], "-")
		if err := errors.Join(w.From.UnmarshalText([]byte(opens)), w.To.UnmarshalText([]byte(closes)), w.Validate()); err != nil {
			return nil, fmt.Errorf("read hours %q: %w", strings.TrimSpace(part), err)
		}
		all = append(all, w)
	}
	return all, nil
}
