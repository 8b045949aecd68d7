package fsm

import (
	"errors"
	"fmt"
)

// Why what a person at the desk did isn't possible. Each is an ErrRefused too; the Refusal around it says what to do.
var (
	ErrUnknownAction  = errors.New("unknown action")
	ErrNotWaiting     = errors.New("nothing waits for a person")
	ErrBehind         = errors.New("another case of the customer is with a person")
	ErrCaseEnded      = errors.New("the case has ended")
	ErrNotClaimed     = errors.New("not claimed")
	ErrClaimedByOther = errors.New("claimed by another person")
	ErrNoReturn       = errors.New("doesn't go back to the bot")
	ErrUnknownOutcome = errors.New("unknown outcome")
	ErrIncomplete     = errors.New("not all that is written is known")
	ErrStopped        = errors.New("the customer has said STOP")
	ErrNoText         = errors.New("no text")
	ErrReplyTooLong   = errors.New("text is too long")
	ErrCardNumber     = errors.New("a card number stands in the text")
	ErrNoThread       = errors.New("no address can be reached")
	ErrTooMany        = errors.New("too many messages wait")
)

// Refusal is why what a person at the desk did isn't possible here, or isn't any more, in words for them.
type Refusal struct {
	Kind   error // one of the errors above
	Action string
	Why    string
}

func (r *Refusal) Error() string { return r.Action + ": " + r.Why }

// Unwrap tells a refusal by its kind, and by what all of them are.
func (r *Refusal) Unwrap() []error { return []error{ErrRefused, r.Kind} }

func refused(a AgentActed, kind error, format string, args ...any) error {
	return &Refusal{Kind: kind, Action: a.Action, Why: fmt.Sprintf(format, args...)}
}
