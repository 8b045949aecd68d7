package fsm

import (
	"time"

	"github.com/settle-chat/settle/message"
)

// Commit is one value: what one event, or a batch of them, makes of a conversation. store.Commit adds only keys, sealing
// and claims.
type Commit struct {
	Expected     uint64       // the version that it was stepped from
	Conversation Conversation // the new document, at version Expected+1
	Wake         time.Time    // when the conversation next wants attention, claims aside; zero: never
	Journal      []Entry      // one for each event, in order
	Transcript   []Line       // what was said, in order
	Letters      []Letter     // events that could not be stepped
	Over         string       // by whom that version was written, told by the shell: a failover may bring another one of its number; empty: by anybody
}

// Entry is one event's line in the journal.
type Entry struct {
	Conversation string   `json:"conversation"`
	Version      uint64   `json:"version"`
	Event        Event    `json:"event"`
	Case         string   `json:"case,omitempty"`
	From         string   `json:"from,omitempty"`  // the case's state before
	To           string   `json:"to,omitempty"`    // and after
	Chose        string   `json:"chose,omitempty"` // the option taken, in From
	Path         []string `json:"path,omitempty"`  // every place entered on the way, in order
	Because      []string `json:"because"`         // in words for the audit log, why it moved or didn't
	Effects      []string `json:"effects,omitempty"`
}

// Line is one line of the transcript.
type Line struct {
	At      time.Time       `json:"at"`
	Who     string          `json:"who"` // customer, bot, agent, note
	Address message.Address `json:"address,omitempty"`
	Text    string          `json:"text"`
	Options []string        `json:"options,omitempty"`
	Effect  string          `json:"effect,omitempty"` // the send
}

// Letter is an event that could not be stepped: our bug, never the customer's.
type Letter struct {
	Event  Event  `json:"event"`
	Reason string `json:"reason"`

	// Unstepped says that the event changed nothing. Otherwise it was committed, and the letter tells what a person must see to.
	Unstepped bool `json:"unstepped,omitempty"`
}
