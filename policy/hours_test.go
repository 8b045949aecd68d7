package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/policy"
)

func zonesNamed(t *testing.T, names ...string) (zones []*time.Location) {
	t.Helper()
	for _, name := range names {
		zone, err := policy.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	return zones
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func open(t *testing.T, windows ...string) (open []policy.Window) {
	t.Helper()
	for _, w := range windows {
		var window policy.Window
		days, times, ok := strings.Cut(w, " ")
		if !ok {
			days, times = "", w
		}
		for _, d := range strings.Split(days, ",") {
			var day policy.Weekday
			if d != "" {
				if err := day.UnmarshalText([]byte(d)); err != nil {
					t.Fatal(err)
				}
				window.Days = append(window.Days, day)
			}
		}
		from, to, _ := strings.Cut(times, "-")
		if err := window.From.UnmarshalText([]byte(from)); err != nil {
			t.Fatal(err)
		}
		if err := window.To.UnmarshalText([]byte(to)); err != nil {
			t.Fatal(err)
		}
		if got := window.String(); got != w {
			t.Errorf("Window.String() = %q, want %q", got, w)
		}
		open = append(open, window)
	}
	return open
}

func TestHoursNext(t *testing.T) {
	t.Parallel()
	const day = "08:00-20:00"
	for name, tc := range map[string]struct {
		open, zones []string
		now, want   string // want is empty where there is no such time
	}{
		"open":                        {[]string{day}, []string{"Africa/Johannesburg"}, "2026-11-24T10:00:00+02:00", "2026-11-24T10:00:00+02:00"},
		"first instant":               {[]string{day}, []string{"Africa/Johannesburg"}, "2026-11-24T08:00:00+02:00", "2026-11-24T08:00:00+02:00"},
		"just before the first":       {[]string{day}, []string{"Africa/Johannesburg"}, "2026-11-24T07:59:59.999999999+02:00", "2026-11-24T08:00:00+02:00"},
		"last instant":                {[]string{day}, []string{"Africa/Johannesburg"}, "2026-11-24T19:59:59.999999999+02:00", "2026-11-24T19:59:59.999999999+02:00"},
		"just closed":                 {[]string{day}, []string{"Africa/Johannesburg"}, "2026-11-24T20:00:00+02:00", "2026-11-25T08:00:00+02:00"},
		"half-hour zone":              {[]string{day}, []string{"Asia/Kolkata"}, "2026-11-24T00:00:00Z", "2026-11-24T08:00:00+05:30"},
		"quarter-hour zone":           {[]string{day}, []string{"Pacific/Chatham"}, "2026-06-24T12:00:00Z", "2026-06-25T08:00:00+12:45"},
		"overlap of east and west":    {[]string{day}, []string{"America/New_York", "America/Los_Angeles"}, "2026-11-24T09:00:00-05:00", "2026-11-24T11:00:00-05:00"},
		"overlap is over":             {[]string{day}, []string{"America/Los_Angeles", "America/New_York"}, "2026-11-24T20:00:00-05:00", "2026-11-25T11:00:00-05:00"},
		"three zones":                 {[]string{day}, []string{"Europe/London", "Asia/Kolkata", "Africa/Johannesburg"}, "2026-11-24T00:00:00Z", "2026-11-24T08:00:00Z"},
		"no overlap":                  {[]string{day}, []string{"Etc/GMT", "Etc/GMT-12"}, "2026-11-24T00:00:00Z", ""},
		"a minute of overlap":         {[]string{"08:00-20:01"}, []string{"Etc/GMT", "Etc/GMT-12"}, "2026-11-24T00:00:00Z", "2026-11-24T08:00:00Z"},
		"overlap in summer only":      {[]string{day}, []string{"Africa/Addis_Ababa", "America/Yakutat"}, "2026-02-21T16:01:00Z", ""},
		"overlap in summer, soon":     {[]string{day}, []string{"Africa/Addis_Ababa", "America/Yakutat"}, "2026-03-01T16:01:00Z", "2026-03-08T16:00:00Z"},
		"no zone":                     {[]string{day}, nil, "2026-11-24T10:00:00Z", ""},
		"no window":                   {nil, []string{"UTC"}, "2026-11-24T10:00:00Z", ""},
		"empty window":                {[]string{"08:00-08:00"}, []string{"UTC"}, "2026-11-24T08:00:00Z", ""},
		"whole day":                   {[]string{"00:00-24:00"}, []string{"UTC"}, "2026-11-24T23:59:59Z", "2026-11-24T23:59:59Z"},
		"past midnight, evening":      {[]string{"22:00-02:00"}, []string{"UTC"}, "2026-11-24T12:00:00Z", "2026-11-24T22:00:00Z"},
		"past midnight, morning":      {[]string{"22:00-02:00"}, []string{"UTC"}, "2026-11-24T01:59:00Z", "2026-11-24T01:59:00Z"},
		"past midnight, day after":    {[]string{"mon 22:00-02:00"}, []string{"UTC"}, "2026-11-24T01:00:00Z", "2026-11-24T01:00:00Z"},
		"past midnight, other day":    {[]string{"mon 22:00-02:00"}, []string{"UTC"}, "2026-11-23T01:00:00Z", "2026-11-23T22:00:00Z"},
		"over the weekend":            {[]string{"mon,tue,wed,thu,fri " + day}, []string{"UTC"}, "2026-11-27T20:00:00Z", "2026-11-30T08:00:00Z"},
		"by weekday":                  {[]string{"mon 08:00-12:00", "wed 13:00-15:00"}, []string{"UTC"}, "2026-11-23T12:00:00Z", "2026-11-25T13:00:00Z"},
		"a week on":                   {[]string{"tue 08:00-08:01"}, []string{"UTC"}, "2026-11-24T08:01:00Z", "2026-12-01T08:00:00Z"},
		"weekday by local date":       {[]string{"sat " + day}, []string{"Pacific/Auckland"}, "2026-11-27T12:00:00Z", "2026-11-28T08:00:00+13:00"},
		"before 1970":                 {[]string{"wed " + day}, []string{"UTC"}, "1969-12-30T12:00:00Z", "1969-12-31T08:00:00Z"},
		"before 1970, open":           {[]string{day}, []string{"UTC"}, "1969-12-30T12:00:00Z", "1969-12-30T12:00:00Z"},
		"spring forward":              {[]string{day}, []string{"America/New_York"}, "2026-03-07T20:00:00-05:00", "2026-03-08T08:00:00-04:00"},
		"fall back":                   {[]string{day}, []string{"America/New_York"}, "2026-10-31T20:00:00-04:00", "2026-11-01T08:00:00-05:00"},
		"only one zone changes":       {[]string{day}, []string{"America/New_York", "America/Phoenix"}, "2026-03-07T22:00:00-05:00", "2026-03-08T15:00:00Z"},
		"opening skipped":             {[]string{"02:30-04:00"}, []string{"America/New_York"}, "2026-03-08T00:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		"window skipped":              {[]string{"02:15-02:45"}, []string{"America/New_York"}, "2026-03-08T00:00:00-05:00", "2026-03-09T02:15:00-04:00"},
		"closing skipped":             {[]string{"01:00-02:30"}, []string{"America/New_York"}, "2026-03-08T03:00:00-04:00", "2026-03-09T01:00:00-04:00"},
		"window repeated, first":      {[]string{"01:15-01:45"}, []string{"America/New_York"}, "2026-11-01T01:00:00-04:00", "2026-11-01T01:15:00-04:00"},
		"window repeated, second":     {[]string{"01:15-01:45"}, []string{"America/New_York"}, "2026-11-01T01:50:00-04:00", "2026-11-01T01:15:00-05:00"},
		"open again by falling back":  {[]string{"00:30-01:45"}, []string{"America/New_York"}, "2026-11-01T01:50:00-04:00", "2026-11-01T01:00:00-05:00"},
		"half an hour forward":        {[]string{"02:10-02:20"}, []string{"Australia/Lord_Howe"}, "2026-10-04T01:50:00+10:30", "2026-10-05T02:10:00+11:00"},
		"half an hour forward, into":  {[]string{"02:10-03:00"}, []string{"Australia/Lord_Howe"}, "2026-10-04T01:50:00+10:30", "2026-10-04T02:30:00+11:00"},
		"half an hour back":           {[]string{"01:40-01:50"}, []string{"Australia/Lord_Howe"}, "2026-04-05T01:55:00+11:00", "2026-04-05T01:40:00+10:30"},
		"midnight skipped":            {[]string{"00:00-06:00"}, []string{"Asia/Beirut"}, "2026-03-28T23:00:00+02:00", "2026-03-29T01:00:00+03:00"},
		"day skipped":                 {[]string{day}, []string{"Pacific/Apia"}, "2011-12-29T20:00:00-10:00", "2011-12-31T08:00:00+14:00"},
		"weekday skipped":             {[]string{"fri " + day}, []string{"Pacific/Apia"}, "2011-12-29T20:00:00-10:00", "2012-01-06T08:00:00+14:00"},
		"day skipped, other zone too": {[]string{day}, []string{"Pacific/Apia", "Pacific/Auckland"}, "2011-12-29T20:00:00-10:00", "2011-12-30T19:00:00Z"},
		"offset with seconds":         {[]string{day}, []string{"Africa/Monrovia"}, "1971-06-01T00:00:00Z", "1971-06-01T08:44:30Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := policy.Hours{Open: open(t, tc.open...)}
			got, ok := h.Next(at(t, tc.now), zonesNamed(t, tc.zones...))
			if ok != (tc.want != "") {
				t.Fatalf("Next(%s) = %v, %v, want %q", tc.now, got, ok, tc.want)
			}
			if ok && !got.Equal(at(t, tc.want)) {
				t.Errorf("Next(%s) = %v, want %s", tc.now, got, tc.want)
			}
		})
	}
}

func TestWindowValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		window policy.Window
		ok     bool
	}{
		"day":         {policy.Window{From: 480, To: 1200}, true},
		"night":       {policy.Window{From: 1320, To: 360}, true},
		"whole":       {policy.Window{To: 1440}, true},
		"empty":       {policy.Window{From: 480, To: 480}, false},
		"negative":    {policy.Window{From: -1, To: 480}, false},
		"late":        {policy.Window{From: 480, To: 1441}, false},
		"from 24:00":  {policy.Window{From: 1440, To: 480}, false},
		"eighth day":  {policy.Window{Days: []policy.Weekday{7}, To: 480}, false},
		"minus a day": {policy.Window{Days: []policy.Weekday{-1}, To: 480}, false},
	} {
		if err := tc.window.Validate(); (err == nil) != tc.ok {
			t.Errorf("%s: Validate() = %v, want ok: %v", name, err, tc.ok)
		}
	}
}

func TestHoursAsText(t *testing.T) {
	t.Parallel()
	const text = `{"id":"hours/x","source":"a law","purposes":["billing"],"open":[{"days":["mon","sat"],"from":"08:00","to":"24:00"}]}`
	var got policy.Hours
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := policy.Hours{ID: "hours/x", Source: "a law", Purposes: []policy.Purpose{policy.PurposeBilling},
		Open: []policy.Window{{Days: []policy.Weekday{1, 6}, From: 480, To: 1440}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Unmarshal (-want +got):\n%s", diff)
	}
	if back, err := json.Marshal(got); err != nil || string(back) != text {
		t.Errorf("Marshal = %s, %v, want %s", back, err, text)
	}
	for _, bad := range []string{"8:00", "24:01", "08:60", "", "08:00:00", "-1:00", " 8:00"} {
		var c policy.Clock
		if err := c.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("Clock %q = %v, want an error", bad, c)
		}
	}
}
