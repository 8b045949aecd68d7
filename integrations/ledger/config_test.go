package ledger

import (
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/integrations"
)

func declare(kind string, in, out map[string]string) integrations.Operation {
	return integrations.Operation{Kind: kind, In: in, Out: out}
}

func TestConfigChecksDeclarations(t *testing.T) {
	t.Parallel()
	m := func(pairs ...string) map[string]string {
		r := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			r[pairs[i]] = pairs[i+1]
		}
		return r
	}
	for _, tc := range []struct {
		name, says string // says empty: opens
		o          integrations.Operation
	}{
		{"account", "", declare("lookup", m("ref", "text"), m("balance", "money", "in_dispute", "boolean"))},
		{"payment-page", "", declare("writeback", m("amount", "money", "reference", "text"), m("link", "text"))},
		{"flag-dispute", "", declare("writeback", m("about", "choice"), nil)},
		{"acount", `did you mean "account"?`, declare("lookup", nil, nil)},
		{"account", "it is a lookup, not a writeback", declare("writeback", nil, nil)},
		{"account", `it gives no output "balanse": did you mean "balance"?`, declare("lookup", nil, m("balanse", "money"))},
		{"account", `output "balance" is money, not text`, declare("lookup", nil, m("balance", "text"))},
		{"record-promise", `it needs the input on: date`, declare("writeback", m("amount", "money"), nil)},
		{"record-promise", `input "amount" is money, not integer`, declare("writeback", m("amount", "integer", "on", "date"), nil)},
		{"record-promise", `it takes no input "amont": did you mean "amount"?`, declare("writeback", m("amont", "money", "on", "date"), nil)},
		{"note", `no option "request"`, integrations.Operation{Kind: "writeback", Options: map[string]any{"request": 1}}},
	} {
		s, err := new(Config).Open(integrations.Deps{Name: "core", DataDir: t.TempDir(), Operations: map[string]integrations.Operation{tc.name: tc.o}})
		if tc.says == "" {
			if err != nil {
				t.Errorf("Open(%s) = %v, want it open", tc.name, err)
				continue
			}
			if err := s.(io.Closer).Close(); err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), `system "core", operation "`+tc.name+`"`) {
			t.Errorf("Open(%s) = %v, want an error that says %q", tc.name, err, tc.says)
		}
	}
}

func TestConfigFromYAML(t *testing.T) {
	t.Parallel()
	var c Config
	if err := yaml.Load([]byte("path: bank.db\ncurrency: JPY\n"), &c, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := c.Open(integrations.Deps{Name: "core", DataDir: dir, Operations: map[string]integrations.Operation{"account": declare("lookup", nil, map[string]string{"balance": "money"})}})
	if err != nil {
		t.Fatal(err)
	}
	l := s.(*Ledger)
	defer l.Close()
	if err := l.Seed(t.Context(), []Account{{Ref: "A-1", Balance: "1250"}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Seed(t.Context(), []Account{{Ref: "A-2", Balance: "1.00"}, {Ref: "A-3", Balance: "1"}}); err == nil || strings.Contains(err.Error(), "1.00") {
		t.Errorf("Seed(yen with decimals) = %v, want an error without the amount", err)
	}
	if err := l.Seed(t.Context(), []Account{{Ref: "A-1", Balance: "9"}}); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, l, "accounts"); len(got) != 1 || got[0]["balance"] != "1250" {
		t.Errorf("accounts = %v, want the one account as it was seeded first", got)
	}
	out, err := l.Find(t.Context(), integrations.Request{Operation: "account", In: integrations.Values{"ref": "A-1"}})
	if err != nil || len(out) != 1 || out["balance"] != "1250" {
		t.Errorf("Find = %v, %v, want the declared output only", out, err)
	}
	if _, err := apply(t, l, "k", "note", "ref", "A-1"); !errors.As(err, new(integrations.Permanent)) {
		t.Errorf("an operation that isn't declared = %v, want permanent", err)
	}
	if _, err := (&Config{Path: filepath.Join(dir, "bank.db"), Currency: "ZAR"}).Open(integrations.Deps{}); err == nil || !strings.Contains(err.Error(), "keeps JPY") {
		t.Errorf("Open(with another currency) = %v, want an error that says which it keeps", err)
	}
	if other, err := Open(filepath.Join(dir, "bank.db")); err != nil || other.code != "JPY" {
		t.Errorf("Open(path) = %v, want the file's own currency", err)
	} else {
		other.Close()
	}
	if _, err := l.Rows(t.Context(), "acounts"); err == nil || !strings.Contains(err.Error(), `"accounts"`) {
		t.Errorf("Rows(acounts) = %v, want the nearest table named", err)
	}
}

func TestANewerFileIsRefused(t *testing.T) {
	t.Parallel()
	l := testLedger(t)
	if _, err := l.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file(t, l)); !errors.Is(err, ErrNewer) {
		t.Errorf("Open = %v, want %v", err, ErrNewer)
	}
}

// A file of the first release has what was in it, and can do what the next one does.
func TestAnOlderFileIsBroughtUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.db")
	first, err := schemas.ReadFile("schema/1.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{string(first), "INSERT INTO meta VALUES ('currency', 'JPY')", "PRAGMA user_version = 1",
		"INSERT INTO accounts (ref, customer, balance) VALUES ('A-1', 'C-1', 1250)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time nothing is left to do
		l, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(t, l, "accounts"); len(got) != 1 || got[0]["balance"] != "1250" || got[0]["address"] != "" {
			t.Errorf("accounts = %v, want the one account, without an address", got)
		}
		if _, err := apply(t, l, "k", "set-retry-date", "ref", "A-1", "on", "2099-01-01"); err != nil {
			t.Errorf("set-retry-date = %v, want it done", err)
		}
		if got := rows(t, l, "retries"); len(got) != 1 {
			t.Errorf("retries = %v, want one", got)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
