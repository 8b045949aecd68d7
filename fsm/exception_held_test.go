package fsm

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/settle-chat/settle/policy"
)

// heldFiles are the shipped files and testdata/exceptions, with some of the text of held.yaml replaced.
func heldFiles(t testing.TB, edits ...[2]string) (fs.FS, Declarations) {
	t.Helper()
	shippedLibrary(t)
	fsys := fstest.MapFS{}
	read := func(dir, name string) {
		data, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	for _, name := range shippedFiles(t) {
		read("../content/", name)
	}
	for _, name := range []string{"messages.yaml", "workflows/held.yaml", "workflows/review.yaml"} {
		read("testdata/exceptions/", name)
	}
	texts := fsys["messages/en.yaml"]
	texts.Data = append(texts.Data, fsys["messages.yaml"].Data...)
	delete(fsys, "messages.yaml")
	held := fsys["workflows/held.yaml"]
	for _, e := range edits {
		if n := strings.Count(string(held.Data), e[0]); n != 1 {
			t.Fatalf("%q stands %d times in held.yaml, want once", e[0], n)
		}
		held.Data = []byte(strings.Replace(string(held.Data), e[0], e[1], 1))
	}
	d := shippedDeclarations
	d.Operations = map[string]OperationDecl{
		"sys.record": {Kind: "writeback", Risk: policy.Commitment, In: map[string]Type{"ref": Text}, Retryable: true},
		"sys.lift":   {Kind: "writeback", Risk: policy.Commitment, In: map[string]Type{"ref": Text}, Retryable: true},
		"sys.number": {Kind: "writeback", Risk: policy.Service, In: map[string]Type{"n": Integer}},
		"sys.keep":   {Kind: "writeback", Risk: policy.Info, In: map[string]Type{"ref": Text}},
		"sys.money":  {Kind: "writeback", Risk: policy.Money, In: map[string]Type{"ref": Text}},
		"sys.read":   {Kind: "lookup", Risk: policy.Info, In: map[string]Type{"ref": Text}, Out: map[string]Type{"level": Integer}},
	}
	for name, o := range shippedDeclarations.Operations {
		d.Operations[name] = o
	}
	return fsys, d
}

func heldLibrary(t testing.TB, edits ...[2]string) *Library {
	t.Helper()
	load := func() *Library {
		fsys, d := heldFiles(t, edits...)
		lib, err := LoadTree(fsys, d)
		if err != nil {
			t.Fatalf("load held:\n%v", err)
		}
		return lib
	}
	if len(edits) > 0 {
		return load()
	}
	heldOnce.Do(func() { held = load() })
	if held == nil {
		t.Fatal("held didn't load, see the first test")
	}
	return held
}

var (
	held     *Library
	heldOnce sync.Once
)

// heldTalk is a case of workflow held, in its menu.
func heldTalk(t *testing.T, edits ...[2]string) *talk {
	t.Helper()
	k := newTalk(t, heldLibrary(t, edits...))
	k.openHeld("case-1")
	k.settle()
	k.answers("continue")
	k.in("menu")
	return k
}

func (k *talk) openHeld(id string) {
	k.t.Helper()
	k.open(id, func(o *CaseOpened) { o.Event, o.Workflow = "", "held" })
}

// blocks goes from the menu to an exception, by its option, and leaves what it writes on its way.
func (k *talk) blocks(option string) {
	k.t.Helper()
	k.settle()
	k.taps(option)
	if k.at().State == "confirm-"+option {
		k.settle()
		k.says("yes")
		if k.c.Challenge != nil {
			k.says("14/3 2196")
		}
	}
	k.in(option)
	if h := k.c.Handoff; h == nil || h.Reason != option || k.at().Phase != Blocked {
		k.t.Fatalf("handoff %+v, phase %s, want one for %s\n%s", h, k.at().Phase, option, k.trail())
	}
}

// blocked is a case in an exception, all of whose changes are recorded.
func blocked(t *testing.T, option string) *talk {
	t.Helper()
	k := heldTalk(t)
	k.blocks(option)
	k.settle()
	return k
}

func (k *talk) acts(action, outcome string) {
	k.t.Helper()
	k.do(Event{Agent: &AgentActed{Agent: "staff-1", Action: action, Outcome: outcome}})
}

// openings are the later cases that are still to come.
func (k *talk) openings() []Timer {
	return slices.DeleteFunc(slices.Clone(k.c.Timers), func(t Timer) bool { return t.Open == nil })
}

func (k *talk) opens(want int) {
	k.t.Helper()
	if got := k.openings(); len(got) != want {
		k.t.Fatalf("%d cases are to be opened, want %d\n%s", len(got), want, k.trail())
	}
}

// reviews counts the cases that were opened.
func (k *talk) reviews() (n int) {
	for _, q := range k.c.Cases {
		if strings.HasPrefix(q.Workflow, "review@") {
			n++
		}
	}
	return n
}

// replays steps the journal again.
func (k *talk) replays() {
	k.t.Helper()
	got, err := Replay(k.lib, k.start, k.journal)
	if err != nil {
		k.t.Fatal(err)
	}
	a, errA := got.Encode()
	b, errB := k.c.Encode()
	if errA != nil || errB != nil || string(a) != string(b) {
		k.t.Errorf("replay gives:%s", differ(string(a), string(b)))
	}
}

// exceptionScenes runs scenes side by side; each must replay.
func exceptionScenes(t *testing.T, option string, all map[string]func(*testing.T, *talk)) {
	t.Helper()
	for name, scene := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := blocked(t, option)
			scene(t, k)
			k.replays()
		})
	}
}
