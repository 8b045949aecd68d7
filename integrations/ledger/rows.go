package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/settle-chat/settle/integrations"
)

// tables are what Rows may show, and its money columns.
var tables = []string{"accounts", "payments", "promises", "plans", "disputes", "hardships", "flags", "notes", "payment_pages",
	"charges", "retries", "addresses", "statements", "changes"}

var (
	moneyColumns   = map[string]bool{"balance": true, "amount": true, "instalment": true}
	booleanColumns = map[string]bool{"in_dispute": true, "in_hardship": true}
)

// Rows gives a whole table in the order in which its rows were made, in canonical text: money "1250.00", booleans "true".
// It is for tests and the command line.
func (l *Ledger) Rows(ctx context.Context, table string) ([]map[string]string, error) {
	known := false
	for _, t := range tables {
		known = known || t == table
	}
	if !known {
		return nil, fmt.Errorf("read ledger table %q: no such table: %s", table, integrations.DidYouMean(table, tables))
	}
	rows, err := l.read.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY rowid") // table is one of ours, checked above
	if err != nil {
		return nil, fmt.Errorf("read ledger table %q: %w", table, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, fmt.Errorf("read ledger table %q: %w", table, err)
	}
	var all []map[string]string
	for rows.Next() {
		values := make([]any, len(columns))
		for i, c := range columns {
			if moneyColumns[c] || booleanColumns[c] {
				values[i] = new(int64)
			} else {
				values[i] = new(sql.NullString)
			}
		}
		if err := rows.Scan(values...); err != nil {
			return nil, fmt.Errorf("read ledger table %q: %w", table, err)
		}
		row := make(map[string]string, len(columns))
		for i, c := range columns {
			if row[c], err = l.text(c, values[i]); err != nil {
				return nil, fmt.Errorf("read ledger table %q, column %s: %w", table, c, err)
			}
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read ledger table %q: %w", table, err)
	}
	return all, nil
}

func (l *Ledger) text(column string, value any) (string, error) {
	switch v := value.(type) {
	case *int64:
		if booleanColumns[column] {
			return boolean(*v), nil
		}
		return integrations.FormatMoney(*v, l.code)
	case *sql.NullString:
		return strings.ToValidUTF8(v.String, "\uFFFD"), nil
	}
	return "", fmt.Errorf("unexpected %T", value)
}

func boolean(n int64) string {
	if n == 0 {
		return "false"
	}
	return "true"
}
