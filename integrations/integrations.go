// Package integrations is the contract between Settle and a bank's systems of record: lookups that read, writebacks that
// change, and events that come back. An adapter translates; the bot retries, and only what surely did not happen.
//
// Whoever writes an adapter runs integrationstest against it.
package integrations

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Values are typed by the operation's declaration and written in canonical text: money "1250.00", integer "42", boolean
// "true", date "2026-11-20", choices "a,b". Nothing here is ever a float.
type Values map[string]string

// Request asks one lookup.
type Request struct {
	Operation string // without its system: account
	In        Values // its declared inputs
}

// Change asks one writeback.
type Change struct {
	Key       string // the idempotency key: the effect's ID, the same on every attempt
	Operation string
	Case      string // the case's ID, for a system that calls back
	In        Values
}

// Receipt is the system's acknowledgement.
type Receipt struct {
	ID  string // the system's own name for what it did; empty where it has none
	Out Values // its declared outputs
}

// System is every system of record. A system without lookups, or without writebacks, is declared without them.
type System interface {
	// Find answers one lookup. A lookup that answers a list gives each output once for each element, numbered from 0:
	// "0.months", "1.months". Its error is one of the types below.
	Find(ctx context.Context, r Request) (Values, error)

	// Apply makes one change. The same Key a second time changes nothing and gives the first receipt; the same Key with other
	// values is Permanent. Its error is one of the types below; every error that is none of them is Unknown: the change may
	// have been made.
	Apply(ctx context.Context, c Change) (Receipt, error)
}

// Reader is a system that can say whether a change was made, where it has no idempotency of its own.
type Reader interface {
	// Made returns the receipt of the change with c.Key, or nil where it surely wasn't made.
	Made(ctx context.Context, c Change) (*Receipt, error)
}

// Declined means that the system understood and said no, with its reason in its own words: a name such as expired-card.
type Declined struct{ Reason string }

func (e Declined) Error() string { return fmt.Sprintf("declined: %s", e.Reason) }

// Retry means that it surely did not happen and may be tried again.
type Retry struct {
	After time.Duration
	Cause string
}

func (e Retry) Error() string { return fmt.Sprintf("try again after %s: %s", e.After, e.Cause) }

// Permanent means that it surely did not happen and never will in this form.
type Permanent struct{ Cause string }

func (e Permanent) Error() string { return "refused: " + e.Cause }

// Unknown means that it may have happened.
type Unknown struct{ Cause string }

func (e Unknown) Error() string { return "may have happened: " + e.Cause }

// Operation is one operation as settle.yaml declares it, parsed. Adapters are opened with theirs.
type Operation struct {
	Name    string            // without its system
	Kind    string            // lookup or writeback
	In      map[string]string // input -> type
	Out     map[string]string // output -> type
	Options map[string]any    // the adapter's own keys (request, answer, results, idempotency, table ...)
}

// Deps is what an adapter is opened with, beside its own configuration.
type Deps struct {
	Name       string               // the system's name in settle.yaml: core
	Operations map[string]Operation // by name, as settle.yaml declares them
	DataDir    string               // where an adapter may keep files of its own
	Now        func() time.Time     // the clock; time.Now where nil
}

// Clock is d.Now, or time.Now where there is none.
func (d Deps) Clock() func() time.Time {
	if d.Now == nil {
		return time.Now
	}
	return d.Now
}

// Config is an adapter's own part of settle.yaml. It checks everything that can be checked without calling the system, so
// that a mistake shows at start. A System that holds something open is an io.Closer too.
type Config interface {
	Open(d Deps) (System, error)
}

// Repeater is a system with operations that have no idempotency. One that isn't a Repeater keeps Apply's promise for all.
type Repeater interface {
	// Repeatable says whether Apply may be called again with the same Key after Unknown. Where it may not, the caller asks the
	// Reader, and where that can't say either, a person decides.
	Repeatable(operation string) bool
}

// ErrCannotSay is returned by Made for an operation that has no way to find out.
var ErrCannotSay = errors.New("this operation has no way to tell whether its change was made")
