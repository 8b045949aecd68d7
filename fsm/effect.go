package fsm

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"time"

	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// Effect is something to be done outside, in the imperative. It is part of the conversation until the event that reports
// its result removes it. Exactly one of its pointers is set.
type Effect struct {
	ID      string    `json:"id"`
	Lane    string    `json:"lane"`           // effects of one lane run in order; only the head of a lane is run
	Case    string    `json:"case,omitempty"` // empty: the conversation's own
	Due     time.Time `json:"due"`            // not before
	Since   time.Time `json:"since"`          // when it was first wanted
	Attempt int       `json:"attempt"`        // of the next run, from 1
	Doubt   bool      `json:"doubt,omitempty"`
	Again   bool      `json:"again,omitempty"` // a reply that was sent once more after doubt

	Send        *Send        `json:"send,omitempty"`
	LookUp      *LookUp      `json:"look_up,omitempty"`
	WriteBack   *WriteBack   `json:"write_back,omitempty"`
	IssueCode   *IssueCode   `json:"issue_code,omitempty"`
	Suppress    *Suppress    `json:"suppress,omitempty"`
	NoteLockout *NoteLockout `json:"note_lockout,omitempty"`
	Absorb      *Absorb      `json:"absorb,omitempty"`

	Newer string `json:"-"` // see Schema
}

// SendKind says which rules a message falls under.
type SendKind string

// The kinds of messages.
const (
	Reply        SendKind = "reply"        // answers what the customer has just said or done
	Proactive    SendKind = "proactive"    // ours to begin: a first message, news after a wait
	Reminder     SendKind = "reminder"     // proactive, and dropped when the customer writes first
	Confirmation SendKind = "confirmation" // the one answer to STOP or START
)

// Send is one message.
type Send struct {
	To      message.Address `json:"to"`
	Message message.Message `json:"message"`
	Kind    SendKind        `json:"kind"`
	Purpose string          `json:"purpose"`
	Text    string          `json:"text"`            // the text's name, for the journal
	Until   time.Time       `json:"until"`           // the end of its permitted window: worthless after
	Epoch   uint64          `json:"epoch"`           // the conversation's when it was decided
	Prompt  bool            `json:"prompt,omitzero"` // the customer is asked something

	// What it shows needs this much, of this subject, also when it goes out.
	Needs   policy.Assurance `json:"needs,omitzero"`
	Subject string           `json:"subject,omitempty"`

	Newer string `json:"-"` // see Schema
}

// LookUp reads facts from a system of record.
type LookUp struct {
	System    string            `json:"system"`
	Operation string            `json:"operation"`
	In        map[string]string `json:"in"`

	Newer string `json:"-"` // see Schema
}

// WriteBack changes a system of record.
type WriteBack struct {
	System    string            `json:"system"`
	Operation string            `json:"operation"`
	In        map[string]string `json:"in"`
	For       WriteFor          `json:"for"`

	Newer string `json:"-"` // see Schema
}

// WriteFor says what waits for a writeback.
type WriteFor string

// What waits for a writeback.
const (
	ForState   WriteFor = "state"   // a do state: its result chooses the arrow
	ForOutcome WriteFor = "outcome" // the case's end: it isn't resolved before
	ForUndo    WriteFor = "undo"
	ForNobody  WriteFor = "also"
)

// IssueCode sends a one-time code. The code is derived by its sender from Ref and is in no document, journal or effect.
type IssueCode struct {
	Ref   string          `json:"ref"`
	To    message.Address `json:"to"`
	Until time.Time       `json:"until"`
	Text  string          `json:"text"` // around the placeholder {code}
	Epoch uint64          `json:"epoch"`

	Newer string `json:"-"` // see Schema
}

// Suppress writes or lifts the suppression of addresses in their own records.
type Suppress struct {
	Addresses []message.Address `json:"addresses"`
	Stopped   bool              `json:"stopped"`

	Newer string `json:"-"` // see Schema
}

// Kind names what the effect does, for logs, metrics and the journal.
func (e Effect) Kind() string {
	switch {
	case e.Send != nil:
		return "send"
	case e.LookUp != nil:
		return "look-up"
	case e.WriteBack != nil:
		return "write-back"
	case e.IssueCode != nil:
		return "issue-code"
	case e.Suppress != nil:
		return "suppress"
	case e.NoteLockout != nil:
		return "note-lockout"
	case e.Absorb != nil:
		return "absorb"
	}
	return "nothing"
}

// EffectID is the first 16 bytes of SHA-256(conversation, event ID, position), in base32: 26 characters.
func EffectID(conversation, event string, position int) string {
	of := append(append(make([]byte, 0, 128), conversation...), 0)
	of = append(append(of, event...), 0)
	sum := sha256.Sum256(strconv.AppendInt(of, int64(position), 10))
	return unpadded.EncodeToString(sum[:16])
}

var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

// ResultID is the event ID of an effect's result: a throttled and then an ok must not be each other's duplicate.
func ResultID(effect string, attempt int, result Result) string {
	return fmt.Sprintf("effect/%s/%d/%s", effect, attempt, result)
}
