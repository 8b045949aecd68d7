package fsm

import (
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// Conversation is the one thread with a contact across all channels: the unit of storage, order and consent. Its document
// stays under 8 KB: history lives outside, in transcript and journal.
type Conversation struct {
	Schema  int       `json:"schema"`
	ID      string    `json:"id"`
	Version uint64    `json:"version"` // raised by each commit
	Epoch   uint64    `json:"epoch"`   // raised by STOP, suppression, handoff and cancel: sends decided before are void
	Created time.Time `json:"created"`
	Moved   string    `json:"moved,omitempty"` // the conversation that this one is part of now
	At      time.Time `json:"at"`              // of the last event

	Contact   Contact           `json:"contact"`
	Cases     []Case            `json:"cases,omitempty"`   // open ones first come, first served; ended ones until archived
	Active    string            `json:"active,omitempty"`  // whose turn it is
	Prompts   map[string]Prompt `json:"prompts,omitempty"` // by the address of the thread
	Challenge *Challenge        `json:"challenge,omitempty"`
	Lockout   Lockout           `json:"lockout,omitzero"`
	Handoff   *Handoff          `json:"handoff,omitempty"`
	Work      []Handoff         `json:"work,omitempty"` // ended cases that a queue must still see to; the bot goes on
	Timers    []Timer           `json:"timers,omitempty"`
	Effects   []Effect          `json:"effects,omitempty"`
	Seen      Seen              `json:"seen,omitzero"`
	CaseIDs   [][]byte          `json:"case_ids,omitempty"` // of every case ever opened: launching again enrols nobody twice
	Timer     uint64            `json:"timer,omitempty"`    // the last timer's generation
	Asked     uint64            `json:"asked,omitempty"`    // the last prompt's serial

	Newer string `json:"-"` // see Schema
}

// Contact is the customer.
type Contact struct {
	Language  string            `json:"language"`
	Chosen    bool              `json:"chosen,omitempty"` // the customer chose the language: the bank's records don't change it
	Zone      string            `json:"zone,omitempty"`
	Customers []string          `json:"customers,omitempty"` // the bank's references: aliases, like addresses
	Addresses []Reachable       `json:"addresses"`
	Evidence  []policy.Evidence `json:"evidence,omitempty"`
	Flags     map[string]string `json:"flags,omitempty"` // flag -> customer reference
	Stopped   bool              `json:"stopped,omitempty"`
	Consent   []policy.Consent  `json:"consent,omitempty"`
	Sent      []policy.Sent     `json:"sent,omitempty"` // recent proactive messages, for the caps
	LastText  time.Time         `json:"last_text,omitzero"`

	Newer string `json:"-"` // see Schema
}

// Reachable is one address and what is known of it.
type Reachable struct {
	Address message.Address `json:"address"`
	Since   time.Time       `json:"since"`               // on record since
	Inbound time.Time       `json:"inbound,omitzero"`    // the customer's last message from here: WhatsApp's window
	Bad     string          `json:"bad,omitempty"`       // why nothing arrives here any more
	Record  bool            `json:"on_record,omitempty"` // the bank gave it; else the customer wrote from it

	Newer string `json:"-"` // see Schema
}

// Case is one matter, running one pinned version of one workflow.
type Case struct {
	ID        string            `json:"id"`
	Source    string            `json:"source"`
	External  string            `json:"external"`
	Subject   string            `json:"subject"` // the customer reference it is about
	Ref       string            `json:"ref"`
	Workflow  string            `json:"workflow"` // name@hash, pinned
	Opened    time.Time         `json:"opened"`
	Ended     time.Time         `json:"ended,omitzero"`
	State     string            `json:"state"`             // a state, an outcome or an exception; empty: not yet begun
	Phase     Phase             `json:"phase"`             //
	Facts     map[string]Fact   `json:"facts,omitempty"`   // canonical text
	Proofs    map[string][]byte `json:"proofs,omitempty"`  // keyed hashes of the secret ones
	Resume    string            `json:"resume,omitempty"`  // the state to enter once a lookup, a challenge or its turn has come
	Looked    map[string]int    `json:"looked,omitempty"`  // "PLACE SYSTEM.OPERATION": lookups tried before going there
	Answer    string            `json:"answer,omitempty"`  // "4 friday": what is left for the next question
	Visits    map[string]int    `json:"visits,omitempty"`  // of states with times
	Missed    int               `json:"missed,omitempty"`  // answers in a row not understood, in this state
	Nudges    int               `json:"nudges,omitempty"`  // reminders sent in this state
	Reached   int               `json:"reached,omitempty"` // steps of reach taken
	Thread    message.Address   `json:"thread,omitempty"`  // where the case goes on: the last address that was written to or from
	Same      string            `json:"same,omitempty"`    // the channel of the case that opened this one
	Pick      string            `json:"pick,omitempty"`    // an option chosen, to be judged again once its facts are fresh
	Doing     string            `json:"doing,omitempty"`   // the effect whose result the case waits for
	Waiters   []string          `json:"waiters,omitempty"` // lookups on their way, for Resume
	Move      uint64            `json:"move,omitempty"`    // raised at each change of state
	Awaited   uint64            `json:"awaited,omitempty"` // the Move at which State was put where the case goes on, not entered yet
	Outcome   string            `json:"outcome,omitempty"` // once reached, also while its writeback is on the way
	Exception string            `json:"exception,omitempty"`
	Back      []string          `json:"back,omitempty"` // questions asked, for BACK
	Undo      *Undo             `json:"undo,omitempty"`
	Block     *Block            `json:"block,omitempty"`
	Writes    []Written         `json:"writes,omitempty"` // acknowledged writebacks

	Newer string `json:"-"` // see Schema
}

// Phase says what a case waits for.
type Phase string

// The phases of a case.
const (
	Queued   Phase = "queued"   // not yet begun: others have the turn
	Running  Phase = "running"  // the customer is asked, or a named event awaited
	Looking  Phase = "looking"  // a lookup is on its way
	Doing    Phase = "doing"    // a do state's writeback is on its way
	Settling Phase = "settling" // an outcome's writeback is on its way
	Blocked  Phase = "blocked"  // with a person
	Closed   Phase = "closed"
)

// Fact is one typed value, in canonical text, and since when we know it.
type Fact struct {
	Value string    `json:"value"`
	At    time.Time `json:"at"`

	Newer string `json:"-"` // see Schema
}

// Written is one acknowledged writeback.
type Written struct {
	Operation string    `json:"operation"`
	Receipt   string    `json:"receipt,omitempty"`
	At        time.Time `json:"at"`

	Newer string `json:"-"` // see Schema
}

// Undo is an open offer to reverse a commitment.
type Undo struct {
	End   string    `json:"outcome"` // the outcome or exception that made it
	Until time.Time `json:"until"`

	Newer string `json:"-"` // see Schema
}

// Block is what a case's last exception has begun and isn't over with its handoff: what it opens, and what it wrote and
// may be undone. It goes once neither can change any more.
type Block struct {
	Exception string `json:"exception"`
	Write     string `json:"write,omitempty"`    // the effect whose acknowledgement both wait for
	Over      bool   `json:"over,omitempty"`     // the case went on with the bot: nothing is opened
	Resolved  bool   `json:"resolved,omitempty"` // by a person: nothing is undone

	Newer string `json:"-"` // see Schema
}

// Prompt is the last thing asked in one thread. A reply picks from it and from nothing else.
type Prompt struct {
	Case    string    `json:"case"`
	State   string    `json:"state"`
	Move    uint64    `json:"move,omitempty"` // the case's when it was asked
	Serial  uint64    `json:"serial"`         // of all prompts of this conversation: a button carries it, a stale tap never acts
	At      time.Time `json:"at"`
	Options []Shown   `json:"options,omitempty"`

	Newer string `json:"-"` // see Schema
}

// Shown is one option as it was shown.
type Shown struct {
	ID    string            `json:"id"`
	Label string            `json:"label"`
	Short string            `json:"short,omitempty"`
	Value map[string]string `json:"value,omitempty"` // an offer's

	Newer string `json:"-"` // see Schema
}

// Challenge is an open question of who is replying.
type Challenge struct {
	ID      string           `json:"id"`
	Case    string           `json:"case"`
	Subject string           `json:"subject"`
	Address message.Address  `json:"address"` // the thread it was asked in
	Facts   []string         `json:"facts"`   // the secret facts asked, together
	Code    *SpareCode       `json:"code,omitempty"`
	Until   time.Time        `json:"until"`          // of the code
	Sent    bool             `json:"sent,omitempty"` // the code went out
	Half    *Half            `json:"half,omitempty"` // what has come of an answer
	Tries   int              `json:"tries"`          // counted before comparing; a resend never resets it
	Then    string           `json:"then"`           // the state that the customer had chosen
	Needs   policy.Assurance `json:"needs"`

	Newer string `json:"-"` // see Schema
}

// Handoff is a case given to a person. The bot is silent until it is returned or resolved, or the customer says MENU
// before anyone has claimed it.
type Handoff struct {
	Case    string    `json:"case"`
	Reason  string    `json:"reason"` // the exception's name
	Queue   string    `json:"queue"`
	At      time.Time `json:"at"`
	Claimed string    `json:"claimed,omitempty"` // by whom
	Back    string    `json:"back,omitempty"`

	Newer string `json:"-"` // see Schema
}

// Timer is something that wants attention at a time.
type Timer struct {
	Name string    `json:"name"` // silence, expires, wait, undo, reach, open, code, settling, with its generation: silence#12
	Case string    `json:"case,omitempty"`
	Due  time.Time `json:"due"`
	Open *Opening  `json:"open,omitempty"`
	// Report is news from a system that waits for the result of a change on its way.
	Report *SystemReported `json:"report,omitempty"`

	Newer string `json:"-"` // see Schema
}

// Opening is a case that another one opens, later.
type Opening struct {
	Workflow  string            `json:"workflow"`
	From      string            `json:"from"`                // the case that opens it
	Exception string            `json:"exception,omitempty"` // by this one: only once in the case's life
	Channel   string            `json:"channel,omitempty"`
	Facts     map[string]string `json:"facts,omitempty"`
	Proofs    map[string][]byte `json:"proofs,omitempty"`
	Customer  string            `json:"customer"`
	Ref       string            `json:"ref"`

	Newer string `json:"-"` // see Schema
}
