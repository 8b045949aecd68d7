package fsm

import "testing"

func TestStepPromise(t *testing.T) {
	t.Parallel()
	k := shippedTalk(t)
	k.menu()
	k.answers("4")
	k.in("promise-amount")
	k.answers("500", "friday")
	k.in("confirm-promise")
	k.says("yes")
	k.in("promised")
	if got := k.at().Phase; got != Settling {
		t.Errorf("phase %s before the writeback is acknowledged, want %s", got, Settling)
	}
	k.settle()
	k.heard("promised-said")
	if got := k.at().Phase; got != Closed {
		t.Errorf("phase %s, want %s", got, Closed)
	}
	if !k.has("open") || !k.has("undo") {
		t.Errorf("timers %v, want open and undo", k.c.Timers)
	}
}
