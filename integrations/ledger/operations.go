package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/settle-chat/settle/integrations"
)

// operation is one of the ledger's own: find for a lookup, apply for a writeback.
type operation struct {
	in    map[string]field
	out   map[string]string
	find  func(ctx context.Context, l *Ledger, in input) (integrations.Values, error)
	apply func(ctx context.Context, l *Ledger, tx *sql.Tx, in input) (integrations.Receipt, error)
}

func (o operation) kind() string {
	if o.find != nil {
		return "lookup"
	}
	return "writeback"
}

type field struct {
	typ      string
	optional bool
}

var (
	text    = field{typ: "text"}
	maybe   = field{typ: "text", optional: true}
	money   = field{typ: "money"}
	date    = field{typ: "date"}
	address = field{typ: "address"}
	integer = field{typ: "integer"}
)

// operations are all that the ledger can do; settle.yaml chooses among them and gives each its risk. ref is the account and
// comes with every call.
var operations = map[string]operation{
	"account": {in: map[string]field{"ref": text}, find: findAccount,
		out: map[string]string{"balance": "money", "days_past_due": "integer", "in_dispute": "boolean", "in_hardship": "boolean"}},
	"received-since": {in: map[string]field{"ref": text, "since": {typ: "date", optional: true}}, find: findReceived,
		out: map[string]string{"received": "money"}},
	"customer": {in: map[string]field{"ref": text}, find: findCustomer, out: map[string]string{"address": "address"}},
	"retries":  {in: map[string]field{"ref": text}, find: findRetries, out: map[string]string{"tries": "integer"}},

	"record-payment": {in: map[string]field{"ref": text, "amount": money, "reference": text}, apply: recordPayment},
	"record-promise": {in: map[string]field{"ref": text, "amount": money, "on": date}, apply: recordPromise},
	"cancel-promise": {in: map[string]field{"ref": text}, apply: cancelPromise},
	"mark-broken":    {in: map[string]field{"ref": text}, apply: markBroken},
	"create-plan":    {in: map[string]field{"ref": text, "months": integer, "instalment": money}, apply: createPlan},
	"flag-dispute":   {in: map[string]field{"ref": text, "about": maybe}, apply: flagDispute},
	"flag-hardship":  {in: map[string]field{"ref": text}, apply: flagHardship},
	"flag-number":    {in: map[string]field{"ref": text}, apply: flagNumber},
	"note":           {in: map[string]field{"ref": text, "text": maybe}, apply: note},

	"set-retry-date":   {in: map[string]field{"ref": text, "on": date}, apply: setRetryDate},
	"clear-retry-date": {in: map[string]field{"ref": text}, apply: clearRetryDate},
	"confirm-address":  {in: map[string]field{"ref": text}, apply: confirmAddress},
	"request-address":  {in: map[string]field{"ref": text, "address": address}, apply: requestAddress},
	"record-statement": {in: map[string]field{"ref": text, "statement": text, "hash": text}, apply: recordStatement},

	// The payment provider's.
	"payment-page": {in: map[string]field{"ref": maybe, "amount": money, "reference": text}, apply: paymentPage,
		out: map[string]string{"link": "text"}},
	"charge-stored": {in: map[string]field{"ref": maybe, "amount": money, "reference": text}, apply: chargeStored},
}

// input is a call's values, parsed.
type input struct {
	text    map[string]string
	minor   map[string]int64
	integer map[string]int64
}

// prepare checks a call before anything is touched. Its errors name inputs and types, never values.
func (l *Ledger) prepare(kind, name string, in integrations.Values) (operation, input, error) {
	refuse := func(format string, args ...any) (operation, input, error) {
		return operation{}, input{}, integrations.Permanent{Cause: fmt.Sprintf("ledger %s: %s", name, fmt.Sprintf(format, args...))}
	}
	o, ok := operations[name]
	if l.declared != nil {
		if _, declared := l.declared[name]; !declared {
			return refuse("settle.yaml declares no such operation: %s", integrations.DidYouMean(name, slices.Collect(maps.Keys(l.declared))))
		}
	}
	if !ok {
		return refuse("no such operation: %s", integrations.DidYouMean(name, slices.Collect(maps.Keys(operations))))
	}
	if o.kind() != kind {
		return refuse("it is a %s, not a %s", o.kind(), kind)
	}
	for _, given := range slices.Sorted(maps.Keys(in)) {
		if _, ok := o.in[given]; !ok {
			return refuse("it takes no input %q: %s", given, integrations.DidYouMean(given, slices.Collect(maps.Keys(o.in))))
		}
	}
	p := input{text: map[string]string{}, minor: map[string]int64{}, integer: map[string]int64{}}
	for _, wanted := range slices.Sorted(maps.Keys(o.in)) {
		f := o.in[wanted]
		v, ok := in[wanted]
		if !ok || v == "" {
			if f.optional {
				continue
			}
			return refuse("input %q is missing", wanted)
		}
		canonical, err := integrations.Canonical(f.typ, v, l.code)
		if err != nil {
			return refuse("input %q: %v", wanted, err)
		}
		p.text[wanted] = canonical
		switch f.typ { // Canonical has accepted them: neither can fail
		case "money":
			p.minor[wanted], _ = integrations.ParseMoney(canonical, l.code)
		case "integer":
			p.integer[wanted], _ = strconv.ParseInt(canonical, 10, 64)
		}
	}
	return o, p, nil
}
