package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/settle-chat/settle/integrations"
)

// Find answers a lookup. It changes nothing, so that whatever goes wrong on the way may be tried again.
func (l *Ledger) Find(ctx context.Context, r integrations.Request) (integrations.Values, error) {
	o, in, err := l.prepare("lookup", r.Operation, r.In)
	if err != nil {
		return nil, err
	}
	if err := l.before(r.Operation, ""); err != nil {
		return nil, err
	}
	out, err := o.find(ctx, l, in)
	if err != nil {
		if declined := (integrations.Declined{}); errors.As(err, &declined) {
			return nil, declined
		}
		return nil, integrations.Retry{Cause: fmt.Sprintf("ledger %s: %v", r.Operation, err)}
	}
	if err := l.after(r.Operation, ""); err != nil {
		return nil, integrations.Retry{Cause: fmt.Sprintf("ledger %s: %v", r.Operation, err)}
	}
	return l.only(r.Operation, out), nil
}

// Apply makes a change: the memory of its key and its row in one transaction.
func (l *Ledger) Apply(ctx context.Context, c integrations.Change) (integrations.Receipt, error) {
	none := integrations.Receipt{}
	if c.Key == "" || len(c.Key) > 255 {
		return none, integrations.Permanent{Cause: fmt.Sprintf("ledger %s: a key has 1 to 255 bytes, this one %d", c.Operation, len(c.Key))}
	}
	o, in, err := l.prepare("writeback", c.Operation, c.In)
	if err != nil {
		return none, err
	}
	if err := l.before(c.Operation, c.Key); err != nil {
		return none, err
	}
	receipt, err := l.transact(ctx, o, c, in)
	if err != nil {
		return none, err
	}
	if err := l.after(c.Operation, c.Key); err != nil {
		return none, integrations.Unknown{Cause: fmt.Sprintf("ledger %s: %v", c.Operation, err)} // it is done: nothing else is true
	}
	receipt.Out = l.only(c.Operation, receipt.Out)
	return receipt, nil
}

// transact returns typed errors only. Before COMMIT everything is undone by the rollback, so it surely did not happen; a
// COMMIT that fails may have reached the disk.
func (l *Ledger) transact(ctx context.Context, o operation, c integrations.Change, in input) (integrations.Receipt, error) {
	none := integrations.Receipt{}
	undone := func(err error) error {
		var declined integrations.Declined
		var permanent integrations.Permanent
		switch {
		case errors.As(err, &declined):
			return declined
		case errors.As(err, &permanent):
			return permanent
		}
		return integrations.Retry{Cause: fmt.Sprintf("ledger %s: %v", c.Operation, err)}
	}
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return none, undone(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing

	params := digest(c)
	first, err := recall(ctx, tx, c, params)
	if err != nil {
		return none, undone(err)
	}
	if first != nil {
		return *first, nil
	}
	receipt, err := o.apply(ctx, l, tx, in)
	if err != nil {
		return none, undone(err)
	}
	kept, err := json.Marshal(receipt)
	if err != nil {
		return none, undone(err)
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO changes (key, operation, params, receipt, at) VALUES (?, ?, ?, ?, ?)",
		c.Key, c.Operation, params, string(kept), l.at()); err != nil {
		return none, undone(err)
	}
	if err := tx.Commit(); err != nil {
		return none, integrations.Unknown{Cause: fmt.Sprintf("ledger %s: commit: %v", c.Operation, err)}
	}
	return receipt, nil
}

// recall finds the receipt of the change with this key, or nil where there was none.
func recall(ctx context.Context, tx *sql.Tx, c integrations.Change, params string) (*integrations.Receipt, error) {
	var was, kept string
	err := tx.QueryRowContext(ctx, "SELECT params, receipt FROM changes WHERE key = ?", c.Key).Scan(&was, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case was != params:
		return nil, integrations.Permanent{Cause: fmt.Sprintf("ledger %s: this key was used for another operation or other values", c.Operation)}
	}
	first := new(integrations.Receipt)
	if err := json.Unmarshal([]byte(kept), first); err != nil {
		return nil, fmt.Errorf("read the first receipt: %w", err)
	}
	return first, nil
}

// digest is over everything that a key stands for; lengths keep two different lists of values from looking the same. The
// values themselves aren't kept a second time.
func digest(c integrations.Change) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s", len(c.Operation), c.Operation)
	for _, name := range slices.Sorted(maps.Keys(c.In)) {
		fmt.Fprintf(h, "%d:%s%d:", len(name), name, len(c.In[name]))
		io.WriteString(h, c.In[name]) //nolint:errcheck // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// only keeps the outputs that settle.yaml declares.
func (l *Ledger) only(operation string, out integrations.Values) integrations.Values {
	if l.declared == nil {
		return out
	}
	kept := integrations.Values{}
	for name := range l.declared[operation].Out {
		if v, ok := out[name]; ok {
			kept[name] = v
		}
	}
	return kept
}

// at has a fixed width, so that times compare as text.
func (l *Ledger) at() string { return l.now().UTC().Format("2006-01-02T15:04:05.000000000Z") }
