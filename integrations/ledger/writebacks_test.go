package ledger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWritebacks(t *testing.T) {
	t.Parallel()
	stamp := "2026-11-18T12:00:00.000000000Z"
	for _, tc := range []struct {
		operation string
		in        []string
		table     string
		want      map[string]string // the row, without its id
		account   map[string]string // what changed in the account
	}{
		{"record-payment", []string{"amount", "250.05", "reference", "R"}, "payments",
			map[string]string{"ref": "ACC-0001", "amount": "250.05", "reference": "R", "at": stamp}, map[string]string{"balance": "999.95"}},
		{"record-payment", []string{"amount", "1250.00", "reference", "R"}, "payments",
			map[string]string{"ref": "ACC-0001", "amount": "1250.00", "reference": "R", "at": stamp}, map[string]string{"balance": "0.00", "days_past_due": "0"}},
		{"record-promise", []string{"amount", "1250.00", "on", "2026-11-20"}, "promises",
			map[string]string{"ref": "ACC-0001", "amount": "1250.00", "due": "2026-11-20", "status": "open", "at": stamp}, nil},
		{"create-plan", []string{"months", "3", "instalment", "417.00"}, "plans",
			map[string]string{"ref": "ACC-0001", "months": "3", "instalment": "417.00", "status": "open", "at": stamp}, nil},
		{"flag-dispute", []string{"about", "wrong-amount"}, "disputes",
			map[string]string{"ref": "ACC-0001", "about": "wrong-amount", "at": stamp}, map[string]string{"in_dispute": "true"}},
		{"flag-hardship", nil, "hardships", map[string]string{"ref": "ACC-0001", "at": stamp}, map[string]string{"in_hardship": "true"}},
		{"flag-number", nil, "flags", map[string]string{"ref": "ACC-0001", "flag": "wrong-person", "at": stamp}, nil},
		{"note", []string{"text", "called"}, "notes", map[string]string{"ref": "ACC-0001", "text": "called", "at": stamp}, nil},
		{"note", nil, "notes", map[string]string{"ref": "ACC-0001", "text": "", "at": stamp}, nil},
		{"charge-stored", []string{"amount", "10.00", "reference", "R"}, "charges",
			map[string]string{"ref": "ACC-0001", "amount": "10.00", "reference": "R", "at": stamp}, nil},
		{"set-retry-date", []string{"on", "2026-11-20"}, "retries",
			map[string]string{"ref": "ACC-0001", "due": "2026-11-20", "status": "set", "at": stamp}, nil},
		{"confirm-address", nil, "addresses",
			map[string]string{"ref": "ACC-0001", "address": "12 Long Street", "status": "confirmed", "at": stamp}, nil},
		{"request-address", []string{"address", "1 New Street"}, "addresses", // and the address on file stays
			map[string]string{"ref": "ACC-0001", "address": "1 New Street", "status": "requested", "at": stamp}, nil},
		{"record-statement", []string{"statement", "attestation", "hash", "ab12"}, "statements",
			map[string]string{"ref": "ACC-0001", "statement": "attestation", "hash": "ab12", "at": stamp}, nil},
	} {
		t.Run(tc.operation, func(t *testing.T) {
			t.Parallel()
			l := testLedger(t)
			receipt, err := apply(t, l, "k", tc.operation, append([]string{"ref", "ACC-0001"}, tc.in...)...)
			if err != nil || receipt.ID == "" {
				t.Fatalf("Apply(%s) = %+v, %v, want a receipt", tc.operation, receipt, err)
			}
			got := rows(t, l, tc.table)
			if len(got) != 1 || !strings.HasSuffix(receipt.ID, "-"+got[0]["id"]) {
				t.Fatalf("%s = %v with receipt %q, want one row of that number", tc.table, got, receipt.ID)
			}
			delete(got[0], "id")
			if diff := cmp.Diff(tc.want, got[0]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.table, diff)
			}
			account := map[string]string{"ref": "ACC-0001", "customer": "C-1", "balance": "1250.00", "days_past_due": "9", "in_dispute": "false",
				"in_hardship": "false", "address": "12 Long Street"}
			for k, v := range tc.account {
				account[k] = v
			}
			if diff := cmp.Diff(account, rows(t, l, "accounts")[0]); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
		})
	}
}
