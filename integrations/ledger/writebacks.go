package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/settle-chat/settle/integrations"
)

// What a bank declines, by the names that a workflow may act on.
var (
	errUnknownAccount   = integrations.Declined{Reason: "unknown-account"}
	errZeroAmount       = integrations.Declined{Reason: "zero-amount"}
	errNegativeAmount   = integrations.Declined{Reason: "negative-amount"}
	errAboveBalance     = integrations.Declined{Reason: "above-balance"}
	errPastDate         = integrations.Declined{Reason: "past-date"}
	errNoPromise        = integrations.Declined{Reason: "no-promise"}
	errNoRetry          = integrations.Declined{Reason: "no-retry"}
	errMonths           = integrations.Declined{Reason: "months-out-of-range"}
	errPlanBelowBalance = integrations.Declined{Reason: "plan-below-balance"}
)

const mostMonths = 120

func recordPayment(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	amount := in.minor["amount"]
	if _, err := balance(ctx, tx, in, amount); err != nil {
		return integrations.Receipt{}, err
	}
	// More than the balance is taken too, as a bank takes it: the account is in credit.
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET balance = balance - ?1,
		days_past_due = CASE WHEN balance - ?1 <= 0 THEN 0 ELSE days_past_due END WHERE ref = ?2`, amount, in.text["ref"]); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "payment", "INSERT INTO payments (ref, amount, reference, at) VALUES (?, ?, ?, ?)",
		in.text["ref"], amount, in.text["reference"], l.at())
}

// recordPromise takes the place of an open promise: a customer has one.
func recordPromise(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	amount := in.minor["amount"]
	owed, err := balance(ctx, tx, in, amount)
	if err != nil {
		return integrations.Receipt{}, err
	}
	if amount > owed {
		return integrations.Receipt{}, errAboveBalance
	}
	if l.past(in.text["on"]) {
		return integrations.Receipt{}, errPastDate
	}
	if _, err := tx.ExecContext(ctx, "UPDATE promises SET status = 'replaced' WHERE ref = ? AND status = 'open'", in.text["ref"]); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "promise", "INSERT INTO promises (ref, amount, due, status, at) VALUES (?, ?, ?, 'open', ?)",
		in.text["ref"], amount, in.text["on"], l.at())
}

// past: a day is past once it is over everywhere on earth. The customer's zone isn't known here.
func (l *Ledger) past(day string) bool {
	return day < l.now().UTC().Add(-12*time.Hour).Format(time.DateOnly)
}

func cancelPromise(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	return endPromise(ctx, tx, in, "cancelled")
}

func markBroken(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	return endPromise(ctx, tx, in, "broken")
}

func endPromise(ctx context.Context, tx *sql.Tx, in input, status string) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	var id int64
	err := tx.QueryRowContext(ctx, "UPDATE promises SET status = ? WHERE ref = ? AND status = 'open' RETURNING id", status, in.text["ref"]).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return integrations.Receipt{}, errNoPromise
	}
	if err != nil {
		return integrations.Receipt{}, err
	}
	return integrations.Receipt{ID: "promise-" + strconv.FormatInt(id, 10)}, nil
}

// createPlan takes the place of an open plan. The plan must cover the balance: it was agreed on a figure that may have changed.
func createPlan(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	months, instalment := in.integer["months"], in.minor["instalment"]
	owed, err := balance(ctx, tx, in, instalment)
	if err != nil {
		return integrations.Receipt{}, err
	}
	if months < 1 || months > mostMonths {
		return integrations.Receipt{}, errMonths
	}
	if instalment < (owed+months-1)/months { // not a product: it could overflow
		return integrations.Receipt{}, errPlanBelowBalance
	}
	if _, err := tx.ExecContext(ctx, "UPDATE plans SET status = 'replaced' WHERE ref = ? AND status = 'open'", in.text["ref"]); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "plan", "INSERT INTO plans (ref, months, instalment, status, at) VALUES (?, ?, ?, 'open', ?)",
		in.text["ref"], months, instalment, l.at())
}

func flagDispute(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if err := mark(ctx, tx, in, "in_dispute"); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "dispute", "INSERT INTO disputes (ref, about, at) VALUES (?, ?, ?)", in.text["ref"], in.text["about"], l.at())
}

func flagHardship(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if err := mark(ctx, tx, in, "in_hardship"); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "hardship", "INSERT INTO hardships (ref, at) VALUES (?, ?)", in.text["ref"], l.at())
}

func flagNumber(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "flag", "INSERT INTO flags (ref, flag, at) VALUES (?, 'wrong-person', ?)", in.text["ref"], l.at())
}

func note(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "note", "INSERT INTO notes (ref, text, at) VALUES (?, ?, ?)", in.text["ref"], in.text["text"], l.at())
}

// paymentPage plays a payment provider: payee, amount and reference are fixed on the page. Its ID can't be guessed.
func paymentPage(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if err := positive(in.minor["amount"]); err != nil {
		return integrations.Receipt{}, err
	}
	id := rand.Text()
	if _, err := tx.ExecContext(ctx, "INSERT INTO payment_pages (id, ref, amount, reference, at) VALUES (?, ?, ?, ?, ?)",
		id, in.text["ref"], in.minor["amount"], in.text["reference"], l.at()); err != nil {
		return integrations.Receipt{}, err
	}
	return integrations.Receipt{ID: id, Out: integrations.Values{"link": "https://pay.example/p/" + id}}, nil
}

func chargeStored(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error) {
	if err := positive(in.minor["amount"]); err != nil {
		return integrations.Receipt{}, err
	}
	return insert(ctx, tx, "charge", "INSERT INTO charges (ref, amount, reference, at) VALUES (?, ?, ?, ?)",
		in.text["ref"], in.minor["amount"], in.text["reference"], l.at())
}

// balance declines an amount that isn't positive and an account that isn't there, and gives what is owed.
func balance(ctx context.Context, tx *sql.Tx, in input, amount int64) (int64, error) {
	if err := positive(amount); err != nil {
		return 0, err
	}
	var owed int64
	err := tx.QueryRowContext(ctx, "SELECT balance FROM accounts WHERE ref = ?", in.text["ref"]).Scan(&owed)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errUnknownAccount
	}
	return owed, err
}

func positive(amount int64) error {
	switch {
	case amount == 0:
		return errZeroAmount
	case amount < 0:
		return errNegativeAmount
	}
	return nil
}

func mark(ctx context.Context, tx *sql.Tx, in input, column string) error {
	if _, err := balance(ctx, tx, in, 1); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE accounts SET "+column+" = 1 WHERE ref = ?", in.text["ref"]) // column is ours
	return err
}

func insert(ctx context.Context, tx *sql.Tx, what, query string, args ...any) (integrations.Receipt, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return integrations.Receipt{}, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return integrations.Receipt{}, fmt.Errorf("read the new %s's number: %w", what, err)
	}
	return integrations.Receipt{ID: what + "-" + strconv.FormatInt(id, 10)}, nil
}
