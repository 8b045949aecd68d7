package demo

import (
	"fmt"
	"strings"

	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/message"
)

// onScreen are the messages that a telephone shows; coming says that more of the bank's are on their way to it.
func onScreen(thread []simulator.Bubble) (shown []simulator.Bubble, coming bool) {
	for _, b := range thread {
		if b.From == simulator.Bot && (b.Status == message.Accepted || b.Status == message.Sent) {
			coming = true
			continue
		}
		shown = append(shown, b)
	}
	return shown, coming
}

// tappable says whether a message has buttons or a list to tap; numbered lines are typed.
func tappable(b simulator.Bubble) bool {
	return len(b.Choices) > 0 && (b.Form == message.FormButtons || b.Form == message.FormList)
}

// ticks is how far one of the bank's messages has come, and what it costs.
func ticks(b simulator.Bubble) string {
	switch {
	case b.From != simulator.Bot:
		return ""
	case b.Failure != "":
		return "not delivered: " + b.Failure
	case b.Segments.Segments > 1:
		return fmt.Sprintf("%s, %d segments", b.Status, b.Segments.Segments)
	}
	return string(b.Status)
}

// labels are the choices of a message that is only looked at.
func labels(choices []message.Choice) string {
	all := make([]string, len(choices))
	for i, c := range choices {
		all[i] = c.Label
	}
	return strings.Join(all, " · ")
}
