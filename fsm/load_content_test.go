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
		for _, s := range statesInOrder(w) {
			t.Log(s.Name, s.Needs, s.Uses)
		}
		for _, n := range keys(w.Outcomes) {
			t.Log(n, w.Outcomes[n].Needs, w.Outcomes[n].Uses, w.Outcomes[n].Say)
		}
		for _, n := range keys(w.Exceptions) {
			t.Log(n, w.Exceptions[n].Needs, w.Exceptions[n].Uses, w.Exceptions[n].Say)
		}
	}
}
