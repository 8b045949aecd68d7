package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// daytime is the default hours in the library's own calendar, which shares no code with ours.
func daytime(t time.Time, zones ...*time.Location) bool {
	for _, zone := range zones {
		if h := t.In(zone).Hour(); h < 8 || h >= 20 {
			return false
		}
	}
	return true
}

// turns are the instants from a year before until, around which the zone's local time jumps.
func turns(zone *time.Location, from, until time.Time) (turns []time.Time) {
	for t := from.In(zone); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.After(until) {
			return turns
		}
		turns = append(turns, end)
		t = end
	}
}

// TestNoZoneIsWrittenToOutsideItsHours goes through every zone of the copy: the days around each change of its clock, in the
// years of the oddest changes and this one, and a year in steps that meet every hour of the day.
func TestNoZoneIsWrittenToOutsideItsHours(t *testing.T) {
	t.Parallel()
	names, err := policy.ZoneNames()
	if err != nil {
		t.Fatal(err)
	}
	rules := policy.DefaultRules()
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	for _, name := range names {
		zone := zonesNamed(t, name)[0]
		var moments []time.Time
		for _, y := range []int{1995, 2011, 2026} {
			for _, turn := range turns(zone, year(y), year(y+1)) {
				for d := -26 * time.Hour; d <= 26*time.Hour; d += 37 * time.Minute {
					moments = append(moments, turn.Add(d))
				}
			}
		}
		for now := year(2026); now.Before(year(2027)); now = now.Add(35 * time.Hour) {
			moments = append(moments, now)
		}
		contact := allowed()
		contact.Zones = []string{name}
		for i := range contact.Consent {
			contact.Consent[i].At = year(1990)
		}
		for _, now := range moments {
			got := policy.Decide(now, contact, reminder(), rules)
			want := policy.Hold
			if daytime(now, zone) {
				want = policy.Allow
			}
			if got.Verdict != want {
				t.Fatalf("Decide(%v) in %s = %v, want %v", now.In(zone), name, got, want)
			}
			if got.Verdict == policy.Hold && (!daytime(got.Until, zone) || daytime(got.Until.Add(-1), zone)) {
				t.Fatalf("Decide(%v) in %s = %v, want until opening time, not %v", now.In(zone), name, got, got.Until.In(zone))
			}
			if got.Verdict == policy.Allow && (daytime(got.Until, zone) || !daytime(got.Until.Add(-1), zone)) {
				t.Fatalf("Decide(%v) in %s = %v, want until closing time, not %v", now.In(zone), name, got, got.Until.In(zone))
			}
		}
	}
}

func drawZones(t *rapid.T, names []string) []string {
	return rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, "zones")
}

// drawTime prefers the days around a change of the first zone's clock.
func drawTime(t *rapid.T, zone *time.Location) time.Time {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start.Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "now")))
	if near := turns(zone, start, start.AddDate(1, 0, 0)); len(near) > 0 && rapid.Bool().Draw(t, "at a change") {
		now = rapid.SampledFrom(near).Draw(t, "change").Add(time.Duration(rapid.IntRange(-2880, 2880).Draw(t, "minutes")) * time.Minute)
	}
	return now
}

// TestHoldEndsAtTheFirstMoment checks a hold against a search minute by minute: allowed at its end, at no minute before, and
// a refusal only where eight days have no such minute either.
func TestHoldEndsAtTheFirstMoment(t *testing.T) {
	t.Parallel()
	names, err := policy.ZoneNames()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		contact := allowed()
		contact.Zones = drawZones(rt, names)
		zones := zonesNamed(t, contact.Zones...)
		now := drawTime(rt, zones[0])
		for i := range contact.Consent {
			contact.Consent[i].At = now
		}
		for range rapid.IntRange(0, 9).Draw(rt, "sent") {
			age := time.Duration(rapid.IntRange(0, 8*24*60).Draw(rt, "age")) * time.Minute
			contact.Sent = append(contact.Sent, policy.Sent{At: now.Add(-age), Channel: "sms", Purpose: policy.PurposeBilling})
		}
		free := func(at time.Time) bool {
			counted := 0
			for _, s := range contact.Sent {
				if at.Sub(s.At) < 7*24*time.Hour {
					counted++
				}
			}
			return counted < 7 && daytime(at, zones...)
		}
		got := policy.Decide(now, contact, reminder(), policy.DefaultRules())
		reasoned(rt, got)
		if (got.Verdict == policy.Allow) != free(now) {
			rt.Fatalf("Decide(%v, %v) = %v, want allow: %v", now, contact.Zones, got, free(now))
		}
		end := got.Until
		switch got.Verdict {
		case policy.Allow:
			for at := now; at.Before(end); at = at.Add(time.Minute) {
				if !daytime(at, zones...) {
					rt.Fatalf("Decide(%v, %v) = %v, and it is closed at %v", now, contact.Zones, got, at)
				}
			}
			return
		case policy.Hold:
			if again := policy.Decide(end, contact, reminder(), policy.DefaultRules()); again.Verdict != policy.Allow || !free(end) {
				rt.Fatalf("Decide(%v, %v) = %v, but at its end %v", now, contact.Zones, got, again)
			}
		default: // zones that meet in one season only are not waited for
			end = now.Add(8 * 24 * time.Hour)
		}
		for at := now; at.Before(end); at = at.Add(time.Minute) {
			if free(at) {
				rt.Fatalf("Decide(%v, %v) = %v, want the free moment %v", now, contact.Zones, got, at)
			}
		}
	})
}

