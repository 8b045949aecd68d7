// Package integrationstest is the contract of package integrations as tests. Whoever writes an adapter runs it:
//
//	integrationstest.Run(t, func(t testing.TB) integrationstest.Subject { ... })
//
// It promises to fail on a system that makes a change twice, forgets what a key stood for, remembers what it declined,
// calls an ambiguous answer anything but Unknown, outlives its deadline, or puts a customer's values into an error.
package integrationstest

import (
	"context"
	"testing"
	"time"

	"github.com/settle-chat/settle/integrations"
)

// Subject is one freshly opened system with an empty record, and the levers that the suite pulls. All of it is needed.
type Subject struct {
	System integrations.System

	// Change gives the n-th of any number of changes that the system accepts, each under its own key. One change is one
	// effect. Its values are made up, at least four characters each where they identify anything.
	Change func(n int) integrations.Change

	// Other gives a change with the same key and operation, acceptable too, with other values.
	Other func(c integrations.Change) integrations.Change

	// Effects counts the changes in the record itself, past the adapter.
	Effects func(ctx context.Context) (int, error)

	// Lookup is answered by Answer.
	Lookup integrations.Request
	Answer integrations.Values

	// Missing is a lookup of something that isn't there: Declined or Permanent.
	Missing integrations.Request

	// Declines is a change that the system declines until Accept is called.
	Declines integrations.Change
	Accept   func()

	// Fail makes the system surely not do what it is asked, for now; Lose makes it do that and lose the answer; Stall makes it
	// answer nothing. Each stays until it is called with false.
	Fail, Lose, Stall func(on bool)
}

// Run runs every clause of the contract, each on a Subject of its own.
func Run(t *testing.T, open func(t testing.TB) Subject) {
	t.Helper()
	for _, c := range clauses {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := c.check(ctx, open(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

type clause struct {
	name  string
	check func(ctx context.Context, s Subject) error
}

var clauses = []clause{
	{"a change made twice is made once", replayed},
	{"32 at once make one change", raced},
	{"other values under a used key are refused", reused},
	{"an unknown operation is permanent", unknownOperation},
	{"a lookup answers and changes nothing", lookedUp},
	{"a lookup's error has a type", lookupErrors},
	{"what surely did not happen may be tried again", failed},
	{"a lost answer is unknown", lost},
	{"a declined change isn't remembered as done", declined},
	{"a context that is over changes nothing for good", cancelled},
	{"a deadline is obeyed", stalled},
}
