package fsm

import (
	"sync"
	"time"

	"github.com/settle-chat/settle/policy"
)

// Engine is the number of the step's semantics. A change of meaning adds a number; old ones stay.
const Engine = 1

// Workflow is one loaded, checked and pinned workflow: all that a case needs to run to its end. It is read-only once
// loaded and safe for concurrent use.
type Workflow struct {
	Name, Title string
	Hash        string // of the whole bundle: workflow, fragments, messages, declarations, floors
	Purpose     string // collection, billing, compliance, service
	Creditor    string // first-party or third-party, for purpose collection
	Currency    string // ISO 4217
	Trigger     Trigger
	Reach       []Reach
	Facts       map[string]*FactDef
	Offers      map[string]*Offer
	Outcomes    map[string]*Outcome
	Exceptions  map[string]*Exception
	Whenever    []Whenever
	Start       string
	States      map[string]*State
	Silence     *Silence                   // for every state that waits for the customer, unless it has its own
	Expires     time.Duration              // the case, whatever happens: then the outcome "expired"
	Texts       map[string]*Texts          // by language
	Language    string                     // the default: the first that settle.yaml names, else en, else the only one
	Operations  map[string]*Operation      // as declared: core.account
	Events      map[string]map[string]Type // as declared: psp.paid -> its facts
	Queues      map[string]*Queue
	Floors      policy.Floors
	Vars        map[string]Type // every name an expression or a text may use, with its type: facts, limits, case.ref, paid.amount, plan.months
	Limits      map[string]Value

	compile  sync.Once
	machine  *machine // see moves
	codes    bool     // a declared channel can carry a one-time code
	computed *computed
}

// Pin names this very version: name@hash.
func (w *Workflow) Pin() string { return w.Name + "@" + w.Hash }

// Position is where something stands in a user's file.
type Position struct {
	File         string
	Line, Column int
}

// Type is a fact's type.
type Type string

// The types of facts.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Money   Type = "money"
	Date    Type = "date"
	Chosen  Type = "choice"
	Several Type = "choices"
	Phone   Type = "phone"
	Email   Type = "email"
	Postal  Type = "address"
	File    Type = "file"
)

// Trigger says what opens a case.
type Trigger struct {
	Event   string
	When    []*Expr
	OncePer string // account, contact or nothing
}

// Reach is one attempt to reach the customer, by channel and with a text.
type Reach struct {
	Channel string // sms, whatsapp, email, or same: the thread that opened the case
	Text    string
	After   time.Duration // since the case began
	At      Position
}

// FactDef declares one fact.
type FactDef struct {
	Name   string
	At     Position
	Type   Type
	Public bool
	Secret bool
	Proves string // birth, place, account ...: the class of a known fact
	From   string // trigger, customer, or SYSTEM.OPERATION; empty where computed
	Fresh  time.Duration
	Is     *Expr
	Min    *Expr
	Max    *Expr
	Only   string // business-days
	Of     []string
	Form   string
	Accept []string
	Most   int
}

// Offer is a list of values judged like options. Its variables are offer.key for each key of Each and With.
type Offer struct {
	Name   string
	At     Position
	Keys   []string           // of each and with, in the file's order
	Each   map[string][]Value // the product of these
	With   map[string]*Expr   // computed for each
	When   []*Expr            //
	From   string             // or a lookup's list
	AtMost int                // ten where it says nothing

	// Derived when loaded.
	Combined []map[string]string // every combination of Each; never changed
}

// Outcome is a named end.
type Outcome struct {
	Name     string
	At       Position
	Resolved bool
	End
}

// Exception is a named way of getting blocked.
type Exception struct {
	Name  string
	At    Position
	Back  string // a state, never, or empty: the state it came from
	After int    // in a row, in one state, before it happens
	End
}

