package desk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
)

// The desk's whole job through its forms: taken, answered, given back; taken again by another, and ended with an outcome.
func TestTheDesksJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.agent("Nomsa")
	a.wants(http.StatusOK, "Nothing waits.", "You are Nomsa.")
	c := b.asks()
	a.get("/desk")
	a.wants(http.StatusOK, "care", "asked-for-agent", c.path, "nobody yet")
	a.acts(c, "claim", "", "")
	a.wants(http.StatusOK, "Write to the customer", "Nomsa")
	a.acts(c, "reply", "text", "We can move it to the 30th.")
	a.wants(http.StatusOK)
	if got := b.heard(c); got[len(got)-1] != "We can move it to the 30th." {
		t.Errorf("the customer got %q last, want the reply and nothing about who wrote it", got)
	}
	a.get(c.path + "/story")
	a.wants(http.StatusOK, "We can move it to the 30th.", "Nomsa,")
	a.acts(c, "return", "", "")
	if a.path != "/desk" || !strings.Contains(a.page, "Nothing waits.") {
		t.Errorf("given back, it goes on at %s:\n%s\nwant the list, empty", a.path, a.page)
	}
	b.says(c, "agent")
	second := b.agent("Sipho")
	second.acts(c, "claim", "", "")
	second.acts(c, "resolve", "outcome", "settled")
	if second.path != "/desk" {
		t.Errorf("resolved, it goes on at %s, want the list", second.path)
	}
	second.get(c.path)
	second.wants(http.StatusNotFound, "Nothing waits here")
	if v, err := b.bot.Case(t.Context(), c.opened.Case); err != nil || v.Outcome != "settled" {
		t.Errorf("the case = %+v, %v, want it settled", v, err)
	}
	for _, path := range b.asked {
		for _, personal := range []string{"700900", "Thandi", "Nomsa", "Sipho", "30th", "4821", "A-1"} {
			if strings.Contains(path, personal) {
				t.Errorf("the address %s has %q in it", path, personal)
			}
		}
	}
	for _, personal := range []string{"700900", "Thandi", "Nomsa", "30th", "1250"} {
		if strings.Contains(b.log.String(), personal) {
			t.Errorf("the log has %q in it:\n%s", personal, b.log)
		}
	}
}

// The same form sent twice is done once; what was changed before it was sent again is another message, and isn't lost.
func TestOneFormIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	a := b.agent("Nomsa")
	a.acts(c, "claim", "", "")
	a.get(c.path)
	form := a.form("reply", "text", "Good morning.")
	for range 3 {
		a.post(c.path, form)
		a.wants(http.StatusOK)
	}
	form.Set("text", "Good evening.")
	a.post(c.path, form)
	b.settle()
	count := map[string]int{}
	for _, text := range b.heard(c) {
		count[text]++
	}
	if count["Good morning."] != 1 || count["Good evening."] != 1 {
		t.Errorf("the customer got %v, want each reply once", count)
	}
}

