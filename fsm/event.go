package fsm

import (
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// Event is one thing that happened. Exactly one of its pointers is set. It carries everything that the step may use and
// can't know: the time, the customer's proofs as keyed hashes, spare codes.
type Event struct {
	ID string    `json:"id"` // the idempotency key, with its source: twilio/SM..., api/..., timer/..., effect/...
	At time.Time `json:"at"` // Redis's time, never before the conversation's last event

	// Mark is 8 bytes of ID's keyed hash, made by the store: it is what a conversation remembers of an event from outside.
	Mark []byte `json:"mark,omitempty"`

	// Code is a spare code for a challenge that this event may open; the journal keeps it only where it was used.
	Code *SpareCode `json:"code,omitempty"`

	// Lockout is what the records of addresses hold that the conversation doesn't know yet; it begins with that.
	Lockout *Lockout `json:"lockout,omitempty"`

	Opened   *CaseOpened      `json:"opened,omitempty"`
	Received *MessageReceived `json:"received,omitempty"`
	Receipt  *ReceiptArrived  `json:"receipt,omitempty"`
	Timer    *TimerDue        `json:"timer,omitempty"`
	Done     *EffectDone      `json:"done,omitempty"`
	Reported *SystemReported  `json:"reported,omitempty"`
	Agent    *AgentActed      `json:"agent,omitempty"`

	Moved    *ConversationMoved    `json:"moved,omitempty"`
	Absorbed *ConversationAbsorbed `json:"absorbed,omitempty"`
}

// CaseOpened says that a matter has come up for this contact: a trigger through the API, a row of a campaign, or a case
// that another one opens.
type CaseOpened struct {
	Case      string            `json:"case"` // the case's ID: a keyed hash of source and external ID
	Source    string            `json:"source"`
	External  string            `json:"external"`           // the source's own ID
	Event     string            `json:"event"`              // account.overdue
	Workflow  string            `json:"workflow,omitempty"` // by name; where empty, the one whose trigger is Event
	Customer  string            `json:"customer"`           // the bank's reference of the person: the subject of evidence
	Ref       string            `json:"ref"`                // the bank's reference of the matter: the account
	Language  string            `json:"language,omitempty"`
	Zone      string            `json:"zone,omitempty"`
	Addresses []message.Address `json:"addresses"` // those on record
	Facts     map[string]string `json:"facts,omitempty"`
	Proofs    map[string][]byte `json:"proofs,omitempty"` // secret fact -> keyed hash of its normal form
	Consent   []policy.Consent  `json:"consent,omitempty"`
	Shared    bool              `json:"shared,omitempty"` // an address of another customer's conversation may be used
}

// MessageReceived is one message from the customer.
type MessageReceived struct {
	From   message.Address `json:"from"`
	Also   message.Address `json:"also,omitempty"`
	Text   string          `json:"text"`             // redacted where a challenge was open or a card number stood in it
	Choice string          `json:"choice,omitempty"` // the payload of what was tapped
	Sent   time.Time       `json:"sent,omitzero"`    // the provider's time
	Media  []message.Media `json:"media,omitempty"`
	Optout string          `json:"optout,omitempty"` // already answered by the provider

	// Set by the shell after each load, while a challenge is open: what was typed, as keyed hashes.
	Typed *Typed `json:"typed,omitempty"`
}

// Typed is what a customer typed at an open challenge. The text itself is gone.
type Typed struct {
	Challenge string            `json:"challenge"`        // the challenge that these were made for
	Facts     map[string][]byte `json:"facts,omitempty"`  // class (birth, place) -> keyed hash
	Code      []byte            `json:"code,omitempty"`   // keyed hash of the digits with the challenge's code reference
	Nothing   bool              `json:"nothing,omitzero"` // nothing that could be an answer
	Refused   bool              `json:"refused,omitzero"` // the breaker over all customers is open: nothing is right now
}

// SpareCode is a reference and the keyed hash of the code that belongs to it. The code itself is derived by its sender.
type SpareCode struct {
	Ref string `json:"ref"`
	MAC []byte `json:"mac"`

	Newer string `json:"-"` // see Schema
}

// ReceiptArrived is a provider's news about one of our messages that a step must see: it failed, or it settles an effect.
type ReceiptArrived struct {
	Effect   string         `json:"effect"`
	Message  message.ID     `json:"message"`
	Status   message.Status `json:"status"`
	Code     string         `json:"code,omitempty"`
	OptedOut bool           `json:"opted_out,omitempty"`
}

// TimerDue says that a timer's time has come.
type TimerDue struct {
	Timer string `json:"timer"` // its name with its generation: a timer that was set again doesn't fire twice
}

// Result is how an effect went.
type Result string

// The results. Throttled, Held, Retry and Lapsed leave the effect in place.
const (
	OK        Result = "ok"
	Declined  Result = "declined"  // the system said no, with a reason
	Retry     Result = "retry"     // surely not done; again after After
	Throttled Result = "throttled" // the provider, or a rate of ours, says later
	Held      Result = "held"      // policy says later: not before Until
	Refused   Result = "refused"   // policy says never
	Permanent Result = "permanent" // surely not done, and never will be
	Unknown   Result = "unknown"   // may have been done
	Lapsed    Result = "lapsed"    // the process that ran it is gone: as good as unknown
	Optedout  Result = "opted-out"
	Window    Result = "outside-window"
	Dropped   Result = "dropped" // an operator discarded it, or a search after an unknown send found nothing
)

// EffectDone says how an effect went.
type EffectDone struct {
	Effect  string            `json:"effect"`
	Attempt int               `json:"attempt"`
	Result  Result            `json:"result"`
	Values  map[string]string `json:"values,omitempty"` // a lookup's answer, a writeback's outputs
	Receipt string            `json:"receipt,omitempty"`
	Message message.ID        `json:"message,omitempty"`
	Reason  string            `json:"reason,omitempty"` // declined: the system's word; refused and held: the rules
	After   time.Duration     `json:"after,omitempty"`
	Until   time.Time         `json:"until,omitzero"`
	Because []string          `json:"because,omitempty"`
}

// SystemReported is news from a system of record: psp.paid.
type SystemReported struct {
	Case  string            `json:"case"`
	Event string            `json:"event"`
	Facts map[string]string `json:"facts,omitempty"`

	Newer string `json:"-"` // see Schema
}

// AgentActed is what a person at the desk did.
type AgentActed struct {
	Agent   string `json:"agent"`
	Action  string `json:"action"`         // claim, reply, return, resolve
	Case    string `json:"case,omitempty"` // which one is meant; where empty, the one that the conversation's person has
	Text    string `json:"text,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}
