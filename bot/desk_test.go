package bot_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

func (b *bench) acts(o bot.Opened, a fsm.AgentActed) {
	b.t.Helper()
	if a.Agent == "" {
		a.Agent = "thandi"
	}
	if err := b.bot.Act(b.ctx(), o.Conversation, store.Nonce(), a); err != nil {
		b.t.Fatalf("%s: %v", a.Action, err)
	}
	b.settle()
}

func (b *bench) detail(o bot.Opened) bot.HandoffDetail {
	b.t.Helper()
	d, err := b.bot.HandoffDetail(b.ctx(), o.Conversation, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// last is the last line of a transcript.
func lastSaid(d bot.HandoffDetail) bot.Said { return d.Transcript[len(d.Transcript)-1] }

// A person gets the whole story, and only what may be shown of it.
func TestHandoffTellsTheStory(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	c.late = 90 // too late to promise
	o := b.open(c)
	b.known(c)
	b.says(c, "agent")

	d := b.detail(o)
	if w := d.Waiting[0]; len(d.Waiting) != 1 || w.Case != o.Case || w.Queue != "care" || w.Reason != "asked-for-agent" || w.Workflow != "overdue-account" || w.Language != "en" || w.Since.IsZero() {
		t.Errorf("waiting = %+v, want the case, in queue care", d.Waiting)
	}
	if d.Assurance.Level != policy.Person || d.Facts["balance"] != "1250.00" || len(d.Hidden) != 0 {
		t.Errorf("at %s facts %v, hidden %v; want person, and all shown", d.Assurance.Level, d.Facts, d.Hidden)
	}
	if !slices.ContainsFunc(d.Earned, func(e bot.Earned) bool { return e.Kind == policy.KnownFacts && e.Stands }) {
		t.Errorf("earned = %+v, want known facts that stand", d.Earned)
	}
	if d.Offered == nil || !slices.Contains(d.Offered.Options, "I disagree") || d.Offered.Hidden["promise"] != "days_past_due <= promise_days is false" {
		t.Errorf("offered = %+v, want the menu, and why no promise is in it", d.Offered)
	}
	if !slices.ContainsFunc(d.Tried, func(x bot.Tried) bool {
		return x.Kind == "look-up" && x.Operation == "core.account" && x.Result == "ok"
	}) {
		t.Errorf("tried = %+v, want the account looked up", d.Tried)
	}
	if !slices.Contains(d.Outcomes, "settled") || slices.Contains(d.Outcomes, "promised") || d.ReturnsTo != "menu" {
		t.Errorf("outcomes %v, returns to %q; want settled among them, promised not, and the menu", d.Outcomes, d.ReturnsTo)
	}

	b.pass(policy.PersonIdle)
	d = b.detail(o)
	for _, e := range d.Earned {
		if e.Stands != (e.Kind == policy.ProviderSigned) {
			t.Errorf("half an hour later %+v, want only the signed message to stand", e)
		}
	}
	b.acts(o, fsm.AgentActed{Action: "claim"})
	d = b.detail(o)
	if _, shown := d.Facts["balance"]; shown || !slices.Contains(d.Hidden, "balance") || d.Facts["first_name"] != "Thandi" {
		t.Errorf("once claimed facts %v, hidden %v; want only public ones", d.Facts, d.Hidden)
	}
	if slices.ContainsFunc(d.Earned, func(e bot.Earned) bool { return e.Stands }) || len(d.Earned) == 0 {
		t.Errorf("earned = %+v, want what was, and none of it standing", d.Earned)
	}
	told := fmt.Sprintf("%+v", d)
	for _, never := range []string{c.number, "14 march", "1990"} {
		if strings.Contains(told, never) {
			t.Errorf("the story holds %q", never)
		}
	}
}

// What the workflow doesn't call public is hidden below person, what nobody declares too, and secret facts always.
func TestFactsForADesk(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	o := b.open(client(1))
	b.says(client(1), "agent")
	put := map[string]fsm.Fact{"first_name": {Value: "Thandi"}, "balance": {Value: "1.00"}, "paid.amount": {Value: "2.00"}, "postcode": {Value: "2196"}}
	b.write(o, func(c *fsm.Conversation) { c.Case(o.Case).Facts = put })
	d := b.detail(o)
	if len(d.Facts) != 1 || d.Facts["first_name"] != "Thandi" || !slices.Equal(d.Hidden, []string{"balance", "paid.amount"}) {
		t.Errorf("facts %v, hidden %v; want the first name, and balance and paid.amount hidden", d.Facts, d.Hidden)
	}
	b.write(o, func(c *fsm.Conversation) { c.Case(o.Case).Workflow = "gone@0000" })
	if d := b.detail(o); len(d.Facts) != 0 || len(d.Outcomes) != 0 {
		t.Errorf("of an unknown workflow facts %v, outcomes %v; want none", d.Facts, d.Outcomes)
	}
}

func TestAgentReplies(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.says(c, "agent")
	b.acts(o, fsm.AgentActed{Action: "claim"})
	b.acts(o, fsm.AgentActed{Action: "reply", Text: "Shall we move it to the 30th?"})
	if got := b.last(c); got != "Shall we move it to the 30th?" {
		t.Errorf("the customer got %q, want the reply and nothing about who wrote it", got)
	}
	if l := lastSaid(b.detail(o)); l.Who != "agent" || l.Name != "thandi" || l.Status != "accepted" {
		t.Errorf("transcript ends with %+v, want the agent's reply, accepted", l)
	}
	heard := len(b.heard(c))
	b.says(c, "Yes please")
	if n := len(b.heard(c)); n != heard {
		t.Errorf("the bot answered: %q", b.last(c))
	}
	if l := lastSaid(b.detail(o)); l.Who != "customer" || l.Text != "Yes please" {
		t.Errorf("transcript ends with %+v, want what the customer wrote", l)
	}
	b.says(c, "STOP")
	d := b.detail(o)
	if err := b.bot.Act(b.ctx(), o.Conversation, store.Nonce(), fsm.AgentActed{Agent: "thandi", Action: "reply", Text: "Wait"}); !errors.Is(err, bot.ErrStopped) || !d.Stopped {
		t.Errorf("a reply after STOP: %v, the desk is told %v; want it refused, and told", err, d.Stopped)
	}
}

// Outside WhatsApp's window nothing goes out; the agent is told, and what they wrote is kept.
func TestAgentRepliesOutsideTheWindow(t *testing.T) {
	t.Parallel()
	whatsapp := &counter{}
	b := newBench(t, benchOptions{bot: func(o *bot.Options) { o.Channels["whatsapp"] = whatsapp }})
	c := client(1)
	seed(b, c)
	r := request(c)
	r.Addresses = []message.Address{"whatsapp:" + message.Address(c.number)}
	o, err := b.bot.Open(b.ctx(), r)
	if err != nil {
		t.Fatal(err)
	}
	asked := channels.Received{Inbound: []message.Inbound{{ID: "test/1", From: r.Addresses[0], Text: "agent"}}}
	if err := b.bot.Receive(b.ctx(), asked); err != nil {
		t.Fatal(err)
	}
	b.acts(o, fsm.AgentActed{Action: "claim"})
	before := whatsapp.n.Load()
	b.pass(25 * time.Hour)
	b.acts(o, fsm.AgentActed{Action: "reply", Text: "Are you there?"})
	l := lastSaid(b.detail(o))
	if l.Text != "Are you there?" || !strings.HasPrefix(l.Status, "not sent: ") || !strings.Contains(l.Status, "outside-window") || whatsapp.n.Load() != before {
		t.Errorf("transcript ends with %+v and %d sends, want the reply, not sent and why", l, whatsapp.n.Load()-before)
	}
	if d := b.detail(o); d.Waiting[0].Claimed != "thandi" {
		t.Errorf("claimed by %q, want it still with the agent", d.Waiting[0].Claimed)
	}
}

func TestAgentIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.says(c, "agent")
	b.acts(o, fsm.AgentActed{Action: "claim"})
	for name, tc := range map[string]struct {
		act  fsm.AgentActed
		want error
		says string
	}{
		"another's claim":        {fsm.AgentActed{Agent: "sipho", Action: "claim"}, bot.ErrClaimedByOther, "claim: thandi has it"},
		"another's reply":        {fsm.AgentActed{Agent: "sipho", Action: "reply", Text: "Hello"}, bot.ErrClaimedByOther, "thandi"},
		"no text":                {fsm.AgentActed{Action: "reply"}, bot.ErrNoText, "reply: "},
		"a card number":          {fsm.AgentActed{Action: "reply", Text: "Is it 4111 1111 1111 1111?"}, bot.ErrCardNumber, "last four digits"},
		"too long for SMS":       {fsm.AgentActed{Action: "reply", Text: strings.Repeat("ш", 1000)}, bot.ErrReplyTooLong, "sms"},
		"too long for anything":  {fsm.AgentActed{Action: "reply", Text: strings.Repeat("a", 2000)}, bot.ErrReplyTooLong, "parts"},
		"an unknown outcome":     {fsm.AgentActed{Action: "resolve", Outcome: "nonsense"}, bot.ErrUnknownOutcome, "settled"},
		"an outcome not known":   {fsm.AgentActed{Action: "resolve", Outcome: "promised"}, bot.ErrIncomplete, "promised"},
		"another case's handoff": {fsm.AgentActed{Action: "return", Case: "case-9"}, bot.ErrNotWaiting, "return: "},
	} {
		if tc.act.Agent == "" {
			tc.act.Agent = "thandi"
		}
		err := b.bot.Act(b.ctx(), o.Conversation, store.Nonce(), tc.act)
		if !errors.Is(err, tc.want) || !strings.Contains(fmt.Sprint(err), tc.says) || strings.Contains(fmt.Sprint(err), "step event") {
			t.Errorf("%s: %v, want %v with %q", name, err, tc.want, tc.says)
		}
	}
	if letters, err := b.store.Letters(b.ctx()); err != nil || len(letters) != 0 {
		t.Errorf("%d letters, %v; want none: nothing of it is a fault", len(letters), err)
	}
	b.acts(o, fsm.AgentActed{Action: "return"})
	if _, err := b.bot.HandoffDetail(b.ctx(), o.Conversation, ""); !errors.Is(err, bot.ErrNotWaiting) {
		t.Errorf("detail of what nobody waits for: %v, want ErrNotWaiting", err)
	}
}

// Of two who claim at once, in two processes, one gets it.
func TestOneOfTwoClaims(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	o := b.open(client(1))
	b.says(client(1), "agent")
	other := b.other(nil)
	answers := make(chan error, 2)
	for agent, at := range map[string]*bot.Bot{"thandi": b.bot, "sipho": other} {
		go func() {
			answers <- at.Act(b.ctx(), o.Conversation, store.Nonce(), fsm.AgentActed{Agent: agent, Action: "claim"})
		}()
	}
	one, two := <-answers, <-answers
	if (one == nil) == (two == nil) || !errors.Is(errors.Join(one, two), bot.ErrClaimedByOther) {
		t.Errorf("claims = %v and %v, want one done and one refused", one, two)
	}
}

func TestHandoffsAreFound(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	first, second := b.open(client(1)), b.open(client(2))
	b.says(client(1), "agent")
	b.later(time.Minute)
	b.known(client(2))
	b.walk(client(2), "5", "What is wrong", "1", "Right?", "yes", "recorded")

	b.walk(client(2), "hello", "Can we help", "1", "colleague")

	all, err := b.bot.Handoffs(b.ctx())
	if err != nil || len(all) != 3 || all[0].Case != first.Case || all[1].Workflow != "lobby" || all[2].Case != second.Case || !all[2].Ended || all[0].Ended || all[1].Ended {
		t.Fatalf("Handoffs = %+v, %v; want the first case, the lobby's, then the second case, which has ended", all, err)
	}
	if one, err := b.bot.Handoffs(b.ctx(), "disputes"); err != nil || len(one) != 1 || one[0].Case != second.Case {
		t.Errorf("Handoffs of disputes = %+v, %v; want the second case", one, err)
	}
	for id, want := range map[string][2]string{
		first.Case: {first.Conversation, first.Case}, first.Conversation: {first.Conversation, ""},
		all[1].Case: {second.Conversation, all[1].Case}, // the lobby's
	} {
		if conversation, caseID, err := b.bot.Find(b.ctx(), id); err != nil || conversation != want[0] || caseID != want[1] {
			t.Errorf("Find(%s) = %s, %s, %v; want %v", id, conversation, caseID, err, want)
		}
	}
	for _, id := range []string{"", "p07-none", strings.Repeat("A", 26), "p07-" + strings.Repeat("A", 26)} {
		if _, _, err := b.bot.Find(b.ctx(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Find(%q): %v, want not found", id, err)
		}
	}
	d, err := b.bot.HandoffDetail(b.ctx(), second.Conversation, second.Case)
	if err != nil || !d.Waiting[0].Ended || len(d.Outcomes) != 0 || !slices.Contains(d.Flags, "dispute") {
		t.Errorf("detail of what an ended case left = %+v, %v; want no outcomes, and the flag", d.Waiting, err)
	}
	if !slices.ContainsFunc(d.Tried, func(x bot.Tried) bool { return x.Operation == "core.flag-dispute" && x.Result == "ok" }) {
		t.Errorf("tried = %+v, want the dispute flagged", d.Tried)
	}
}

// A form that is sent twice is done once: the customer reads one reply.
func TestSameActIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.known(c)
	b.says(c, "agent")
	b.acts(o, fsm.AgentActed{Action: "claim"})
	before := len(b.detail(o).Transcript)
	for range 2 {
		if err := b.bot.Act(b.ctx(), o.Conversation, "form-1", fsm.AgentActed{Agent: "thandi", Action: "reply", Text: "Good morning"}); err != nil {
			t.Fatal(err)
		}
		b.settle()
	}
	if got := len(b.detail(o).Transcript) - before; got != 1 {
		t.Errorf("the same reply sent twice gives %d lines, want 1", got)
	}
}

// What an ended case has left to a queue is listed until somebody has seen to it.
func TestWorkOfAnEndedCaseIsListed(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.known(c)
	for _, text := range []string{"i disagree", "1", "yes"} {
		b.says(c, text)
	}
	listed, err := b.bot.Handoffs(b.ctx(), "disputes")
	if err != nil || len(listed) != 1 || listed[0].Case != o.Case || !listed[0].Ended {
		t.Fatalf("Handoffs = %+v, %v; want the ended case, in queue disputes", listed, err)
	}
	b.acts(o, fsm.AgentActed{Action: "resolve", Case: o.Case})
	if listed, err = b.bot.Handoffs(b.ctx()); err != nil || len(listed) != 0 {
		t.Errorf("Handoffs = %+v, %v after it was seen to; want none", listed, err)
	}
}

// A case that another one opens is found by its ID, as one that the bank has opened.
func TestCaseOpenedByAnotherIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t, benchOptions{})
	c := client(1)
	o := b.open(c)
	b.known(c)
	for _, text := range []string{"4 friday", "1250", "yes"} {
		b.says(c, text)
	}
	var opened string
	for range 10 { // until the day after the promise
		b.later(24 * time.Hour)
		for _, k := range b.document(o).Conversation.Cases {
			if k.ID != o.Case {
				opened = k.ID
			}
		}
		if opened != "" {
			break
		}
	}
	if opened == "" {
		b.explain(o)
		t.Fatal("the promise opens no case")
	}
	if v, err := b.bot.Case(b.ctx(), opened); err != nil || !strings.HasPrefix(v.Workflow, "promise-due@") {
		t.Errorf("Case(%s) = %s, %v; want one of promise-due", opened, v.Workflow, err)
	}
}
