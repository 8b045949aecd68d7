package knownfacts_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
)

// What a customer types in one message gives the same normal forms as what the bank has on record, however it is written.
func TestReadFindsBothFactsInOneMessage(t *testing.T) {
	t.Parallel()
	both := []identity.Check{knownfacts.Place{}, knownfacts.Birth{}} // in either order
	for _, tc := range []struct {
		text, language string
		want           map[string]string // nil: neither
	}{
		{"14 march 2196", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14 March, 2196", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14 Mar 1990 2196", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"2196 14 march", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"2196, 14 march", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14 march and postcode 2196", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14 march SW1A 1AA", "en", map[string]string{"birth": "03-14", "place": "sw1a1aa"}},
		{"14 march sw1a-1aa", "en", map[string]string{"birth": "03-14", "place": "sw1a1aa"}},
		{"SW1A 1AA 14 march", "en", map[string]string{"birth": "03-14", "place": "sw1a1aa"}},
		{"14 maart 2196", "af", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14/3 2196", "en-ZA", map[string]string{"birth": "03-14", "place": "2196"}},
		{"１４ march ２１９６", "en", map[string]string{"birth": "03-14", "place": "2196"}},
		{"14 march", "en", map[string]string{"birth": "03-14"}},
		{"2196", "en", map[string]string{"place": "2196"}},
		{"hello", "en", nil},
		{"1", "en", nil},
		{"I want to pay my account on the 14th please", "en", nil},
		{"", "en", nil},
		{strings.Repeat("9", 4096), "en", nil},
	} {
		got, complete := identity.Read(both, tc.text, tc.language)
		want := tc.want
		if want == nil {
			want = map[string]string{}
		}
		if !maps.Equal(got, want) || complete != (len(want) == 2) {
			t.Errorf("Read(%.40q) = %v, %t, want %v", tc.text, got, complete, want)
		}
	}
}

// The bank's own value and the customer's answer meet in one normal form; what isn't a fact is refused without its value.
func TestNormalMeetsRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		check             identity.Check
		record, text, bad string
	}{
		{knownfacts.Birth{}, "1990-03-14", "14 March", "14.03.1990"},
		{knownfacts.Birth{}, "2004-02-29", "29 feb", "2003-02-29"},
		{knownfacts.Birth{}, "1990-03-10", "🔟 March", "x"},
		{knownfacts.Birth{}, "1990-03-14", "١٤ March", "y"},
		{knownfacts.Place{}, "2196", "2196", "?!"},
		{knownfacts.Place{}, " sw1a 1aa ", "SW1A-1AA", "a very long place that is no code"},
	} {
		want, err := tc.check.Normal(tc.record)
		if err != nil {
			t.Errorf("%s: Normal(%q): %v", tc.check.Class(), tc.record, err)
			continue
		}
		if got, _, found := tc.check.Read(tc.text, "en"); !found || got != want {
			t.Errorf("%s: Read(%q) = %q, %t, want %q", tc.check.Class(), tc.text, got, found, want)
		}
		if _, err := tc.check.Normal(tc.bad); err == nil || strings.Contains(err.Error(), tc.bad) {
			t.Errorf("%s: Normal(%q) = %v, want an error that doesn't hold the value", tc.check.Class(), tc.bad, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"14 march 2196", "2196", "14/3", "\u202e14 march", "99999999999999999999", "١٤ march"} {
		f.Add(s)
	}
	both := []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}
	f.Fuzz(func(t *testing.T, text string) {
		normals, complete := identity.Read(both, text, "en")
		if complete != (len(normals) == 2) {
			t.Errorf("Read(%q) = %v, %t", text, normals, complete)
		}
		if b, ok := normals["birth"]; ok && len(b) != 5 {
			t.Errorf("Read(%q) = birth %q, want MM-DD", text, b)
		}
		if p, ok := normals["place"]; ok && (len(p) < 3 || len(p) > 10) {
			t.Errorf("Read(%q) = place %q, want 3 to 10 letters and digits", text, p)
		}
	})
}
