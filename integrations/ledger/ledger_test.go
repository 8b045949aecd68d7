package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/integrationstest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// testLedger has one account, ACC-0001, that owes 1250.00, and the clock at noon.
func testLedger(t testing.TB) *Ledger {
	t.Helper()
	l, err := open(filepath.Join(t.TempDir(), "bank.db"), "", func() time.Time { return noon }, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := l.Seed(context.Background(), []Account{{Ref: "ACC-0001", Customer: "C-1", Balance: "1250.00", DaysPastDue: 9, Address: "12 Long Street"}}); err != nil {
		t.Fatal(err)
	}
	return l
}

func file(t testing.TB, l *Ledger) string {
	t.Helper()
	var path string
	if err := l.read.QueryRow("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

func rows(t testing.TB, l *Ledger, table string) []map[string]string {
	t.Helper()
	got, err := l.Rows(context.Background(), table)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func apply(t testing.TB, l *Ledger, key, operation string, pairs ...string) (integrations.Receipt, error) {
	t.Helper()
	in := integrations.Values{}
	for i := 0; i < len(pairs); i += 2 {
		in[pairs[i]] = pairs[i+1]
	}
	return l.Apply(t.Context(), integrations.Change{Key: key, Operation: operation, Case: "case-1", In: in})
}

func TestContract(t *testing.T) {
	t.Parallel()
	integrationstest.Run(t, func(t testing.TB) integrationstest.Subject {
		l := testLedger(t)
		payment := func(key, ref, amount string) integrations.Change {
			return integrations.Change{Key: key, Operation: "record-payment", In: integrations.Values{"ref": ref, "amount": amount, "reference": "REF-7777"}}
		}
		var stall func()
		return integrationstest.Subject{
			System: l,
			Change: func(n int) integrations.Change {
				return payment(fmt.Sprintf("key-%d", n), "ACC-0001", fmt.Sprintf("%d.00", 100+n))
			},
			Other: func(c integrations.Change) integrations.Change { return payment(c.Key, "ACC-0001", "77.77") },
			Effects: func(ctx context.Context) (int, error) {
				got, err := l.Rows(ctx, "payments")
				return len(got), err
			},
			Lookup:   integrations.Request{Operation: "account", In: integrations.Values{"ref": "ACC-0001"}},
			Answer:   integrations.Values{"balance": "1250.00", "days_past_due": "9", "in_dispute": "false", "in_hardship": "false"},
			Missing:  integrations.Request{Operation: "account", In: integrations.Values{"ref": "ACC-0002"}},
			Declines: payment("key-d", "ACC-0002", "5.00"),
			Accept: func() {
				if err := l.Seed(context.Background(), []Account{{Ref: "ACC-0002", Balance: "10.00"}}); err != nil {
					t.Error(err)
				}
			},
			Fail: func(on bool) {
				l.Inject(nil, nil)
				if on {
					l.Inject(func(string, string) error { return integrations.Retry{Cause: "down"} }, nil)
				}
			},
			Lose: func(on bool) {
				l.Inject(nil, nil)
				if on {
					l.Inject(nil, func(string, string) error { return errors.New("connection reset") })
				}
			},
			Stall: func(on bool) { // another process holds the write lock
				if !on {
					stall()
					return
				}
				other, err := Open(file(t, l))
				if err != nil {
					t.Fatal(err)
				}
				tx, err := other.write.Begin()
				if err != nil {
					t.Fatal(err)
				}
				stall = func() {
					if err := errors.Join(tx.Rollback(), other.Close()); err != nil {
						t.Error(err)
					}
				}
			},
		}
	})
}

func TestPaymentPage(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	r, err := apply(t, l, "k", "payment-page", "amount", "99.50", "reference", "CASE-1") // no account: a provider knows none
	if err != nil || r.Out["link"] != "https://pay.example/p/"+r.ID || len(r.ID) < 22 {
		t.Fatalf("payment-page = %+v, %v, want a link that ends in its ID of 22 characters or more", r, err)
	}
	again, err := apply(t, l, "k", "payment-page", "amount", "99.50", "reference", "CASE-1")
	if err != nil || cmp.Diff(r, again) != "" {
		t.Errorf("the same key again = %+v, %v, want %+v", again, err, r)
	}
	pages := rows(t, l, "payment_pages")
	if len(pages) != 1 || pages[0]["id"] != r.ID || pages[0]["amount"] != "99.50" || pages[0]["reference"] != "CASE-1" {
		t.Errorf("payment_pages = %v, want the one page", pages)
	}
}

func TestDeclinesWhatABankWould(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	for i, tc := range []struct {
		operation string
		in        []string
		reason    string
	}{
		{"record-promise", []string{"ref", "ACC-9999", "amount", "5.00", "on", "2026-11-20"}, "unknown-account"},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "0.00", "on", "2026-11-20"}, "zero-amount"},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "-5.00", "on", "2026-11-20"}, "negative-amount"},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "1250.01", "on", "2026-11-20"}, "above-balance"},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "5.00", "on", "2026-11-17"}, "past-date"},
		{"record-payment", []string{"ref", "ACC-9999", "amount", "5.00", "reference", "R"}, "unknown-account"},
		{"record-payment", []string{"ref", "ACC-0001", "amount", "0", "reference", "R"}, "zero-amount"},
		{"cancel-promise", []string{"ref", "ACC-0001"}, "no-promise"},
		{"mark-broken", []string{"ref", "ACC-0001"}, "no-promise"},
		{"cancel-promise", []string{"ref", "ACC-9999"}, "unknown-account"},
		{"create-plan", []string{"ref", "ACC-0001", "months", "0", "instalment", "5.00"}, "months-out-of-range"},
		{"create-plan", []string{"ref", "ACC-0001", "months", "3", "instalment", "416.66"}, "plan-below-balance"},
		{"create-plan", []string{"ref", "ACC-0001", "months", "3", "instalment", "0.00"}, "zero-amount"},
		{"flag-dispute", []string{"ref", "ACC-9999", "about", "other"}, "unknown-account"},
		{"flag-hardship", []string{"ref", "ACC-9999"}, "unknown-account"},
		{"flag-number", []string{"ref", "ACC-9999"}, "unknown-account"},
		{"note", []string{"ref", "ACC-9999", "text", "x"}, "unknown-account"},
		{"set-retry-date", []string{"ref", "ACC-9999", "on", "2026-11-20"}, "unknown-account"},
		{"set-retry-date", []string{"ref", "ACC-0001", "on", "2026-11-17"}, "past-date"},
		{"clear-retry-date", []string{"ref", "ACC-9999"}, "unknown-account"},
		{"clear-retry-date", []string{"ref", "ACC-0001"}, "no-retry"},
		{"confirm-address", []string{"ref", "ACC-9999"}, "unknown-account"},
		{"request-address", []string{"ref", "ACC-9999", "address", "1 New Street"}, "unknown-account"},
		{"record-statement", []string{"ref", "ACC-9999", "statement", "s", "hash", "h"}, "unknown-account"},
		{"payment-page", []string{"amount", "0.00", "reference", "R"}, "zero-amount"},
		{"charge-stored", []string{"amount", "-1.00", "reference", "R"}, "negative-amount"},
	} {
		_, err := apply(t, l, fmt.Sprintf("k%d", i), tc.operation, tc.in...)
		if want := (integrations.Declined{Reason: tc.reason}); !errors.Is(err, want) {
			t.Errorf("Apply(%s %v) = %v, want %v", tc.operation, tc.in, err, want)
		}
	}
	if got := rows(t, l, "changes"); len(got) != 0 {
		t.Errorf("changes = %v, want none: what was declined isn't done", got)
	}
}

