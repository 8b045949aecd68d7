// Package ledger is a small system of record in one SQLite file: the demo's bank, and its payment provider.
//
// It promises what Settle asks of a bank's system. An acknowledged change survives kill -9 and a power cut. A change and
// the memory of its key are one transaction, so the same key a second time changes nothing and gives the first receipt,
// from any number of processes; the same key with other values is refused. Money is exact, in minor units. What a bank
// would decline is declined, by a name, and is not remembered as done. No error holds a customer's data.
package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/bojanz/currency"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/settle-chat/settle/integrations"
)

// schemas are what each version of the file added: a file is brought up from its own, a new one from nothing.
//
//go:embed schema/*.sql
var schemas embed.FS

const schemaVersion = 2

// ErrNewer says that a later release wrote the file.
var ErrNewer = errors.New("written by a newer release of Settle: use that one")

// Ledger is an open file. It is safe for any number of callers; several may have the same file open.
type Ledger struct {
	write    *sql.DB // one connection: SQLite has one writer, and a queue in Go is fairer than its busy handler
	read     *sql.DB
	code     string                            // the file's currency, ISO 4217
	declared map[string]integrations.Operation // nil: every operation
	now      func() time.Time
	fault    atomic.Pointer[faults]
}

// Account is one account, for Seed.
type Account struct {
	Ref         string
	Customer    string // the bank's customer number
	Balance     string // exact, "1250.00"
	DaysPastDue int
	InDispute   bool
	InHardship  bool
	Address     string // the postal address on file; empty where there is none
}

// Open opens the file at path, or makes it, with every operation, the wall clock and the file's own currency: ZAR where
// it is new.
func Open(path string) (*Ledger, error) { return open(path, "", time.Now, nil) }

func open(path, code string, now func() time.Time, declared map[string]integrations.Operation) (_ *Ledger, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("open ledger %q: %w", path, err)
		}
	}()
	if code != "" && !currency.IsValid(code) {
		return nil, fmt.Errorf("currency %q is not known: use its ISO 4217 code, for example ZAR", code)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The file holds customers' accounts: its owner's only. SQLite gives the same mode to its -wal and -shm.
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	l := &Ledger{now: now, declared: declared}
	// FULL syncs the log at every commit: what was acknowledged is on the disk. "immediate" takes the write lock at BEGIN,
	// so that what a transaction has read can't be overtaken before it writes.
	if l.write, err = sql.Open("sqlite", dsn(path, "_txlock", "immediate", "_pragma", "synchronous(FULL)")); err != nil {
		return nil, err
	}
	l.write.SetMaxOpenConns(1)
	if l.read, err = sql.Open("sqlite", dsn(path, "_pragma", "query_only(1)")); err != nil {
		return nil, errors.Join(err, l.write.Close())
	}
	l.read.SetMaxOpenConns(4)
	if err := l.migrate(code); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func dsn(path string, more ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"}}
	for i := 0; i < len(more); i += 2 {
		q.Add(more[i], more[i+1])
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}).String()
}

// migrate makes the tables that the file hasn't got yet, and holds the currency to the file's: a balance in cents read as yen
// would be a hundred times too much.
func (l *Ledger) migrate(code string) error {
	tx, err := l.write.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	var version int
	if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("schema %d, this one knows %d: %w", version, schemaVersion, ErrNewer)
	}
	for next := version + 1; next <= schemaVersion; next++ {
		added, err := schemas.ReadFile(fmt.Sprintf("schema/%d.sql", next))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(string(added)); err != nil {
			return fmt.Errorf("make the tables of schema %d: %w", next, err)
		}
	}
	if version == 0 {
		if _, err := tx.Exec("INSERT INTO meta VALUES ('currency', ?)", cmp.Or(code, "ZAR")); err != nil {
			return err
		}
	}
	if version < schemaVersion {
		if _, err := tx.Exec("PRAGMA user_version = " + strconv.Itoa(schemaVersion)); err != nil {
			return err
		}
	}
	if err := tx.QueryRow("SELECT value FROM meta WHERE name = 'currency'").Scan(&l.code); err != nil {
		return fmt.Errorf("read its currency: %w", err)
	}
	if code != "" && code != l.code {
		return fmt.Errorf("it keeps %s and the configuration says %s: correct currency, or name another path", l.code, code)
	}
	return tx.Commit()
}

// Close waits for running changes and closes the file.
func (l *Ledger) Close() error { return errors.Join(l.write.Close(), l.read.Close()) }

// Seed adds accounts, all or none. An account that is there already stays as it is, so that a demo started again doesn't
// undo its payments.
func (l *Ledger) Seed(ctx context.Context, accounts []Account) error {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("seed ledger: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	for i, a := range accounts {
		if a.Ref == "" {
			return fmt.Errorf("seed ledger: account %d of %d has no ref", i+1, len(accounts))
		}
		balance, err := integrations.ParseMoney(a.Balance, l.code)
		if err != nil {
			return fmt.Errorf("seed ledger: balance of account %d of %d: %w", i+1, len(accounts), err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (ref, customer, balance, days_past_due, in_dispute, in_hardship, address)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ref) DO NOTHING`,
			a.Ref, a.Customer, balance, a.DaysPastDue, a.InDispute, a.InHardship, a.Address); err != nil {
			return fmt.Errorf("seed ledger: account %d of %d: %w", i+1, len(accounts), err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("seed ledger: %w", err)
	}
	return nil
}
