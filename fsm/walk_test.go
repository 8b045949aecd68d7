package fsm

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// shipped loads the workflows that come with the service, once.
var shipped = sync.OnceValues(func() (*Library, error) {
	return LoadTree(os.DirFS("../content"), shippedDeclarations)
})

var shippedDeclarations Declarations

// visited is what walks have seen of the workflows, by workflow.
type visited struct {
	mu      sync.Mutex
	places  map[string]map[string]bool // guarded by mu
	options map[string]map[string]bool // guarded by mu: state/option
	largest int                        // guarded by mu
	big     int                        // guarded by mu: documents above 8 KB
}

// TestWalk walks the shipped workflows with 100,000 random events. Half of them are offered at that moment: a reply to
// what was asked, a timer that is due, a result of what is on its way. Half are anything at all. See walkChecks for what
// must hold after each of them.
func TestWalk(t *testing.T) {
	t.Parallel()
	lib := shippedLibrary(t)
	events := 100_000
	all := !raced && !testing.Short()
	if !all { // the race detector looks for races, which a few walks have as well
		events = 5_000
	}
	seen := &visited{places: map[string]map[string]bool{}, options: map[string]map[string]bool{}}
	seed, walked := uint64(0), 0
	walkOn := func(least int) {
		var wait sync.WaitGroup
		walks := make(chan uint64)
		for range runtime.GOMAXPROCS(0) {
			wait.Go(func() {
				for seed := range walks {
					if !t.Failed() {
						newWalk(t, lib, seed, seen).run(lengthOf(seed))
					}
				}
			})
		}
		for ; walked < least; seed++ {
			walks <- seed
			walked += lengthOf(seed)
		}
		close(walks)
		wait.Wait()
	}
	walkOn(events)
	if !all {
		return
	}
	// Chance may pass by a rare place: it is given as much again.
	for walked < 2*events && !t.Failed() && len(seen.missing(lib)) > 0 {
		walkOn(walked + events/10)
	}
	if t.Failed() {
		return
	}
	for _, what := range seen.missing(lib) {
		t.Errorf("no walk %s", what)
	}
	events = walked
	t.Logf("largest document: %d bytes; above 8 KB: %d of %d", seen.largest, seen.big, events)
	// A document above 8 KB is one of a customer with four matters or more, most of whose messages are never delivered.
	if seen.big > events/40 {
		t.Errorf("%d of %d documents are above 8 KB, want 1 in 40 at most where three messages in four are never delivered", seen.big, events)
	}
}

func shippedLibrary(t testing.TB) *Library {
	t.Helper()
	shippedOnce.Do(func() {
		shippedDeclarations = declared(t, "../content/settle.yaml")
		shippedDeclarations.Channels = []string{"email", "sms", "whatsapp"}
		for name, o := range shippedDeclarations.Operations {
			o.Retryable = name != "core.record-promise" && name != "psp.payment-page" // both kinds are walked
			shippedDeclarations.Operations[name] = o
		}
	})
	lib, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

var shippedOnce sync.Once

// lengthOf is how many events a walk has: a few of the quiet ones go on for long, to where something was done too often.
func lengthOf(seed uint64) int {
	if seed%20 == 2 {
		return 400
	}
	return 100
}

// notInLobby are exceptions of the common fragment that no lobby comes to: it shows nothing private, changes nothing, looks
// nothing up and fills in nothing.
var notInLobby = []string{"cannot-verify", "writeback-failed", "stuck", "wrong-person"}

// note keeps what one entry came by.
func (v *visited) note(w *Workflow, e Entry, size int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.largest = max(v.largest, size)
	if size > 8<<10 {
		v.big++
	}
	if w == nil {
		return
	}
	if v.places[w.Name] == nil {
		v.places[w.Name], v.options[w.Name] = map[string]bool{}, map[string]bool{}
	}
	for _, p := range e.Path {
		v.places[w.Name][p] = true
	}
	if e.Chose != "" {
		v.options[w.Name][e.From+"/"+e.Chose] = true
	}
}

// missing is what of the workflows no walk has seen.
func (v *visited) missing(lib *Library) []string {
	var all []string
	for name, w := range lib.All() {
		for _, place := range w.names() {
			if name == LobbyName && slices.Contains(notInLobby, place) {
				continue
			}
			if !v.places[name][place] {
				all = append(all, fmt.Sprintf("came to %s of %s", place, name))
			}
		}
		for _, st := range w.States {
			for _, o := range st.Options {
				if !v.options[name][st.Name+"/"+o.ID] {
					all = append(all, fmt.Sprintf("chose %s in %s of %s", o.ID, st.Name, name))
				}
			}
		}
	}
	return all
}

// run steps events, and replays the journal at the end.
func (k *walk) run(length int) {
	start := k.c
	for range length {
		e := k.next()
		if !k.step(e) {
			return
		}
	}
	replayed, err := Replay(k.lib, start, k.journal)
	if err != nil {
		k.fail("replay: %v", err)
		return
	}
	if got, want := k.encodeDocument(replayed), k.encodeDocument(k.c); got != want {
		k.fail("replay gives:%s", differ(got, want))
	}
}

// fail says what a walk came across, and how it got there.
func (k *walk) fail(format string, args ...any) {
	k.t.Helper()
	from := max(0, len(k.journal)-8)
	trail := ""
	for _, e := range k.journal[from:] {
		trail += fmt.Sprintf("\n  v%d %s %s %s: %s -> %s %q", e.Version, e.Event.ID, k.brief(e.Event), e.Case, e.From, e.To, e.Because)
	}
	k.t.Errorf("walk %d, event %d (%s): %s%s", k.seed, len(k.journal), k.brief(k.last), fmt.Sprintf(format, args...), trail)
}

func (k *walk) brief(e Event) string {
	switch {
	case e.Opened != nil:
		return "opened " + e.Opened.Event
	case e.Received != nil:
		return fmt.Sprintf("received %q %q from %s typed %v", e.Received.Text, e.Received.Choice, e.Received.From, e.Received.Typed != nil)
	case e.Timer != nil:
		return "timer " + e.Timer.Timer
	case e.Done != nil:
		kind := "unknown effect"
		if f := k.c.Effect(e.Done.Effect); f != nil {
			kind = f.Kind()
		}
		return fmt.Sprintf("done %s %s", kind, e.Done.Result)
	case e.Reported != nil:
		return "reported " + e.Reported.Event
	case e.Agent != nil:
		return "agent " + e.Agent.Action + " " + e.Agent.Outcome
	case e.Receipt != nil:
		return "receipt " + string(e.Receipt.Status)
	}
	return "nothing"
}

func day(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// differ shows where two encodings part.
func differ(got, want string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	around := func(s string) string { return s[max(0, at-120):min(len(s), at+120)] }
	return fmt.Sprintf("\n  got  ...%q...\n  want ...%q...", around(got), around(want))
}