func TestRefusesWhatIsNoCall(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	for _, tc := range []struct {
		operation string
		in        []string
		says      string
	}{
		{"record-promis", nil, `did you mean "record-promise"?`},
		{"account", []string{"ref", "ACC-0001"}, "it is a lookup"},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "5.00"}, `input "on" is missing`},
		{"record-promise", []string{"ref", "", "amount", "5.00", "on", "2026-11-20"}, `input "ref" is missing`},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "5.005", "on", "2026-11-20"}, `input "amount": an amount with 3 decimals`},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "1e5", "on", "2026-11-20"}, `input "amount": not an exact amount`},
		{"record-promise", []string{"ref", "ACC-0001", "amount", "5.00", "on", "friday"}, `input "on": not a date`},
		{"record-promise", []string{"ref", "ACC-0001", "amonut", "5.00", "on", "2026-11-20"}, `did you mean "amount"?`},
		{"create-plan", []string{"ref", "ACC-0001", "months", "3.5", "instalment", "500.00"}, `input "months": not a whole number`},
	} {
		_, err := apply(t, l, "k", tc.operation, tc.in...)
		if !errors.As(err, new(integrations.Permanent)) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("Apply(%s %v) = %v, want permanent with %q", tc.operation, tc.in, err, tc.says)
		}
	}
	for _, key := range []string{"", strings.Repeat("k", 256)} {
		if _, err := apply(t, l, key, "flag-number", "ref", "ACC-0001"); !errors.As(err, new(integrations.Permanent)) {
			t.Errorf("Apply(key of %d bytes) = %v, want permanent", len(key), err)
		}
	}
}

func TestAKeyStandsForItsOperationToo(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	if _, err := apply(t, l, "k", "flag-number", "ref", "ACC-0001"); err != nil {
		t.Fatal(err)
	}
	if _, err := apply(t, l, "k", "flag-hardship", "ref", "ACC-0001"); !errors.As(err, new(integrations.Permanent)) {
		t.Errorf("same key, other operation = %v, want permanent", err)
	}
}

func TestAPromiseIsReplacedCancelledBroken(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	for i, step := range [][]string{
		{"record-promise", "ref", "ACC-0001", "amount", "5.00", "on", "2026-11-20"},
		{"record-promise", "ref", "ACC-0001", "amount", "6.00", "on", "2026-11-21"},
		{"cancel-promise", "ref", "ACC-0001"},
		{"record-promise", "ref", "ACC-0001", "amount", "7.00", "on", "2026-11-17"[:8] + "18"}, // today
		{"mark-broken", "ref", "ACC-0001"},
	} {
		if _, err := apply(t, l, fmt.Sprint(i), step[0], step[1:]...); err != nil {
			t.Fatalf("step %d, %s: %v", i, step[0], err)
		}
	}
	var got []string
	for _, r := range rows(t, l, "promises") {
		got = append(got, r["amount"]+" "+r["status"])
	}
	if diff := cmp.Diff([]string{"5.00 replaced", "6.00 cancelled", "7.00 broken"}, got); diff != "" {
		t.Errorf("promises (-want +got):\n%s", diff)
	}
}
