package bot_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

const (
	publicURL = "https://chat.acme.example"
	bankSMS   = "+15017122661"
)

// library loads the shipped content once for all tests.
var library = sync.OnceValues(func() (*fsm.Library, error) {
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		return nil, err
	}
	c, err := config.Parse("settle.yaml", data)
	if err != nil {
		return nil, err
	}
	d := c.Declarations()
	d.Channels = []string{"email", "sms", "whatsapp"}
	for name, o := range d.Operations {
		o.Retryable = true // the ledger remembers every key
		d.Operations[name] = o
	}
	return fsm.LoadTree(content.FS, d)
})

// bench is one bot on a real Redis, with a Twilio at the wire and a ledger in a file.
type bench struct {
	t      *testing.T
	server *storetest.Server
	keys   *store.Keyset
	store  *store.Store
	bot    *bot.Bot
	twilio *twiliotest.Fake
	sms    channels.Channel
	bank   *ledger.Ledger
	lib    *fsm.Library

	mu    sync.Mutex
	ahead time.Duration // guarded by mu
}

type benchOptions struct {
	store *store.Store // instead of one of its own
	point func(string)
	slots int
}

func newBench(t *testing.T, o benchOptions) *bench {
	t.Helper()
	b := &bench{t: t, server: storetest.Redis(t), keys: storetest.Keyset(t)}
	b.ahead = time.Until(tuesday)
	var err error
	if b.lib, err = library(); err != nil {
		t.Fatalf("load the shipped workflows:\n%v", err)
	}
	b.store = b.openStore()
	if b.twilio, err = twiliotest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.twilio.Close)
	if b.bank, err = ledger.Open(filepath.Join(t.TempDir(), "bank.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.bank.Close() })
	config := &twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: bankSMS, BaseURL: b.twilio.URL}
	if b.sms, err = config.Open(channels.Deps{Name: "sms", PublicURL: publicURL}); err != nil {
		t.Fatal(err)
	}
	b.bot = b.newBot(b.store, o)
	return b
}

// tuesday is when every test begins: ten in the morning in every zone that the test customers may be in.
var tuesday = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func (b *bench) openStore() *store.Store {
	return b.server.Open(b.t, store.Options{Keyset: b.keys, Offset: b.offset})
}

func (b *bench) newBot(s *store.Store, o benchOptions) *bot.Bot {
	made := bot.New(bot.Options{
		Store: s, Library: b.lib, Channels: map[string]channels.Channel{"sms": b.sms},
		Systems: map[string]integrations.System{"core": b.bank, "psp": b.bank, "crm": b.bank},
		Checks:  []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Rules: policy.DefaultRules(),
		Log: zerolog.New(zerolog.NewTestWriter(b.t)), Point: o.point, Slots: o.slots,
	})
	b.t.Cleanup(func() { made.Close() })
	return made
}

func (b *bench) offset() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ahead
}

func (b *bench) later(by time.Duration) {
	b.mu.Lock()
	b.ahead += by
	b.mu.Unlock()
	b.settle()
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

// settle does what is due until nothing runs.
func (b *bench) settle() {
	b.t.Helper()
	ctx := b.ctx()
	for range 3 {
		if err := b.bot.Quiet(ctx); err != nil {
			b.t.Fatal(err)
		}
		if err := b.bot.Attend(ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := b.bot.Quiet(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// customer is one client of the bank. Numbers come from Ofcom's range for drama.
type customer struct {
	n          int
	number     string
	birth, zip string
	balance    string
	late       int
}

func client(n int) customer {
	return customer{n: n, number: fmt.Sprintf("+447700900%03d", n), birth: "1990-03-14", zip: "2196", balance: "1250.00", late: 12}
}

// open opens a case as the bank does, with the client's account in the ledger.
func (b *bench) open(c customer) bot.Opened {
	b.t.Helper()
	ref := fmt.Sprintf("A-%d", c.n)
	if err := b.bank.Seed(b.ctx(), []ledger.Account{{Ref: ref, Customer: fmt.Sprintf("C-%d", c.n), Balance: c.balance, DaysPastDue: c.late}}); err != nil {
		b.t.Fatal(err)
	}
	opened, err := b.bot.Open(b.ctx(), request(c))
	if err != nil {
		b.t.Fatalf("open case: %v", err)
	}
	b.settle()
	return opened
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
func (b *bench) webhook(w twiliotest.Webhook) int {
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
	if err := b.bot.Receive(b.ctx(), received); err != nil {
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
