package policy

import (
	"slices"
	"time"

	"github.com/settle-chat/settle/message"
)

// Purpose is why a message is sent. Consent, hours and caps are per purpose.
type Purpose string

// The purposes. Any other is refused.
const (
	PurposeCollection Purpose = "collection"
	PurposeBilling    Purpose = "billing"
	PurposeCompliance Purpose = "compliance"
	PurposeService    Purpose = "service"
)

var purposes = []Purpose{PurposeCollection, PurposeBilling, PurposeCompliance, PurposeService}

// Kind is what makes a message go out.
type Kind string

// The kinds. Any other is refused.
const (
	Reply        Kind = "reply"        // it answers the customer's own message
	Proactive    Kind = "proactive"    // we start
	Confirmation Kind = "confirmation" // the one answer to STOP or START, and nothing else in it
)

// Flag is something known about a contact that forbids contact about money.
type Flag string

// The flags. One that is not listed stops every proactive message: what we can't read we don't ignore.
const (
	FlagDispute        Flag = "dispute"
	FlagCease          Flag = "cease" // a written request to stop communicating
	FlagAttorney       Flag = "attorney"
	FlagBankruptcy     Flag = "bankruptcy"
	FlagDeceased       Flag = "deceased"
	FlagBreathingSpace Flag = "breathing-space"
	FlagHardship       Flag = "hardship"
	FlagWrongPerson    Flag = "wrong-person"
)

var flags = []Flag{FlagDispute, FlagCease, FlagAttorney, FlagBankruptcy, FlagDeceased, FlagBreathingSpace, FlagHardship,
	FlagWrongPerson}

// Creditor is whose debt a message speaks for.
type Creditor string

// The creditors. Empty means FirstParty; an unknown one is refused.
const (
	FirstParty Creditor = "first-party"
	ThirdParty Creditor = "third-party"
)

// Contact is what is known of whoever would be written to, at the address that would be used.
type Contact struct {
	Address message.Address
	Zones   []string // every candidate: the address on file's, the number's, the last known; none refuses what we start
	Consent []Consent
	Stopped bool // this address is suppressed
	Flags   []Flag
	Sent    []Sent // proactive sends on all channels, at least as far back as the longest cap
	// Inconvenient are the weekly times that the customer has named; they count in every candidate zone.
	Inconvenient []Window
	LastInbound  time.Time // the customer's last message from Address: it opens a session window
	LastHeard    time.Time // the customer's last message from any address, where that is later
}

// Consent is one line of the consent ledger. Of one channel and purpose the latest line counts; of two at the same time,
// the one that is not given.
type Consent struct {
	Channel string    `json:"channel"`
	Purpose Purpose   `json:"purpose"`
	Given   bool      `json:"given"`
	Source  string    `json:"source"` // where we have it from; a consent without a source is none
	Text    string    `json:"text,omitempty"`
	At      time.Time `json:"at"`

	Newer string `json:"-"` // what a newer release has added, as it came
}

// Sent is one proactive message that went out.
type Sent struct {
	At      time.Time `json:"at"`
	Channel string    `json:"channel"`
	Purpose Purpose   `json:"purpose"`

	Newer string `json:"-"` // what a newer release has added, as it came
}

// Message is what would be sent, as far as permission is concerned.
type Message struct {
	Purpose  Purpose
	Kind     Kind
	Channel  string // as Address.Channel says it
	Creditor Creditor
	Template bool // an approved template, which may be sent outside a session window
}

// Rules are the rules in force, as data. They can only forbid: what no rule speaks of is refused.
type Rules struct {
	Channels []Channel `json:"channels"`
	Bars     []Bar     `json:"bars"`
	Replies  []Answer  `json:"replies"`
	Hours    []Hours   `json:"hours"`
	Caps     []Cap     `json:"caps"`
	// StopFlags are the flags that stop what we start, by purpose. Every flag stops collection, listed or not.
	StopFlags map[Purpose][]Flag `json:"stop_flags"`
}

// Channel lets a channel be used at all.
type Channel struct {
	ID     string        `json:"id"`
	Source string        `json:"source"`
	Name   string        `json:"name"`
	Window time.Duration `json:"window,omitempty"` // how long free text is allowed after the customer's last message; zero: always
}

