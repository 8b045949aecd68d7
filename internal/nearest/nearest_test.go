package nearest_test

import (
	"testing"

	"github.com/settle-chat/settle/internal/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	known := []string{"balance", "promised", "promised_on", "menu"}
	for wrong, want := range map[string]string{
		"balanse": "balance", "BALANCE": "balance", "ballanse": "balance", "promise": "promised", "promised-on": "promised_on", "mneu": "menu",
		"men": "menu", "xyz": "", "something": "",
	} {
		if got := nearest.Name(wrong, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", wrong, got, want)
		}
	}
	if got := nearest.Name("abc", []string{"b", "abd", "abe"}); got != "abd" {
		t.Errorf("of several Name = %q, want the first in order, abd", got)
	}
}
