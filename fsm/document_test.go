package fsm

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// The documents in testdata/documents are those of an earlier release, in JSON, and beside each what this one makes of it.
// A release that changes a document's form leaves the old ones as they are and adds its own.
func TestDocumentsOfEarlierReleases(t *testing.T) {
	t.Parallel()
	lib := shippedLibrary(t)
	paths, err := filepath.Glob("testdata/documents/*.json")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d documents (%v): the test tests little", len(paths), err)
	}
	for _, path := range paths {
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Decode(old)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		packed := strings.TrimSuffix(path, ".json") + ".packed"
		got := encoded(t, c)
		if *update {
			if err := os.WriteFile(packed, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(packed)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what it was: a form that has been written must stay:%s", packed, differ(string(got), string(want)))
		}
		later, err := Decode(want)
		if err != nil {
			t.Errorf("%s: %v", packed, err)
		}
		if diff := cmp.Diff(c, later, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s is not %s (-json +packed):\n%s", packed, path, diff)
		}
		goesOn(t, lib, path, later)
	}
}

// goesOn steps a document, as its case goes on under the workflows of today, and expects the same bytes from the same.
func goesOn(t *testing.T, lib *Library, path string, c Conversation) {
	t.Helper()
	for i := range c.Cases {
		name, _, _ := strings.Cut(c.Cases[i].Workflow, "@")
		c.Cases[i].Workflow = lib.Named(name).Pin()
	}
	e := Event{ID: "test/later", Mark: []byte("laterlat"), At: c.At.Add(time.Minute), Received: &MessageReceived{From: c.Contact.Addresses[0].Address, Text: "STOP"}}
	if c.Moved != "" {
		e.Received, e.Done = nil, &EffectDone{Effect: "none", Attempt: 1, Result: OK}
	}
	commit, err := Step(lib, c, e)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if got := commit.Conversation.Schema; got != Schema {
		t.Errorf("%s: schema %d after a step, want %d", path, got, Schema)
	}
	data := encoded(t, commit.Conversation)
	again, err := Decode(data)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if got := encoded(t, again); string(got) != string(data) {
		t.Errorf("%s: encoded again:%s", path, differ(string(got), string(data)))
	}
}

// walked calls f with so many documents of random walks.
func walked(t testing.TB, most int, f func(c Conversation)) {
	lib := shippedLibrary(t)
	seen := &visited{places: map[string]map[string]bool{}, options: map[string]map[string]bool{}}
	for seed, n := uint64(0), 0; n < most; seed++ {
		k := newWalk(t, lib, seed, seen)
		for range 40 {
			if !k.step(k.next()) {
				return
			}
			if n++; n%2 == 0 {
				f(k.c)
			}
		}
	}
}

// inUTC: a step keeps times in UTC, as they are loaded. One in another zone would say something else once it was stored.
var inUTC = cmp.Comparer(func(a, b time.Time) bool { return a == b })

func TestADocumentComesBack(t *testing.T) {
	t.Parallel()
	most := 4000
	if raced || testing.Short() {
		most = 400
	}
	walked(t, most, func(c Conversation) {
		data := encoded(t, c)
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got, cmpopts.EquateEmpty(), inUTC); diff != "" {
			t.Fatalf("decoded (-want +got):\n%s", diff)
		}
		if again := encoded(t, got); string(again) != string(data) {
			t.Fatalf("encoded again:%s", differ(string(again), string(data)))
		}
	})
}

// A sealed document can't be forged, but a fault of ours must not take the process down.
func FuzzDecode(f *testing.F) {
	paths, _ := filepath.Glob("testdata/documents/*")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	c := filled()
	f.Add(encoded(f, c))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, err := Decode(data)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10+2000*uint64(len(data)) {
			t.Errorf("%d bytes take %d bytes of memory", len(data), used)
		}
		if err != nil || data[0] == '{' {
			return
		}
		once := encoded(t, c)
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if twice := encoded(t, again); string(twice) != string(once) {
			t.Errorf("encoded again:%s", differ(string(twice), string(once)))
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	var all []Conversation
	walked(b, 1600, func(c Conversation) {
		if len(all)*8 < 1600 {
			all = append(all, c)
		}
	})
	packed, plain := make([][]byte, len(all)), make([][]byte, len(all))
	var size, plainSize int
	for i := range all {
		packed[i] = encoded(b, all[i])
		plain[i], _ = json.Marshal(all[i])
		size, plainSize = size+len(packed[i]), plainSize+len(plain[i])
	}
	for name, f := range map[string]func(i int) error{
		"encode":      func(i int) error { _, err := all[i].Encode(); return err },
		"decode":      func(i int) error { _, err := Decode(packed[i]); return err },
		"json-encode": func(i int) error { _, err := json.Marshal(&all[i]); return err },
		"json-decode": func(i int) error { var c Conversation; return json.Unmarshal(plain[i], &c) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := f(i % len(all)); err != nil {
					b.Fatal(err)
				}
			}
			if name == "encode" {
				b.ReportMetric(float64(size)/float64(len(all)), "B/document")
			} else if name == "json-encode" {
				b.ReportMetric(float64(plainSize)/float64(len(all)), "B/document")
			}
		})
	}
}

// A rule may say in its own zone until when an effect is held.
func TestWhatIsHeldIsHeldInUTC(t *testing.T) {
	t.Parallel()
	for _, result := range []Result{Held, Throttled} {
		k := newTalk(t, shippedLibrary(t))
		k.open("case-1", nil)
		f := k.c.Heads()[0]
		k.do(Event{ID: "test/held", Done: &EffectDone{Effect: f.ID, Attempt: f.Attempt, Result: result, Until: k.now.Add(time.Hour).In(time.FixedZone("", 7200))}})
		if diff := cmp.Diff(k.c, k.commit.Conversation, cmpopts.EquateEmpty(), inUTC); diff != "" {
			t.Errorf("%s: what was stepped isn't what is loaded (-loaded +stepped):\n%s", result, diff)
		}
	}
}
