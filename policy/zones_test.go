package policy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/settle-chat/settle/policy"
)

// The copy and the version written beside it are changed together or not at all.
func TestZoneDataIsTheVersionItSays(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("zoneinfo.zip")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	got := policy.ZoneData + " " + hex.EncodeToString(sum[:])
	if want := "2025c 8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8"; got != want {
		t.Errorf("zoneinfo.zip is %s, want %s: after a refresh change ZoneData and this line", got, want)
	}
}

func TestEveryZoneLoads(t *testing.T) {
	t.Parallel()
	names, err := policy.ZoneNames()
	if err != nil || len(names) < 590 {
		t.Fatalf("ZoneNames() = %d names, %v, want at least 590", len(names), err)
	}
	for _, name := range names {
		if zone, err := policy.Zone(name); err != nil || zone.String() != name {
			t.Errorf("Zone(%q) = %v, %v, want that zone", name, zone, err)
		}
	}
}

func TestZoneKnowsItsHours(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Africa/Johannesburg": "14:00", "America/New_York": "07:00", "Asia/Kolkata": "17:30", "Asia/Kathmandu": "17:45",
		"Australia/Lord_Howe": "23:00", "Pacific/Apia": "01:00", "Pacific/Chatham": "01:45", "Asia/Calcutta": "17:30", "UTC": "12:00",
	} {
		zone, err := policy.Zone(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := noon.In(zone).Format("15:04"); got != want {
			t.Errorf("noon UTC in %s = %s, want %s", name, got, want)
		}
	}
}

func TestUnknownZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Africa/Johanesburg": `"Africa/Johannesburg"`, "johannesburg": `"Africa/Johannesburg"`, "america/new_york": `"America/New_York"`,
		"New York": `"America/New_York"`, "Local": "did you mean", "": "IANA name", strings.Repeat("x", 41): "IANA name", "../UTC": `UTC"`,
	} {
		zone, err := policy.Zone(name)
		if zone != nil || !errors.Is(err, policy.ErrUnknownZone) {
			t.Errorf("Zone(%q) = %v, %v, want ErrUnknownZone", name, zone, err)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Zone(%q): %v, want it to say %s", name, err, want)
		}
		if len(name) > 40 && strings.Contains(err.Error(), name) {
			t.Errorf("Zone(%q): %v, want what can't be a zone left out", name, err)
		}
	}
}

func TestZoneFromManyGoroutines(t *testing.T) {
	t.Parallel()
	names, err := policy.ZoneNames()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]map[string]*time.Location, 8)
	var wg sync.WaitGroup
	for i := range got {
		got[i] = map[string]*time.Location{}
		wg.Go(func() {
			for _, name := range names {
				got[i][name], _ = policy.Zone(name)
			}
		})
	}
	wg.Wait()
	for i := range got {
		for _, name := range names {
			if got[i][name] == nil || got[i][name] != got[0][name] {
				t.Fatalf("goroutine %d: Zone(%q) = %p, want the one pointer %p", i, name, got[i][name], got[0][name])
			}
		}
	}
}
