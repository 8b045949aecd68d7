package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/settle-chat/settle/integrations"
)

// What changes no balance: days for another try, and what a customer says of their details.

func setRetryDate(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	if l.past(in.text["on"]) {
		return integrations.Receipt{}, errPastDate
	}
	return insert(ctx, tx, "retry", "INSERT INTO retries (ref, due, status, at) VALUES (?, ?, 'set', ?)", in.text["ref"], in.text["on"], l.at())
}

// clearRetryDate takes back the try that was arranged last.
func clearRetryDate(ctx context.Context, _ *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	var id int64
	err := tx.QueryRowContext(ctx, `UPDATE retries SET status = 'cleared'
		WHERE id = (SELECT MAX(id) FROM retries WHERE ref = ? AND status = 'set') RETURNING id`, in.text["ref"]).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return integrations.Receipt{}, errNoRetry
	}
	if err != nil {
		return integrations.Receipt{}, err
	}
	return integrations.Receipt{ID: "retry-" + strconv.FormatInt(id, 10)}, nil
}

func confirmAddress(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "address", `INSERT INTO addresses (ref, address, status, at)
		SELECT ref, address, 'confirmed', ? FROM accounts WHERE ref = ?`, l.at(), in.text["ref"])
}

// requestAddress changes nothing on file: whether an address may change is for a person to check.
func requestAddress(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "address", "INSERT INTO addresses (ref, address, status, at) VALUES (?, ?, 'requested', ?)",
		in.text["ref"], in.text["address"], l.at())
}

func recordStatement(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "statement", "INSERT INTO statements (ref, statement, hash, at) VALUES (?, ?, ?, ?)",
		in.text["ref"], in.text["statement"], in.text["hash"], l.at())
}
