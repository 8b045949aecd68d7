package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/settle-chat/settle/integrations"
)

func findAccount(ctx context.Context, l *Ledger, in input) (integrations.Values, error) {
	var balance, days, dispute, hardship int64
	err := l.read.QueryRowContext(ctx, "SELECT balance, days_past_due, in_dispute, in_hardship FROM accounts WHERE ref = ?", in.text["ref"]).
		Scan(&balance, &days, &dispute, &hardship)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnknownAccount
	}
	if err != nil {
		return nil, err
	}
	amount, err := integrations.FormatMoney(balance, l.code)
	if err != nil {
		return nil, err
	}
	return integrations.Values{"balance": amount, "days_past_due": strconv.FormatInt(days, 10), "in_dispute": boolean(dispute),
		"in_hardship": boolean(hardship)}, nil
}

// findReceived sums the payments since a day; where none is given, since the last promise was made, and all where there
// was no promise.
func findReceived(ctx context.Context, l *Ledger, in input) (integrations.Values, error) {
	var sum int64
	err := l.read.QueryRowContext(ctx, `
		SELECT COALESCE((SELECT SUM(amount) FROM payments WHERE ref = a.ref AND at >=
			COALESCE(NULLIF(?, ''), (SELECT MAX(at) FROM promises WHERE ref = a.ref), '')), 0)
		FROM accounts a WHERE a.ref = ?`, in.text["since"], in.text["ref"]).Scan(&sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnknownAccount
	}
	if err != nil {
		return nil, err
	}
	amount, err := integrations.FormatMoney(sum, l.code)
	if err != nil {
		return nil, err
	}
	return integrations.Values{"received": amount}, nil
}

// findCustomer gives no address where none is on file.
func findCustomer(ctx context.Context, l *Ledger, in input) (integrations.Values, error) {
	var address string
	err := l.read.QueryRowContext(ctx, "SELECT address FROM accounts WHERE ref = ?", in.text["ref"]).Scan(&address)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errUnknownAccount
	case err != nil:
		return nil, err
	case address == "":
		return integrations.Values{}, nil
	}
	return integrations.Values{"address": address}, nil
}

// findRetries counts the further tries that were arranged, but for those taken back.
func findRetries(ctx context.Context, l *Ledger, in input) (integrations.Values, error) {
	var tries int64
	err := l.read.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM retries WHERE ref = a.ref AND status = 'set')
		FROM accounts a WHERE a.ref = ?`, in.text["ref"]).Scan(&tries)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnknownAccount
	}
	if err != nil {
		return nil, err
	}
	return integrations.Values{"tries": strconv.FormatInt(tries, 10)}, nil
}
