package crowd

import (
	"regexp"
	"strings"

	"github.com/settle-chat/settle/channels/simulator"
)

// move is one thing that a customer does; the zero move is nothing.
type move struct {
	tap  string // a choice's payload
	text string // or what they type
	pay  string // or the payment page that they pay on
	stop bool   // what they type is STOP
}

// What the shipped texts say where there is nothing to choose.
var (
	payLink  = regexp.MustCompile(`https://pay\.example/p/([A-Za-z0-9_-]+)`)
	upTo     = regexp.MustCompile(`How much .* to (?:R )?([0-9   ]+),([0-9]{2})`)
	aboutUs  = "Is this us?"
	whoAsks  = "reply with your"
	whichDay = "On which day?"
	stopSaid = "you won't get any more messages"
)

func isConfirmation(b simulator.Bubble) bool { return strings.Contains(b.Text, stopSaid) }

func isMenu(b simulator.Bubble) bool { return option(b, "hardship") != "" }

// option is the payload of an option that a bubble shows; empty where it doesn't.
func option(b simulator.Bubble, ids ...string) string {
	for _, id := range ids {
		for _, c := range b.Choices {
			if strings.HasSuffix(c.ID, "."+id) {
				return c.ID
			}
		}
	}
	return ""
}

// wants says whether the customer has something to say to what they see.
func (p *person) wants() bool {
	b := p.bubble
	return len(b.Choices) > 0 || strings.Contains(b.Text, whoAsks) || strings.Contains(b.Text, whichDay) || payLink.MatchString(b.Text) || upTo.MatchString(b.Text)
}

// chosen are the menu's options by temper, the first that is there.
var chosen = map[Temper][]string{
	Pays: {"pay"}, Promises: {"promise", "plan", "pay"}, Mistypes: {"promise", "plan", "pay"}, Plans: {"plan", "promise", "pay"},
	Disputes: {"dispute"}, CantPay: {"hardship"},
}

// decide is what the customer does about what their telephone shows. It is long and straight: one line for each message.
func (p *person) decide() move {
	b := p.bubble
	switch {
	case p.temper == Stops:
		return move{text: "STOP", stop: true}
	case p.temper == Asks && !p.asked:
		p.asked = true
		return move{text: "agent"}
	case p.temper == Asks:
		return move{}
	case p.temper == Stranger:
		return p.tap("wrong-person")
	case strings.Contains(b.Text, aboutUs) && option(b, "continue") != "":
		if p.temper == Mistypes && !p.mistyped {
			p.mistyped = true
			return move{text: "who is this"}
		}
		return p.tap("continue")
	case strings.Contains(b.Text, whoAsks):
		return p.introduces()
	case isMenu(b):
		return p.tap(chosen[p.temper]...)
	case payLink.MatchString(b.Text):
		return move{pay: payLink.FindStringSubmatch(b.Text)[1]}
	case upTo.MatchString(b.Text):
		m := upTo.FindStringSubmatch(b.Text)
		return move{text: strings.Join(strings.FieldsFunc(m[1], func(r rune) bool { return r < '0' || r > '9' }), "") + "." + m[2]}
	case strings.Contains(b.Text, whichDay):
		return move{text: "friday"}
	case option(b, "yes") != "":
		return p.tap("yes")
	case option(b, "wrong-amount") != "":
		return p.tap("wrong-amount")
	case option(b, "0") != "" || len(b.Choices) > 0 && strings.Contains(b.Text, "plan"):
		return move{tap: b.Choices[0].ID}
	}
	return move{}
}

// introduces says who the customer is. Who mistypes has the day wrong first: it is not right, and the next one is.
func (p *person) introduces() move {
	if p.temper == Mistypes && !p.erred {
		p.erred = true
		return move{text: "1 January 00001"}
	}
	return move{text: p.KnownBy}
}

func (p *person) tap(ids ...string) move {
	if id := option(p.bubble, ids...); id != "" {
		return move{tap: id}
	}
	return move{}
}