// anything draws contacts and messages of every sort, broken ones included.
func anything(t *rapid.T, names []string) (time.Time, policy.Contact, policy.Message) {
	contact := allowed()
	contact.Zones = rapid.SliceOfN(rapid.SampledFrom(append([]string{"", "Local", "Nowhere"}, names...)), 0, 3).Draw(t, "zones")
	contact.Address = rapid.SampledFrom([]message.Address{"", ours, "sms:+12125550100", "whatsapp:+27821234521", "email:a@example.com", "console:x"}).Draw(t, "address")
	contact.Flags = rapid.SliceOfN(rapid.SampledFrom(append([]policy.Flag{"odd"}, allFlags...)), 0, 2).Draw(t, "flags")
	if rapid.Bool().Draw(t, "no consent") {
		contact.Consent = nil
	}
	now := drawTime(t, time.UTC)
	contact.LastInbound = now.Add(-time.Duration(rapid.IntRange(-1, 50).Draw(t, "hours since")) * time.Hour)
	contact.Inconvenient = []policy.Window{{
		From: policy.Clock(rapid.IntRange(-10, 1500).Draw(t, "from")), To: policy.Clock(rapid.IntRange(-10, 1500).Draw(t, "to")),
	}}
	return now, contact, policy.Message{
		Purpose:  rapid.SampledFrom(append([]policy.Purpose{"", "marketing"}, allPurposes...)).Draw(t, "purpose"),
		Kind:     rapid.SampledFrom([]policy.Kind{"", "odd", policy.Reply, policy.Proactive, policy.Confirmation}).Draw(t, "kind"),
		Channel:  rapid.SampledFrom([]string{"", "fax", "sms", "whatsapp", "email", "console"}).Draw(t, "channel"),
		Creditor: rapid.SampledFrom([]policy.Creditor{"", "odd", policy.FirstParty, policy.ThirdParty}).Draw(t, "creditor"),
		Template: rapid.Bool().Draw(t, "template"),
	}
}

// TestWhateverComes holds for every input: a reason for every decision, after STOP nothing but its confirmation, no
// collection that we start under a flag, and the same answer twice.
func TestWhateverComes(t *testing.T) {
	t.Parallel()
	names, err := policy.ZoneNames()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		now, contact, m := anything(rt, names)
		got := policy.Decide(now, contact, m, policy.DefaultRules())
		reasoned(rt, got)
		if again := policy.Decide(now, contact, m, policy.DefaultRules()); again.String() != got.String() {
			rt.Errorf("Decide again = %v, want %v", again, got)
		}
		started := m.Kind == policy.Proactive
		if started && m.Purpose == policy.PurposeCollection && len(contact.Flags) > 0 && got.Verdict != policy.Refuse {
			rt.Errorf("Decide with %v = %v, want refuse", contact.Flags, got)
		}
		if started && (contact.Consent == nil || len(contact.Zones) == 0) && got.Verdict != policy.Refuse {
			rt.Errorf("Decide without consent or zone = %v, want refuse", got)
		}
		if m.Channel == "whatsapp" && !m.Template && now.Sub(contact.LastInbound) >= 24*time.Hour && got.Verdict != policy.Refuse {
			rt.Errorf("Decide of free text outside the window = %v, want refuse", got)
		}
		contact.Stopped = true
		if got := policy.Decide(now, contact, m, policy.DefaultRules()); m.Kind != policy.Confirmation && got.Verdict != policy.Refuse {
			rt.Errorf("Decide of %s after STOP = %v, want refuse", m.Kind, got)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	contact, m, rules := allowed(), reminder(), policy.DefaultRules()
	contact.Zones = []string{"America/New_York", "America/Chicago"}
	for _, bb := range []struct {
		name string
		now  time.Time
	}{{"allow", noon.Add(4 * time.Hour)}, {"hold", noon.Add(14 * time.Hour)}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				policy.Decide(bb.now, contact, m, rules)
			}
		})
	}
}
