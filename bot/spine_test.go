package bot_test

import (
	"strings"
	"testing"
)

// One case from the bank's trigger to its row in the ledger, over signed webhooks, a real Redis and Twilio at the wire.
func TestPromiseFromTriggerToLedger(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	defer func() {
		if t.Failed() {
			b.explain(o)
			t.Logf("heard: %q", b.heard(c))
		}
	}()
	want := func(text string) {
		t.Helper()
		if got := b.last(c); !strings.Contains(got, text) {
			t.Fatalf("last message = %q, want it to hold %q", got, text)
		}
	}
	want("Thandi")
	b.says(c, "1")
	want("day and month of birth")
	b.says(c, "14 march 2196")
	want("was due")
	b.says(c, "4 friday")
	want("How much")
	b.says(c, "1250")
	want("Right?")
	b.says(c, "yes")
	want("recorded")
	promises := b.rows("promises")
	if len(promises) != 1 || promises[0]["amount"] != "1250.00" {
		t.Fatalf("promises = %v, want one of 1250.00", promises)
	}
	if v := b.view(o); v.Outcome != "promised" || v.Ended == nil {
		t.Errorf("case = %+v, want it ended as promised", v)
	}
}
