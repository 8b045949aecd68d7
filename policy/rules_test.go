package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/policy"
)

// Every flag stops collection, even where the rules list none; the other purposes as their lists say.
func TestFlagsStop(t *testing.T) {
	t.Parallel()
	goesOn := map[policy.Purpose][]policy.Flag{
		policy.PurposeBilling:    {policy.FlagDispute, policy.FlagHardship},
		policy.PurposeCompliance: {policy.FlagDispute, policy.FlagCease, policy.FlagAttorney, policy.FlagBankruptcy, policy.FlagBreathingSpace, policy.FlagHardship},
		policy.PurposeService:    {policy.FlagDispute, policy.FlagCease, policy.FlagAttorney, policy.FlagBankruptcy, policy.FlagBreathingSpace, policy.FlagHardship},
	}
	bare := policy.DefaultRules()
	bare.StopFlags = nil
	for _, purpose := range allPurposes {
		for _, flag := range append(slices.Clone(allFlags), "odd") {
			contact, m := allowed(), reminder()
			m.Purpose, contact.Flags = purpose, []policy.Flag{flag}
			want := policy.Refuse
			if slices.Contains(goesOn[purpose], flag) {
				want = policy.Allow
			}
			got := policy.Decide(noon, contact, m, policy.DefaultRules())
			id := fmt.Sprintf("flag/%s", flag)
			if flag == "odd" {
				id = "flag/unknown"
			}
			if got.Verdict != want || (want == policy.Refuse && !slices.Equal(got.Rules, []string{id})) {
				t.Errorf("Decide(%s, %s) = %v, want %v by %s", purpose, flag, got, want, id)
			}
			if got := policy.Decide(noon, contact, m, bare); purpose == policy.PurposeCollection && got.Verdict != policy.Refuse {
				t.Errorf("Decide(%s, %s) without stop flags = %v, want refuse", purpose, flag, got)
			}
		}
	}
}

func TestDefaultRulesAreComplete(t *testing.T) {
	t.Parallel()
	r := policy.DefaultRules()
	ids := map[string]bool{}
	check := func(id, source string) {
		if id == "" || source == "" || ids[id] {
			t.Errorf("rule %q has source %q, want an ID of its own and a source", id, source)
		}
		ids[id] = true
	}
	for _, c := range r.Channels {
		check(c.ID, c.Source)
	}
	for _, b := range r.Bars {
		check(b.ID, b.Source)
	}
	for _, a := range r.Replies {
		check(a.ID, a.Source)
	}
	for _, c := range r.Caps {
		check(c.ID, c.Source)
	}
	for _, h := range r.Hours {
		check(h.ID, h.Source)
		for _, w := range h.Open {
			if err := w.Validate(); err != nil {
				t.Error(err)
			}
		}
	}
	// A caller's change must not reach the next caller.
	r.StopFlags[policy.PurposeCollection][0], r.Replies[0].Despite[0], r.Hours[0].Open[0].To = "odd", "odd", 0
	if diff := cmp.Diff(r, policy.DefaultRules()); strings.Count(diff, "odd") != 2 {
		t.Errorf("DefaultRules shares its values (-changed +fresh):\n%s", diff)
	}
}
