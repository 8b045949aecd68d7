package fsm

import (
	"os"
	"testing"
)

func TestContentLoads(t *testing.T) {
	t.Parallel()
	lib, err := LoadTree(os.DirFS("../content"), declared(t, "../content/settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"overdue-account", "promise-due", "lobby"} {
		w := lib.Named(name)
		if w == nil {
			t.Fatalf("workflow %s is not there", name)
		}
		if ps := Check(w); len(ps) > 0 {
			t.Errorf("check %s:\n%v", name, ps)
		}
	}
	w := lib.Named("overdue-account")
	for name, want := range map[string]string{"hello": "anyone", "menu": "person", "pay": "person", "trouble": "anyone", "part-paid": "anyone", "promised": "person",
		"paid": "anyone", "wrong-person": "anyone", "hardship": "device", "cannot-verify": "anyone"} {
		if got := w.NeedsAt(name).String(); got != want {
			t.Errorf("%s needs %s, want %s", name, got, want)
		}
	}
}
