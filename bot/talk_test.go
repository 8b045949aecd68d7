package bot_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// customer is one client of the bank. Numbers come from Ofcom's ranges for drama.
type customer struct {
	n          int
	number     string
	birth, zip string
	balance    string
	late       int
}

// drama are the ranges, of a thousand numbers each.
var drama = []string{"+447700900", "+442079460", "+441134960", "+441144960", "+441154960"}

func client(n int) customer {
	number := fmt.Sprintf("%s%03d", drama[n/1000], n%1000)
	return customer{n: n, number: number, birth: "1990-03-14", zip: "2196", balance: "1250.00", late: 12}
}

// open opens a case as the bank does, with the client's account in the ledger.
func (b *bench) open(c customer) bot.Opened {
	b.t.Helper()
	seed(b, c)
	opened, err := b.bot.Open(b.ctx(), request(c))
	if err != nil {
		b.t.Fatalf("open case: %v", err)
	}
	b.settle()
	return opened
}

// seed gives a client an account.
func seed(b *bench, c customer) {
	account := ledger.Account{Ref: fmt.Sprintf("A-%d", c.n), Customer: fmt.Sprintf("C-%d", c.n), Balance: c.balance, DaysPastDue: c.late}
	if err := b.bank.Seed(b.ctx(), []ledger.Account{account}); err != nil {
		b.t.Error(err)
	}
}

func request(c customer) bot.OpenRequest {
	return bot.OpenRequest{
		Source: "core", ID: fmt.Sprintf("late-%d", c.n), Event: "account.overdue", Customer: fmt.Sprintf("C-%d", c.n), Ref: fmt.Sprintf("A-%d", c.n),
		Language: "en", Zone: "Europe/London", Addresses: []message.Address{message.Address("sms:" + c.number)},
		Facts:   map[string]string{"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "date_of_birth": c.birth, "postcode": c.zip},
		Consent: []policy.Consent{{Channel: "sms", Purpose: "collection", Given: true, Source: "agreement", At: tuesday.AddDate(-1, 0, 0)}},
	}
}

// webhook delivers one signed call and returns the status that Twilio would get.
func (b *bench) webhook(w twiliotest.Webhook) int { b.t.Helper(); return b.webhookAt(b.bot, w) }

// webhookAt delivers it to one of several processes.
func (b *bench) webhookAt(at *bot.Bot, w twiliotest.Webhook) int {
	b.t.Helper()
	r, err := w.Request(b.ctx(), publicURL)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	received, err := b.sms.(channels.Receiver).Receive(r, body)
	if err != nil {
		return http.StatusForbidden
	}
	if err := at.Receive(b.ctx(), received); err != nil {
		b.t.Logf("webhook: %v", err)
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// says is one signed message of a customer, and all that follows from it.
func (b *bench) says(c customer, text string) {
	b.t.Helper()
	if status := b.webhook(b.inbound(c, text)); status != http.StatusOK {
		b.t.Fatalf("webhook answered %d", status)
	}
	b.settle()
}

func (b *bench) inbound(c customer, text string) twiliotest.Webhook {
	return b.twilio.Inbound(publicURL+"/channels/sms/inbound", c.number, bankSMS, text)
}

// heard are the texts sent to a customer so far.
func (b *bench) heard(c customer) []string {
	var all []string
	for _, m := range b.twilio.Messages() {
		if m.To == c.number {
			all = append(all, m.Body)
		}
	}
	return all
}

// last is the text sent last.
func (b *bench) last(c customer) string {
	all := b.heard(c)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func (b *bench) rows(table string) []map[string]string {
	b.t.Helper()
	rows, err := b.bank.Rows(b.ctx(), table)
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

func (b *bench) view(o bot.Opened) bot.CaseView {
	b.t.Helper()
	v, err := b.bot.Case(b.ctx(), o.Case)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bench) journal(o bot.Opened) []store.JournalEntry {
	b.t.Helper()
	entries, err := b.store.ConversationJournal(b.ctx(), o.Conversation)
	if err != nil {
		b.t.Fatal(err)
	}
	return entries
}

// explain prints a conversation's journal when a test fails.
func (b *bench) explain(o bot.Opened) {
	for _, e := range b.journal(o) {
		b.t.Logf("v%d %s: %s -> %s: %s", e.Entry.Version, e.Entry.Event.ID, e.Entry.From, e.Entry.To, strings.Join(e.Entry.Because, "; "))
	}
}

// walk says one thing after the other, and fails where an answer doesn't hold what is wanted: says, wants, says, wants ...
func (b *bench) walk(c customer, lines ...string) {
	b.t.Helper()
	for i := 0; i+1 < len(lines); i += 2 {
		b.says(c, lines[i])
		if got := b.last(c); !strings.Contains(got, lines[i+1]) {
			b.t.Fatalf("after %q the last message = %q, want it to hold %q", lines[i], got, lines[i+1])
		}
	}
}

// known walks to the menu, recognised.
func (b *bench) known(c customer) {
	b.t.Helper()
	b.walk(c, "1", "day and month of birth", "14 march 2196", "was due")
}

// asked walks to the promise's confirmation: the next yes writes it.
func (b *bench) asked(c customer) {
	b.t.Helper()
	b.known(c)
	b.walk(c, "4 friday", "How much", "1250", "Right?")
}

// document is a conversation as it is stored.
func (b *bench) document(o bot.Opened) store.Loaded {
	b.t.Helper()
	l, err := b.store.Load(b.ctx(), o.Conversation)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// write changes a document past the engine, as a fault of ours might.
func (b *bench) write(o bot.Opened, change func(*fsm.Conversation)) {
	b.t.Helper()
	l := b.document(o)
	commit := fsm.Commit{Expected: l.Conversation.Version, Conversation: l.Conversation}
	commit.Conversation.Version++
	change(&commit.Conversation)
	if done, err := b.store.Commit(b.ctx(), commit, nil, store.Nonce(), time.Second); err != nil || done.Conflict {
		b.t.Fatalf("write a document: %+v, %v", done, err)
	}
}

// entries counts a conversation's journal entries whose event is one of these.
func (b *bench) entries(o bot.Opened, is func(fsm.Event) bool) (n int) {
	b.t.Helper()
	for _, e := range b.journal(o) {
		if is(e.Entry.Event) {
			n++
		}
	}
	return n
}

// channelsOf are a bot's channels.
func channelsOf(sms channels.Channel) map[string]channels.Channel {
	return map[string]channels.Channel{"sms": sms}
}
