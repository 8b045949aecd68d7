package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
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
	"github.com/settle-chat/settle/store/inprocess"
	"github.com/settle-chat/settle/web/desk"
	"github.com/settle-chat/settle/web/ui"
)

func TestMain(m *testing.M) {
	// go-redis tries once a second whether a server that is gone is back, and gives up by itself once its client is closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

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
	return fsm.LoadTree(content.FS, d)
})

// tuesday is when every test begins: ten in the morning.
var tuesday = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// bench is a desk on a bot of its own, and a customer's telephone.
type bench struct {
	t     *testing.T
	store *store.Store
	bot   *bot.Bot
	net   *simulator.Network
	bank  *ledger.Ledger
	log   *bytes.Buffer
	url   string
	in    *desk.SignIn

	mu    sync.Mutex
	ahead time.Duration // guarded by mu
	asked []string      // guarded by mu; the path and query of each request
	opens int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, log: &bytes.Buffer{}, ahead: time.Until(tuesday)}
	lib, err := library()
	if err != nil {
		t.Fatalf("load the shipped workflows:\n%v", err)
	}
	s, closeStore, err := inprocess.Open(t.Context(), b.offset)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeStore)
	b.store = s
	if b.bank, err = ledger.Open(filepath.Join(t.TempDir(), "bank.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.bank.Close() })
	log := zerolog.New(zerolog.SyncWriter(b.log))
	b.net = simulator.New(simulator.Options{
		Now:     func() time.Time { return time.Now().Add(b.offset()) },
		Deliver: func(ctx context.Context, r channels.Received) error { return b.bot.Receive(ctx, r) },
	})
	b.bot = bot.New(bot.Options{
		Store: s, Library: lib, Channels: map[string]channels.Channel{"sms": b.net.Channel("sms"), "whatsapp": b.net.Channel("whatsapp")},
		Systems: map[string]integrations.System{"core": b.bank, "psp": b.bank, "crm": b.bank},
		Checks:  []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Rules: policy.DefaultRules(), Log: log,
	})
	t.Cleanup(func() { b.bot.Close() })
	frame := func(title string) ui.Frame { return ui.Frame{Title: title, Here: "/desk"} }
	b.in = desk.NewSignIn(frame, false)
	mux := http.NewServeMux()
	b.in.Mount(mux)
	desk.New(desk.Options{
		Bot: b.bot, Frame: frame, Agent: b.in.Agent, Guard: b.in.Guard, Link: b.in.Link, Local: func(at time.Time) time.Time { return at },
	}).Mount(mux)
	pages := ui.Secure(mux)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.asked = append(b.asked, r.URL.String())
		b.mu.Unlock()
		pages.ServeHTTP(w, r.WithContext(log.WithContext(r.Context())))
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *bench) offset() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ahead
}

func (b *bench) pass(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += by
}

// settle does what is due until nothing runs.
func (b *bench) settle() {
	b.t.Helper()
	for range 3 {
		if err := errors.Join(b.bot.Quiet(b.t.Context()), b.net.Attend(b.t.Context()), b.bot.Attend(b.t.Context()), b.bot.Quiet(b.t.Context())); err != nil {
			b.t.Fatal(err)
		}
	}
}

// customer is one of the bank's, with a telephone from the range that is free for drama.
type customer struct {
	address message.Address
	opened  bot.Opened
	path    string // of the case, at the desk
}

const birth, zip = "1984-07-02", "8001"

// open opens an overdue case, 12 days late with 1250.00.
func (b *bench) open() *customer {
	b.t.Helper()
	b.opens++
	ref := fmt.Sprintf("A-%d", b.opens)
	c := &customer{address: message.Address(fmt.Sprintf("sms:+447700900%03d", b.opens))}
	if err := b.bank.Seed(b.t.Context(), []ledger.Account{{Ref: ref, Customer: "C-" + ref, Balance: "1250.00", DaysPastDue: 12}}); err != nil {
		b.t.Fatal(err)
	}
	var err error
	c.opened, err = b.bot.Open(b.t.Context(), bot.OpenRequest{
		Source: "core", ID: "late-" + ref, Event: "account.overdue", Customer: "C-" + ref, Ref: ref, Language: "en", Zone: "Europe/London",
		Addresses: []message.Address{c.address},
		Facts:     map[string]string{"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "date_of_birth": birth, "postcode": zip},
		Consent:   []policy.Consent{{Channel: "sms", Purpose: "collection", Given: true, Source: "agreement", At: tuesday.AddDate(-1, 0, 0)}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
	c.path = "/desk/" + c.opened.Conversation + "/" + c.opened.Case
	return c
}

func (b *bench) says(c *customer, text string) {
	b.t.Helper()
	if err := b.net.Type(b.t.Context(), c.address, text); err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// recognised has a customer answer what shows that it is them.
func (b *bench) recognised(c *customer) { b.says(c, "1"); b.says(c, "2 July 8001") }

// asks has a new customer ask for a person.
func (b *bench) asks() *customer {
	b.t.Helper()
	c := b.open()
	b.says(c, "agent")
	return c
}

// heard are the bank's messages on a telephone.
func (b *bench) heard(c *customer) (all []string) {
	for _, bubble := range b.net.Thread(c.address) {
		if bubble.From == simulator.Bot {
			all = append(all, bubble.Text)
		}
	}
	return all
}
