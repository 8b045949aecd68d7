package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/policy"
)

func TestDecisionAsText(t *testing.T) {
	t.Parallel()
	contact, m := allowed(), reminder()
	got := policy.Decide(noon.Add(10*time.Hour), contact, m, policy.DefaultRules())
	const text = "hold until 2026-11-25T06:00:00Z: hours/default (outside [08:00-20:00] in at least one of 1 candidate zones)"
	if got.String() != text {
		t.Errorf("String() = %q, want %q", got, text)
	}
	b, err := json.Marshal(got)
	const want = `{"verdict":"hold","until":"2026-11-25T06:00:00Z","rules":["hours/default"],` +
		`"because":["outside [08:00-20:00] in at least one of 1 candidate zones"]}`
	if err != nil || string(b) != want {
		t.Errorf("Marshal = %s, %v, want %s", b, err, want)
	}
	var back policy.Decision
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if b, _ := json.Marshal(policy.Decision{}); !strings.Contains(string(b), `"refuse"`) || strings.Contains(string(b), "until") {
		t.Errorf("Marshal of the zero decision = %s, want a refusal without an end", b)
	}
	if err := json.Unmarshal([]byte(`{"verdict":"perhaps"}`), &back); err == nil || back.Verdict != policy.Hold {
		t.Errorf("Unmarshal perhaps = %v, %v, want an error and no change", back.Verdict, err)
	}
}
