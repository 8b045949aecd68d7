package fsm

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Only the first of each lane may run, and while START's lifting is on its way only what must.
func TestHeads(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return time.Unix(int64(minutes)*60, 0).UTC() }
	sends := []Effect{
		{ID: "a1", Lane: "a", Due: at(5), Send: &Send{Kind: Reply}}, {ID: "a2", Lane: "a", Due: at(1), Send: &Send{Kind: Reply}},
		{ID: "b1", Lane: "b", Due: at(3), LookUp: &LookUp{}}, {ID: "c1", Lane: "c", Due: at(6), Send: &Send{Kind: Confirmation}},
	}
	lifting := append(slices.Clone(sends), Effect{ID: "s1", Lane: "suppress", Due: at(9), Suppress: &Suppress{}})
	for _, tc := range []struct {
		name    string
		effects []Effect
		want    []string
		wake    time.Time
	}{
		{"nothing", nil, nil, time.Time{}},
		{"the first of each lane", sends, []string{"a1", "b1", "c1"}, at(3)},
		{"while a suppression is lifted", lifting, []string{"b1", "c1", "s1"}, at(3)},
	} {
		c := Conversation{Effects: tc.effects}
		var got []string
		for _, e := range c.Heads() {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, tc.want) || !c.Wake(nil).Equal(tc.wake) {
			t.Errorf("%s: heads %v, wake %v; want %v, %v", tc.name, got, c.Wake(nil), tc.want, tc.wake)
		}
	}
}

// The names of effects and subjects are in documents and journals: they must stay what they were.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	for _, position := range []int{0, 7, 1 << 16} {
		sum := sha256.Sum256(fmt.Appendf(nil, "c-1\x00core/4\x00%d", position))
		want := strings.TrimRight(base32.StdEncoding.EncodeToString(sum[:16]), "=")
		if got := EffectID("c-1", "core/4", position); got != want {
			t.Errorf("EffectID at %d = %q, want %q", position, got, want)
		}
	}
	k := Case{Subject: "C-1", Proofs: map[string][]byte{"postcode": []byte("xyz"), "date_of_birth": []byte("abc")}}
	sum := sha256.Sum256([]byte("date_of_birth=616263;postcode=78797a;"))
	if got, want := k.Subjects(), fmt.Sprintf("C-1#%x", sum[:8]); got != want {
		t.Errorf("Subjects() = %q, want %q", got, want)
	}
}