// What is refused is said with its reason, and what was written stays, also where there is no form for it any more.
func TestRefusalsKeepTheText(t *testing.T) {
	t.Parallel()
	const card, mine = "Is it 4111 1111 1111 1111?", "Shall we say the 30th?"
	for name, tc := range map[string]struct {
		text      string
		meanwhile func(b *bench, c *customer, a *agent)
		status    int
		why       string
	}{
		"a card number": {card, nil, http.StatusUnprocessableEntity, "last four digits only"},
		"nothing in it": {" \n ", nil, http.StatusUnprocessableEntity, "there is no text to send"},
		"too long":      {strings.Repeat("a", 1601), nil, http.StatusUnprocessableEntity, "send it in parts"},
		"another has it now": {mine, func(b *bench, c *customer, a *agent) {
			a.acts(c, "return", "", "")
			b.says(c, "agent")
			b.agent("Sipho").acts(c, "claim", "", "")
		}, http.StatusUnprocessableEntity, "Sipho has it, and only they can reply"},
		"nobody has it now": {mine, func(b *bench, c *customer, a *agent) {
			a.acts(c, "return", "", "")
			b.says(c, "agent")
		}, http.StatusUnprocessableEntity, "claim it first"},
		"STOP": {mine, func(b *bench, c *customer, _ *agent) { b.says(c, "STOP") }, http.StatusUnprocessableEntity, "has said STOP"},
		"it was resolved": {mine, func(_ *bench, c *customer, a *agent) { a.acts(c, "resolve", "outcome", "settled") },
			http.StatusNotFound, "Nothing waits here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c := b.asks()
			a := b.agent("Nomsa")
			a.acts(c, "claim", "", "")
			a.get(c.path)
			form := a.form("reply", "text", tc.text)
			if tc.meanwhile != nil {
				tc.meanwhile(b, c, a) // in another tab: this form is still open
			}
			before := len(b.heard(c))
			a.post(c.path, form)
			b.settle()
			a.wants(tc.status, tc.why, ">"+strings.TrimLeft(tc.text, "\n")+"</textarea>")
			if got := b.heard(c); len(got) != before {
				t.Errorf("the customer got %q", got[before:])
			}
		})
	}
}

// Two who take a case at once: one has it, the other is told who; neither can act for the other.
func TestTwoAgentsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	one, two := b.agent("Nomsa"), b.agent("Sipho")
	one.get(c.path)
	two.get(c.path)
	done := make(chan struct{})
	go func() { one.post(c.path, one.form("claim", "", "")); close(done) }()
	two.post(c.path, two.form("claim", "", ""))
	<-done
	if one.status != http.StatusOK {
		one, two = two, one
	}
	one.wants(http.StatusOK, "Write to the customer")
	two.wants(http.StatusUnprocessableEntity, "Not done:", "has it")
	two.lacks(`name="action"`)
	stolen := one.form("reply", "text", "Hello from another.") // its key included
	two.post(c.path, stolen)
	two.wants(http.StatusUnprocessableEntity, "only they can reply")
	one.post(c.path, stolen)
	one.wants(http.StatusOK)
	b.settle()
	if got := b.heard(c); got[len(got)-1] != "Hello from another." {
		t.Errorf("the customer got %q last, want the reply of whoever has the case", got)
	}
}

// An open page shows who has taken the case meanwhile.
func TestOpenPagesTellWhoHasIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := b.asks()
	open := b.agent("Nomsa")
	open.get(c.path + "/story")
	open.wants(http.StatusOK, "nobody yet")
	b.agent("Sipho").acts(c, "claim", "", "")
	open.get(c.path + "/story")
	open.wants(http.StatusOK, "<dd>Sipho</dd>")
}

// Two conversations become one while a page is open: its form still does what it says, and the page goes on where the case is.
func TestACaseThatHasMoved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stranger := &customer{address: "sms:+447700900777"}
	b.says(stranger, "hello?") // the older one, which wins
	b.pass(policy.PersonIdle)
	c := b.asks()
	a := b.agent("Nomsa")
	a.acts(c, "claim", "", "")
	a.get(c.path)
	form := a.form("reply", "text", "Still here.")
	both := channels.Received{Inbound: []message.Inbound{{ID: "test/both", From: c.address, Also: stranger.address, Text: "and?"}}}
	if err := b.bot.Receive(t.Context(), both); err != nil {
		t.Fatal(err)
	}
	b.settle()
	a.post(c.path, form)
	b.settle()
	a.wants(http.StatusOK, "Still here.")
	if v, err := b.bot.Case(t.Context(), c.opened.Case); err != nil || v.Conversation == c.opened.Conversation || a.path != "/desk/"+v.Conversation+"/"+c.opened.Case {
		t.Errorf("case = %+v, %v, shown at %s; want it in the other conversation, and shown there", v, err, a.path)
	}
	if got := b.heard(c); got[len(got)-1] != "Still here." {
		t.Errorf("the customer got %q last, want the reply", got)
	}
}
