package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestCustomer(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	if err := l.Seed(t.Context(), []Account{{Ref: "ACC-0002", Balance: "0.00"}}); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]integrations.Values{"ACC-0001": {"address": "12 Long Street"}, "ACC-0002": {}} {
		got, err := l.Find(t.Context(), integrations.Request{Operation: "customer", In: integrations.Values{"ref": ref}})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("customer of %s = %v, %v (-want +got):\n%s", ref, got, err, diff)
		}
	}
	_, err := l.Find(t.Context(), integrations.Request{Operation: "customer", In: integrations.Values{"ref": "ACC-9999"}})
	if !errors.Is(err, errUnknownAccount) {
		t.Errorf("of an unknown account = %v, want %v", err, errUnknownAccount)
	}
}

// A further try counts until it is taken back, and the last one is taken back first.
func TestRetriesAreCounted(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	for i, step := range []struct {
		operation, on, tries string
	}{
		{"set-retry-date", "2026-11-20", "1"},
		{"set-retry-date", "2026-11-25", "2"},
		{"clear-retry-date", "", "1"},
	} {
		in := []string{"ref", "ACC-0001"}
		if step.on != "" {
			in = append(in, "on", step.on)
		}
		if _, err := apply(t, l, fmt.Sprint(i), step.operation, in...); err != nil {
			t.Fatalf("step %d, %s: %v", i, step.operation, err)
		}
		got, err := l.Find(t.Context(), integrations.Request{Operation: "retries", In: integrations.Values{"ref": "ACC-0001"}})
		if err != nil || got["tries"] != step.tries {
			t.Errorf("step %d: retries = %v, %v, want %s", i, got, err, step.tries)
		}
	}
	if all := rows(t, l, "retries"); all[0]["status"] != "set" || all[1]["status"] != "cleared" {
		t.Errorf("retries = %v, want the first set and the second cleared", all)
	}
	_, err := l.Find(t.Context(), integrations.Request{Operation: "retries", In: integrations.Values{"ref": "ACC-9999"}})
	if !errors.Is(err, errUnknownAccount) {
		t.Errorf("of an unknown account = %v, want %v", err, errUnknownAccount)
	}
}
