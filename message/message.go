// Package message holds what a customer and Settle say to each other, free of any provider's form: addresses,
// messages with their choices, what comes in, and a provider's news about what went out.
//
// It promises that an Address prints masked; that Render shows every choice uncut and in order, in the richest form that a
// channel has, or says what doesn't fit; that Count costs an SMS as Twilio does; that a value through Clean can't change the
// text around it; and that Word hears a request for no more messages in any disguise, and leaves ordinary sentences alone.
//
// It is pure: it imports the standard library, golang.org/x/text and one grapheme library, and touches nothing outside.
package message

import "time"

// ID is a provider's name for one message, for example Twilio's SM....
type ID string

// Message is what the bot says: a text, the choices below it, and, where a thread is closed to free text, the approved
// template that may be sent instead.
type Message struct {
	Text     string   `json:"text"`
	Choices  []Choice `json:"choices,omitempty"`
	Template string   `json:"template,omitempty"` // name of the provider-approved template; empty where there is none

	Newer string `json:"-"` // what a newer release has added, as it came
}

// Choice is one reply that is offered. Texts never number choices: rendering does.
type Choice struct {
	ID          string `json:"id"`                    // the payload that comes back when it is tapped
	Label       string `json:"label"`                 // in full
	Short       string `json:"short,omitempty"`       // for a button or a list row; Label where empty
	Description string `json:"description,omitempty"` // second line of a list row

	Newer string `json:"-"` // what a newer release has added, as it came
}

// Outbound is one message on its way to one address.
type Outbound struct {
	Key          string        // the effect's ID: it comes back with every receipt
	Conversation string        // where receipts belong
	To           Address       //
	Message      Message       // not yet rendered: the channel renders it to what it can show
	Validity     time.Duration // the provider must give up after this long; never zero
	Since        time.Time     // when this send was first tried, for a Finder
}

// Inbound is one message from a customer.
type Inbound struct {
	ID      string    // with its source, for example twilio/SM...: the event's idempotency key
	From    Address   //
	Also    Address   // a second address that the same signed event names (a business-scoped user ID beside the phone)
	To      string    // the bank's sender, as the provider writes it
	Text    string    // at most MaxInbound runes
	Choice  string    // the tapped choice's payload, empty where the customer typed
	At      time.Time // the provider's time where it says one, else zero
	Media   []Media   //
	Optout  string    // STOP, START or HELP where the provider has already answered it (Twilio's Advanced Opt-Out)
	Clipped bool      // the text was longer than MaxInbound
}

// MaxInbound is how many runes of an inbound text are kept (SECURITY.md, attack 20).
const MaxInbound = 4096

// Media is one attachment, by reference: it is fetched later, by an effect, from the provider's own host.
type Media struct {
	URL  string `json:"url"`
	Type string `json:"type"` // as the provider says, not trusted
}

// Status is a provider's news about a message. Later ones have higher ranks; a receipt never moves backwards.
type Status string

// The statuses, in the order of their ranks. Failed is final whenever it comes.
const (
	Accepted  Status = "accepted"
	Sent      Status = "sent"
	Delivered Status = "delivered"
	Read      Status = "read"
	Failed    Status = "failed"
)

// Rank orders statuses: Accepted 1, Sent 2, Delivered 3, Read 4, Failed 5; an unknown status is 0.
func (s Status) Rank() int {
	switch s {
	case Accepted:
		return 1
	case Sent:
		return 2
	case Delivered:
		return 3
	case Read:
		return 4
	case Failed:
		return 5
	}
	return 0
}

// Receipt is a provider's news about one message.
type Receipt struct {
	ID           string // with its source and status, for example twilio/SM.../delivered
	Message      ID
	Key          string // the effect's ID, as it came back
	Conversation string // as it came back
	Status       Status
	Code         string // the provider's error code, for Failed
	OptedOut     bool   // the provider says that the customer has left (Twilio 21610)
}

// Capabilities says what a channel can show, as data. Zero means it can't.
type Capabilities struct {
	Channel         string // sms, whatsapp, email, console
	Buttons         int    // most reply buttons
	ButtonLabel     int    // most characters in one
	List            int    // most rows in a list
	ListLabel       int    // most characters in a row's title
	ListDescription int    //
	Text            int    // most characters in a text
	Segments        int    // most SMS segments in a text; zero where the channel has none
	Window          bool   // free text only within the session window
	Templates       bool   // approved templates are sent outside of it
}
