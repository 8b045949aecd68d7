package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var widths = []int64{375, 1440}

// recognised is a contact's thread up to the menu.
func (v *visitor) recognised(contact, knownBy string) {
	v.t.Helper()
	v.open("/sim/" + contact + "/whatsapp")
	v.sees("#bubbles", "Is this us?")
	v.taps("Continue")
	v.sees("#bubbles", "day and month of birth")
	v.writes(knownBy)
	v.sees("#bubbles", "What would you like to do?")
}

// TestStory is the seed case, clicked through on the telephone: a reminder, recognised, a promise to pay, a row in the ledger.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, width := range widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			v := browse(t, runDemo(t), width)
			v.recognised("c1", "14 March 2196")
			v.sees("#engine", "person: two known facts")
			v.inspect("sim")
			v.writes("4 friday")
			v.sees("#bubbles", "How much will you pay?")
			v.writes("1250")
			v.sees("#bubbles", "Right?")
			v.taps("Yes")
			v.sees("#bubbles", "We've recorded")
			v.sees("#engine", "core.record-promise")
			v.open("/ledger")
			v.sees("#table-promises", "A-001 1250.00")
			v.inspect("ledger")
			v.open("/graph/c1")
			v.sees("#drawing", "Now in promised")
			v.inspect("graph")
		})
	}
}

// TestGuide is the guided story on the first page, one button.
func TestGuide(t *testing.T) {
	t.Parallel()
	for _, width := range widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			v := browse(t, runDemo(t), width)
			v.open("/")
			v.inspect("home")
			for _, next := range []string{"Begin", "Next: Thandi replies", "Next: She is recognised", "Next: She promises to pay", "Next: She says how much", "Next: She confirms"} {
				v.taps(next)
			}
			v.sees("#story-row", "A-001 1250.00")
			v.sees("#story", "The case has ended")
			v.inspect("story")
		})
	}
}

// TestPays opens the payment provider's page within the telephone, and the payment becomes a row.
func TestPays(t *testing.T) {
	t.Parallel()
	v := browse(t, runDemo(t), 375)
	v.open("/sim/c2/sms")
	v.writes("hello") // a number picks from the menu of its own thread only
	v.sees("#bubbles", "1 Continue")
	v.writes("1")
	v.sees("#bubbles", "day and month of birth")
	v.writes("2 July 8001")
	v.sees("#bubbles", "R 180,00 was due")
	v.writes("1")
	v.sees("#bubbles", "Pay R 180,00 to Acme Bank here")
	v.tapsIn("#bubbles a")
	v.sees("header .button", "Close the page")
	v.inspect("pay")
	v.paysInFrame()
	v.taps("Close the page")
	v.sees("#bubbles", "we've received it")
	v.open("/ledger")
	v.sees("#table-payments", "A-002 180.00")
}

// TestDesk: what the bot can't finish is taken on, answered, and resolved; its outcome is in the ledger.
func TestDesk(t *testing.T) {
	t.Parallel()
	for _, width := range widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			v := browse(t, runDemo(t), width)
			v.open("/desk")
			v.sees("main", "Nothing waits.")
			v.recognised("c3", "23 November 0002")
			v.taps("Something else")
			v.sees("#bubbles", "A colleague will find a way")
			v.open("/desk")
			v.inspect("desk")
			v.taps("nothing-fits")
			v.taps("Take it")
			v.sees("main", "Write to the customer")
			v.inspect("case")
			v.do("write to the customer", sendKeys("#reply", "Good morning, what would help you?"))
			v.taps("Send")
			v.sees("#told", "Good morning, what would help you?")
			v.open("/sim/c3/whatsapp")
			v.sees("#bubbles", "Good morning, what would help you?")
			v.open("/desk")
			v.taps("nothing-fits")
			v.taps("Give it back to the bot")
			v.sees("main", "Nothing waits.")
			v.open("/sim/c3/whatsapp")
			v.sees("#engine", "Overdue account")
		})
	}
}

// TestDeskResolves: a colleague ends a case with an outcome, and it is written to the ledger.
func TestDeskResolves(t *testing.T) {
	t.Parallel()
	v := browse(t, runDemo(t), 1440)
	v.recognised("c1", "14 March 2196")
	v.taps("I disagree")
	v.sees("#bubbles", "What is wrong?")
	v.writes("the amount is wrong")
	v.sees("#bubbles", "We'll record that you disagree")
	v.writes("agent")
	v.sees("#engine", "with a person: asked-for-agent")
	v.open("/desk")
	v.taps("asked-for-agent")
	v.taps("Take it")
	v.sees("main", "Write to the customer")
	v.do("choose the outcome", chromedp.SetValue(chromedp.CSS("#outcome"), "disputed"))
	v.taps("Resolve")
	v.sees("main", "Its case has ended; what is left to do is yours.") // a dispute is still to be looked into
	v.open("/ledger")
	v.sees("#table-disputes", "A-001 wrong-amount")
	v.open("/sim/c1/whatsapp")
	v.sees("#engine", "outcome: disputed")
}

// TestTwoDemos: a second one beside the first has its own state.
func TestTwoDemos(t *testing.T) {
	t.Parallel()
	first, second := runDemo(t), runDemo(t)
	v, w := browse(t, first, 1440), browse(t, second, 1440)
	v.open("/sim/c1/sms")
	v.writes("STOP")
	v.sees("#engine", "stopped")
	w.open("/sim/c1/sms")
	w.sees("#engine", "Known as")
	if got := w.text("#engine"); strings.Contains(got, "stopped") {
		t.Errorf("the second demo says %q: it has the first one's state", got)
	}
}

// TestClock: when the time is moved on, what was due on the way has happened: the other channel was tried, and later reminded.
func TestClock(t *testing.T) {
	t.Parallel()
	v := browse(t, runDemo(t), 1440)
	v.open("/sim/c1/sms")
	v.sees("#bubbles", "Nothing here yet.")
	v.sees("#clock", "10:0")
	v.taps("A day on")
	v.sees("#bubbles", "Is this us?")
	v.taps("A day on")
	v.sees("#bubbles", "still waiting for your reply")
}
