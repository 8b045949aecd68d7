package policy

import (
	"archive/zip"
	"bytes"
	_ "embed" // zoneinfo.zip
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agnivade/levenshtein"
)

// ZoneData is the version of the IANA time zone database in zoneinfo.zip.
const ZoneData = "2025c"

// zoneinfo is Go's own compilation of the database. It is kept here, and not taken from the machine or the toolchain, so
// that a replay on another machine or a later build knows the same hours. To refresh it:
//
//	cp "$(go env GOROOT)/lib/time/zoneinfo.zip" policy/
//	grep ^DATA= "$(go env GOROOT)/lib/time/update.bash"   # goes into ZoneData
//
// and put its new SHA-256 into the test, which is there so that the one isn't changed without the other.
//
//go:embed zoneinfo.zip
var zoneinfo []byte

// ErrUnknownZone is returned by Zone for a name that the database doesn't have.
var ErrUnknownZone = errors.New("unknown time zone")

// zoneFiles opens the copy once: name to file.
var zoneFiles = sync.OnceValues(func() (map[string]*zip.File, error) {
	r, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return nil, fmt.Errorf("open the embedded time zones %s: %w", ZoneData, err)
	}
	files := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		if !strings.HasSuffix(f.Name, "/") {
			files[f.Name] = f
		}
	}
	return files, nil
})

var loaded sync.Map // name -> *time.Location; only names that exist, so that it can't be made to grow

// Zone is the time zone of that name from the embedded copy, never the machine's: "Local" is unknown here, and so is "".
// It may be called from any number of goroutines, and gives one name the same pointer every time. Unknown names are an
// ErrUnknownZone that proposes the nearest one.
func Zone(name string) (*time.Location, error) {
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	files, err := zoneFiles()
	if err != nil {
		return nil, err
	}
	f, ok := files[name]
	if !ok {
		return nil, unknownZone(name, files)
	}
	data, err := readZone(f)
	if err != nil {
		return nil, fmt.Errorf("read time zone %q: %w", name, err)
	}
	zone, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("load time zone %q: %w", name, err)
	}
	kept, _ := loaded.LoadOrStore(name, zone)
	return kept.(*time.Location), nil
}

// ZoneNames are the names that Zone knows, in order.
func ZoneNames() ([]string, error) {
	files, err := zoneFiles()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

func readZone(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// longestZone is longer than any zone's name. What is longer is no misspelt zone, but a value from the wrong column: it
// isn't compared, and isn't repeated in an error.
const longestZone = 40

func unknownZone(name string, files map[string]*zip.File) error {
	if name == "" || len(name) > longestZone {
		return fmt.Errorf("load time zone: %w: write an IANA name such as Africa/Johannesburg", ErrUnknownZone)
	}
	return fmt.Errorf("load time zone %q: %w: did you mean %q?", name, ErrUnknownZone, nearestZone(name, files))
}

// nearestZone is the name that takes the fewest changes, of its whole or of its city alone; the first of several.
func nearestZone(name string, files map[string]*zip.File) (nearest string) {
	name, best := strings.ToLower(strings.ReplaceAll(name, " ", "_")), longestZone+1
	for candidate := range files {
		lower := strings.ToLower(candidate)
		d := levenshtein.ComputeDistance(name, lower)
		if slash := strings.LastIndexByte(lower, '/'); slash >= 0 {
			d = min(d, levenshtein.ComputeDistance(name, lower[slash+1:]))
		}
		if d < best || d == best && candidate < nearest {
			nearest, best = candidate, d
		}
	}
	return nearest
}