// End is all that happens at an end: of a case, which is an outcome, or of the bot's part in it, which is an exception.
type End struct {
	Write *Call
	Also  []*Call
	Flag  string
	Queue string
	Say   string // the text; empty where none is declared
	Opens *Opens
	Undo  *UndoDef

	// Derived when loaded.
	Needs policy.Assurance // what its text shows and its operations do
	Uses  []string         // facts that its inputs and its text read
}

// Call is one operation with its inputs. Every operation is also given ref, the bank's reference of the matter, where it
// declares that input.
type Call struct {
	Operation string // SYSTEM.OPERATION
	At        Position
	With      map[string]*Expr
}

// Opens is a later case.
type Opens struct {
	Workflow string
	When     *Expr // a date, or a time
	Facts    map[string]*Expr
}

// UndoDef reverses a commitment: an outcome's for a while, an exception's until a person has it, and for a while once none has.
type UndoDef struct {
	Write  *Call
	Within time.Duration
	To     string
}

// Whenever holds in every state: when a fact or an event comes in.
type Whenever struct {
	At    Position
	When  []*Expr
	Event string
	As    string // the name under which the event's facts are kept: paid.amount
	To    string
}

// StateKind is the one thing that a state does.
type StateKind string

// The kinds of states.
const (
	SayState     StateKind = "say"
	AskState     StateKind = "ask"
	OfferState   StateKind = "offer"
	ConfirmState StateKind = "confirm"
	SignState    StateKind = "sign"
	DoState      StateKind = "do"
	DecideState  StateKind = "decide"
	WaitState    StateKind = "wait"
)

// State does one thing.
type State struct {
	Name      string
	At        Position
	Kind      StateKind
	Say       string // say, offer, wait: the text. ask: the fact's name. confirm, sign: the text
	Options   []*Option
	Otherwise string
	Ask       *FactDef
	Offer     *Offer
	Do        *Call
	Then      *Then
	Decide    []*Branch
	Wait      []*WaitFor
	To, Else  string
	As        string
	Times     *Times
	Silence   *Silence // its own; see Workflow.Silence
	Also      []*Call
	Raised    policy.Assurance // needs: what the author raised it to

	// Derived when loaded.
	Needs    policy.Assurance // before the state is entered: what its texts show and its operations do
	raisedAt Position
	Uses     []string // facts that must be there and fresh before it is entered: those its texts, guards, inputs and bounds read
}

// Option is a reply that the customer may choose, shown only while When holds.
type Option struct {
	ID    string
	At    Position
	To    string
	When  []*Expr
	Needs policy.Assurance
}

// Branch is one line of decide; the last has no When.
type Branch struct {
	When []*Expr
	To   string
}

// WaitFor is one line of wait: a named event, or a time.
type WaitFor struct {
	Event string
	After time.Duration
	To    string
}

// Then is what follows a result of a do.
type Then struct {
	OK           string
	Declined     map[string]string // by reason; "" where the file names one state for all
	DeclinedElse string
	Else         string // permanent, exhausted, unknown
}

// Times bounds a state.
type Times struct {
	Most int
	Then string
}

// Silence bounds waiting for the customer.
type Silence struct {
	After  time.Duration
	Remind string // the text; empty: no reminder
	Times  int    // reminders before Then
	Then   string
}

// Operation is one operation of a system of record, as settle.yaml declares it.
type Operation struct {
	Name      string // SYSTEM.OPERATION
	Lookup    bool   // else a writeback
	Risk      policy.Risk
	In, Out   map[string]Type
	Retryable bool // the system honours the idempotency key: an unknown result may be tried again
}

// Queue is where blocked cases go.
type Queue struct {
	Name         string        `yaml:"-"`
	Hours        string        `yaml:"hours"` // "mon-fri 08:00-18:00, sat 08:00-13:00"
	Zone         string        `yaml:"zone"`
	AnswerWithin time.Duration `yaml:"-"`
	Capacity     int           `yaml:"capacity"`
	Holidays     []string      `yaml:"holidays"` // days without hours: 2026-12-25
}
