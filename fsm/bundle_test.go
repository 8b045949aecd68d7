package fsm

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/settle-chat/settle/policy"
)

func bundleOf(t testing.TB, name string, edits ...loadEdit) Bundle {
	t.Helper()
	bundles, err := ReadTree(loadFiles(t, edits...), declared(t, "testdata/load/tree/settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bundles {
		if b.Name() == name {
			return b
		}
	}
	t.Fatalf("there is no workflow %q", name)
	return Bundle{}
}

// The pin changes with all that the workflow is made of, and with nothing else.
func TestHash(t *testing.T) {
	t.Parallel()
	was := bundleOf(t, "small").Hash()
	if len(was) != 16 || strings.Trim(was, "0123456789abcdef") != "" {
		t.Errorf("Hash = %q, want 16 hexadecimal digits", was)
	}
	for _, tc := range []struct {
		name    string
		edit    loadEdit
		changes bool
	}{
		{"the workflow", loadEdit{inSmall, "least: 450", "least: 451"}, true},
		{"its comments, for positions in it are journalled", loadEdit{inSmall, "start: hello", "# here\nstart: hello"}, true},
		{"its fragment", loadEdit{inShared, "expires: 21d", "expires: 22d"}, true},
		{"one of its texts", loadEdit{inTexts, "Pay in parts", "Pay in some parts"}, true},
		{"a common text", loadEdit{inTexts, "We are still waiting", "We're still waiting"}, true},
		{"one more text", loadEdit{inTexts, "  menu: ", "  sick2: x\n  menu: "}, true},
		{"another workflow", loadEdit{"workflows/later.yaml", "What a promise opens", "Another title"}, false},
		{"another fragment", loadEdit{"fragments/unused.yaml", "balance", "other"}, false},
		{"another workflow's text", loadEdit{inTexts, "Hello again", "Hello once more"}, false},
		{"a comment in the messages", loadEdit{inTexts, "# The texts of the test tree.", "# The texts,\n# explained"}, false},
	} {
		if got := bundleOf(t, "small", tc.edit).Hash(); (got != was) != tc.changes {
			t.Errorf("edit %s: the hash is %s, was %s, want changed: %v", tc.name, got, was, tc.changes)
		}
	}
	b := bundleOf(t, "small")
	declare := func(edit func(*Declarations)) string {
		b := bundleOf(t, "small")
		edit(&b.Declarations)
		return b.Hash()
	}
	if declare(func(d *Declarations) { d.Operations["other.operation"] = OperationDecl{Kind: "lookup"} }) != was {
		t.Error("an operation of another workflow changes the hash")
	}
	for what, edit := range map[string]func(*Declarations){
		"a risk": func(d *Declarations) {
			o := d.Operations["core.note"]
			o.Risk = policy.Money
			d.Operations["core.note"] = o
		},
		"a queue":   func(d *Declarations) { q := d.Queues["care"]; q.Capacity = 9; d.Queues["care"] = q },
		"a floor":   func(d *Declarations) { d.Floors = map[policy.Risk]policy.Assurance{policy.Service: policy.Person} },
		"an event":  func(d *Declarations) { d.Events["psp.paid"] = map[string]Type{"amount": Money} },
		"a channel": func(d *Declarations) { d.Channels = d.Channels[:1] },
	} {
		if declare(edit) == was {
			t.Errorf("%s doesn't change the hash", what)
		}
	}
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var stored Bundle
	if err := json.Unmarshal(data, &stored); err != nil || stored.Hash() != was {
		t.Errorf("stored and read again, the hash is %s, %v, want %s", stored.Hash(), err, was)
	}
	w, err := Load(stored)
	if err != nil || w.Pin() != "small@"+was {
		t.Errorf("Load of the stored bundle = %v, %v, want small@%s", w, err, was)
	}
}

// A bundle holds no other workflow's texts, and its own stand in the lines where they stood.
func TestBundleIsNarrow(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, "later")
	if s := string(b.Messages[0].Data); strings.Contains(s, "What would you like to do?") || !strings.Contains(s, "Hello again") {
		t.Errorf("the messages of later hold other texts than its own:\n%s", s)
	}
	if len(b.Fragments) != 1 || b.Fragments[0].Name != inShared {
		t.Errorf("fragments %v, want only the one that is used", b.Fragments)
	}
	w, err := Load(b)
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Split(string(loadFiles(t)[inTexts].Data), "\n")
	at := w.Texts["en"].Get("hello").At
	if line := whole[at.Line-1]; !strings.Contains(line, "Hello again") {
		t.Errorf("text hello stands at %v, where the file has %q", at, line)
	}
	if has(w.Operations, "core.move") || has(w.Operations, "psp.page") {
		t.Error("later has operations that it doesn't name")
	}
}

// A floor raises what an operation demands, and can't lower it.
func TestFloors(t *testing.T) {
	t.Parallel()
	b := bundleOf(t, "small")
	b.Declarations.Floors = map[policy.Risk]policy.Assurance{policy.PayIn: policy.Approval}
	w, err := Load(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.NeedsAt("pay"); got != policy.Approval {
		t.Errorf("pay needs %s under a floor of approval for pay-in, want approval", got)
	}
	b.Declarations.Floors = map[policy.Risk]policy.Assurance{policy.PayIn: policy.Device}
	if w, err := Load(b); err == nil {
		t.Errorf("a lowered floor loads, and pay needs %s", w.NeedsAt("pay"))
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	var lib Library
	if lib.Lobby() != nil || lib.Named("small") != nil || lib.Pinned("") != nil || lib.ForTrigger("") != nil {
		t.Error("an empty library has workflows")
	}
	first, second := loadSmall(t), loadSmall(t, loadEdit{inSmall, "event: account.small", "event: account.other"})
	lib.Add(first)
	lib.Add(second)
	lib.Add(&Workflow{Name: LobbyName, Hash: "1"})
	if lib.Named("small") != second || lib.Pinned(first.Pin()) != first || lib.Pinned(second.Pin()) != second {
		t.Error("the current workflow isn't the last added, or a pinned one is lost")
	}
	if lib.ForTrigger("account.small") != nil || lib.ForTrigger("account.other") != second || lib.ForTrigger("") != nil {
		t.Error("an event opens a workflow that isn't current any more")
	}
	if lib.Lobby() == nil || len(lib.All()) != 2 {
		t.Error("the lobby isn't there")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			lib.AddPinned(first)
			lib.Add(second)
			if lib.Pinned(first.Pin()) != first || lib.ForTrigger("account.other") != second {
				t.Error("a workflow is lost while others are added")
			}
		})
	}
	wg.Wait()
}
