package main

import (
	"maps"
	"testing"

	"github.com/settle-chat/settle/integrations"
)

// TestBooks: what a change does to what is looked up later, by the rules that the ledger keeps.
func TestBooks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		operation       string
		in, known, want integrations.Values
	}{
		{"record-payment", integrations.Values{"amount": "500"}, integrations.Values{"balance": "1250.00", "days_past_due": "12"}, integrations.Values{"balance": "750.00", "days_past_due": "12"}},
		{"record-payment", integrations.Values{"amount": "1250.00"}, integrations.Values{"balance": "1250.00", "days_past_due": "12"}, integrations.Values{"balance": "0.00", "days_past_due": "0"}},
		{"record-payment", integrations.Values{"amount": "1300.00"}, integrations.Values{"balance": "1250.00"}, integrations.Values{"balance": "-50.00"}},
		{"record-payment", integrations.Values{"amount": "0.10"}, integrations.Values{"received": "0.20"}, integrations.Values{"received": "0.30"}},
		{"record-payment", integrations.Values{}, integrations.Values{"balance": "5.00", "days_past_due": "12"}, integrations.Values{"balance": "5.00", "days_past_due": "12"}},
		{"record-promise", integrations.Values{"amount": "300.00", "on": "2026-12-01"}, integrations.Values{"balance": "1250.00", "received": "90.00"}, integrations.Values{"balance": "1250.00", "received": "0.00"}},
		{"flag-dispute", nil, integrations.Values{"in_dispute": "false"}, integrations.Values{"in_dispute": "true"}},
		{"flag-hardship", nil, integrations.Values{"in_hardship": "false", "in_dispute": "false"}, integrations.Values{"in_hardship": "true", "in_dispute": "false"}},
		{"change-address", integrations.Values{"postal": "1 New Road"}, integrations.Values{"postal": "2 Old Road"}, integrations.Values{"postal": "1 New Road"}},
		{"note", integrations.Values{"text": "x"}, integrations.Values{"balance": "5.00"}, integrations.Values{"balance": "5.00"}},
	} {
		p := newPretend()
		for name, v := range tc.known {
			p.begins("core.account", name, v)
			p.begins("crm.account", name, v)
		}
		p.book("core", "ZAR", integrations.Change{Operation: tc.operation, In: tc.in})
		if got := p.facts["core.account"]; !maps.Equal(got, tc.want) {
			t.Errorf("after %s %v: %v is %v, want %v", tc.operation, tc.in, tc.known, got, tc.want)
		}
		if got := p.facts["crm.account"]; !maps.Equal(got, tc.known) {
			t.Errorf("after %s: another system's lookups find %v, want %v as before", tc.operation, got, tc.known)
		}
	}
}

// TestToldByHand: what was told is found next, whatever was changed before; only then changes count.
func TestToldByHand(t *testing.T) {
	t.Parallel()
	p := newPretend()
	s := &pretendSystem{name: "core", currency: "ZAR", bank: p}
	pay := func(key string) {
		if _, err := s.Apply(t.Context(), integrations.Change{Key: key, Operation: "record-payment", In: integrations.Values{"amount": "100.00"}}); err != nil {
			t.Fatal(err)
		}
	}
	p.begins("core.account", "balance", "1000.00")
	p.knows("core.account", "balance", "700.00")
	for i, want := range []string{"700.00", "600.00", "600.00"} {
		pay(string(rune('a' + min(i, 1)))) // the third is the second's key again
		got, err := s.Find(t.Context(), integrations.Request{Operation: "account"})
		if err != nil || got["balance"] != want {
			t.Errorf("lookup %d = %v, %v, want the balance %s", i, got, err, want)
		}
	}
}
