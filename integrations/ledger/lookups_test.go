package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/settle-chat/settle/integrations"
)

func TestReceivedSince(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	day := noon
	l.now = func() time.Time { return day }
	find := func(in integrations.Values) string {
		t.Helper()
		out, err := l.Find(t.Context(), integrations.Request{Operation: "received-since", In: in})
		if err != nil {
			t.Fatal(err)
		}
		return out["received"]
	}
	if got := find(integrations.Values{"ref": "ACC-0001"}); got != "0.00" {
		t.Errorf("received = %s, want 0.00", got)
	}
	apply(t, l, "1", "record-payment", "ref", "ACC-0001", "amount", "10.00", "reference", "R")
	day = day.AddDate(0, 0, 1)
	apply(t, l, "2", "record-promise", "ref", "ACC-0001", "amount", "5.00", "on", "2026-11-25")
	day = day.Add(500 * time.Millisecond)
	apply(t, l, "3", "record-payment", "ref", "ACC-0001", "amount", "0.35", "reference", "R")
	for since, want := range map[string]string{"": "0.35", "2026-11-18": "10.35", "2026-11-19": "0.35", "2026-11-20": "0.00"} {
		in := integrations.Values{"ref": "ACC-0001"}
		if since != "" {
			in["since"] = since
		}
		if got := find(in); got != want {
			t.Errorf("received since %q = %s, want %s", since, got, want)
		}
	}
	_, err := l.Find(t.Context(), integrations.Request{Operation: "received-since", In: integrations.Values{"ref": "ACC-9999"}})
	if !errors.Is(err, errUnknownAccount) {
		t.Errorf("of an unknown account = %v, want %v", err, errUnknownAccount)
	}
}
