// Package policy decides whether something may be done: is this enough assurance, may this message be sent now. Every
// answer carries its reasons. It is pure and denies by default: the same values give the same answer on every machine, time
// zones included, and what is unknown, not recorded or not spoken of is not allowed. Configuration can only ask for more.
package policy

import (
	"fmt"
	"time"

	"github.com/settle-chat/settle/message"
)

// Assurance is how sure we are who is replying (DESIGN.md, section 5). Higher is surer.
type Assurance int8

// The levels. Their evidence and how long it lasts is in Level.
const (
	Anyone Assurance = iota
	Device
	Person
	Approval
	Passkey
)

var assurances = []string{"anyone", "device", "person", "approval", "passkey"}

func (a Assurance) String() string { return nameOf(assurances, int(a)) }

// MarshalText writes the level's name.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the level's name.
func (a *Assurance) UnmarshalText(b []byte) error {
	i, err := indexOf("assurance", assurances, string(b))
	*a = Assurance(i)
	return err
}

// Risk is what an operation does. Higher is graver.
type Risk int8

// The risks, in DESIGN.md's words.
const (
	Info Risk = iota
	Service
	Commitment
	PayIn
	Money
	Authority
	Identity
)

var risks = []string{"info", "service", "commitment", "pay-in", "money", "authority", "identity"}

func (r Risk) String() string { return nameOf(risks, int(r)) }

// MarshalText writes the risk's name.
func (r Risk) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the risk's name.
func (r *Risk) UnmarshalText(b []byte) error {
	i, err := indexOf("risk", risks, string(b))
	*r = Risk(i)
	return err
}

// Needs is the floor: the least assurance that this risk demands. Configuration can only raise it.
func (r Risk) Needs() Assurance {
	switch r {
	case Info:
		return Anyone
	case Service:
		return Device
	case Commitment, PayIn:
		return Person
	}
	return Approval // money, authority, identity, and whatever isn't known
}

// EvidenceKind says what was shown. Evidence is recorded as what it is; none of it is called an authenticator level.
type EvidenceKind string

// The kinds of evidence that this release gathers.
const (
	ProviderSigned EvidenceKind = "provider-signed" // a provider-signed message from an address on file
	KnownFacts     EvidenceKind = "known-facts"     // two known facts of different classes, asked together
	FactAndCode    EvidenceKind = "fact-and-code"   // one known fact and a code typed in the thread that carried it
)

// Evidence is one thing shown by whoever replies.
type Evidence struct {
	Kind       EvidenceKind    `json:"kind"`
	Subject    string          `json:"subject,omitempty"` // the customer reference whose facts were checked; empty at device
	Address    message.Address `json:"address"`           // where it came from
	At         time.Time       `json:"at"`
	Restricted bool            `json:"restricted,omitempty"` // SMS possession (SP 800-63B-4, 3.1.3.3)

	Newer string `json:"-"` // what a newer release has added, as it came
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return names[i]
}

func indexOf(what string, names []string, name string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q: one of %v", what, name, names)
}