// Bar forbids a creditor's purpose on a channel, for addresses that begin with one of the prefixes.
type Bar struct {
	ID       string   `json:"id"`
	Source   string   `json:"source"`
	Creditor Creditor `json:"creditor"`
	Purpose  Purpose  `json:"purpose"`
	Channel  string   `json:"channel"`
	Prefixes []string `json:"prefixes"` // of the address's value, for example +1
}

// Answer lets a reply go out whatever hours and caps say, for a while after the customer's message. A later one is judged
// like a message that we start: an answer two days old at midnight is no answer.
type Answer struct {
	ID      string        `json:"id"`
	Source  string        `json:"source"`
	Within  time.Duration `json:"within"`
	Despite []Flag        `json:"despite,omitempty"` // the stopping flags under which it still holds
}

// Across says what a cap counts together.
type Across string

// The ways to count. Any other is never satisfied.
const (
	AcrossContact Across = "contact" // all channels
	AcrossChannel Across = "channel" // the message's own channel
)

// Cap allows at most Most messages within any period of Per.
type Cap struct {
	ID       string        `json:"id"`
	Source   string        `json:"source"`
	Purposes []Purpose     `json:"purposes,omitempty"` // none: every purpose
	Most     int           `json:"most"`
	Per      time.Duration `json:"per"`
	Across   Across        `json:"across"`
}

// DefaultRules are the rules where no pack says otherwise: the strictest of what is shipped, so that they are safe before
// anybody knows where a customer lives.
func DefaultRules() Rules {
	return Rules{
		Channels: []Channel{
			{ID: "channel/sms", Source: "CTIA messaging principles", Name: "sms"},
			{ID: "channel/whatsapp", Source: "WhatsApp Business messaging policy: 24-hour window", Name: "whatsapp", Window: 24 * time.Hour},
			{ID: "channel/email", Source: "12 CFR 1006.6(d)(4)", Name: "email"},
			{ID: "channel/console", Source: "the operator's own terminal", Name: "console"},
		},
		Bars: []Bar{{
			// +1 takes in a few islands besides the United States and Canada: too strict there, never too lax.
			ID: "bar/us-ca-sms-third-party", Source: "Twilio 30863: no third-party collection on US and CA SMS",
			Creditor: ThirdParty, Purpose: PurposeCollection, Channel: "sms", Prefixes: []string{"+1"},
		}},
		Replies: []Answer{
			{ID: "reply/own-message", Source: "12 CFR 1006.6(b)(1): consumer-initiated", Within: 24 * time.Hour, Despite: without(flags, FlagCease)},
			{ID: "reply/after-cease", Source: "12 CFR 1006.14(h)(2): a response to consumer-initiated contact in its medium",
				Within: 24 * time.Hour, Despite: slices.Clone(flags)},
		},
		// The United States allow 08:00 to 21:00; the British rule (CONC 7.9.4 R) names no hours and is kept as 20:00. The
		// shorter day is the strictest of the two, and what is not known to be elsewhere gets it.
		Hours: []Hours{{
			ID: "hours/default", Source: "12 CFR 1006.6(b)(1)(i) (08:00 to 21:00), CONC 7.9.4 R (reasonable times): the strictest",
			Open: []Window{{From: 8 * 60, To: 20 * 60}},
		}},
		// The rule is written of calls; we keep it for everything that we start.
		Caps: []Cap{{ID: "cap/default", Source: "12 CFR 1006.14(b)(2)(i)(A)", Most: 7, Per: 7 * 24 * time.Hour, Across: AcrossContact}},
		StopFlags: map[Purpose][]Flag{
			PurposeCollection: slices.Clone(flags),
			// What the law stops any demand for; a dispute or hardship doesn't make an invoice unlawful.
			PurposeBilling:    without(flags, FlagDispute, FlagHardship),
			PurposeCompliance: {FlagDeceased, FlagWrongPerson},
			PurposeService:    {FlagDeceased, FlagWrongPerson},
		},
	}
}

func without(all []Flag, not ...Flag) []Flag {
	return slices.DeleteFunc(slices.Clone(all), func(f Flag) bool { return slices.Contains(not, f) })
}
