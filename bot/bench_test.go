package bot_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
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
	t      testing.TB
	server *storetest.Server // nil where another one may take over
	redis  store.Options     // where its stores are
	keys   *store.Keyset
	store  *store.Store
	bot    *bot.Bot
	twilio *twiliotest.Fake
	sms    channels.Channel
	bank   *ledger.Ledger
	lib    *fsm.Library

	bankPath string

	mu    sync.Mutex
	ahead time.Duration // guarded by mu
}

type benchOptions struct {
	start time.Time // the time at which the test begins; tuesday where zero
	hook  redis.Hook
	redis store.Options      // a Redis that is there already; a server of the bench's own where empty
	bot   func(*bot.Options) // what the bot has otherwise than usual
}

func newBench(t testing.TB, o benchOptions) *bench {
	t.Helper()
	b := &bench{t: t, redis: o.redis, keys: storetest.Keyset(t), bankPath: filepath.Join(t.TempDir(), "bank.db")}
	if b.redis.URL == "" {
		b.server = storetest.Redis(t)
		b.redis.URL = b.server.URL()
	}
	if o.start.IsZero() {
		o.start = tuesday
	}
	b.ahead = time.Until(o.start)
	var err error
	if b.lib, err = library(); err != nil {
		t.Fatalf("load the shipped workflows:\n%v", err)
	}
	b.store = b.openStore(o.hook)
	if b.twilio, err = twiliotest.Start(); err != nil {
		t.Fatal(err)
	}
	b.twilio.Now = func() time.Time { return time.Now().Add(b.offset()) }
	t.Cleanup(b.twilio.Close)
	if b.bank, err = ledger.Open(b.bankPath); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.bank.Close() })
	if b.sms, err = openTwilio(b.twilio.URL); err != nil {
		t.Fatal(err)
	}
	b.bot = b.newBot(b.store, o.bot)
	return b
}

func openTwilio(url string) (channels.Channel, error) {
	config := &twilio.Config{AccountSID: twiliotest.AccountSID, AuthTokens: []string{twiliotest.AuthToken}, From: bankSMS, BaseURL: url}
	return config.Open(channels.Deps{Name: "sms", PublicURL: publicURL})
}

// tuesday is when every test begins: ten in the morning in every zone that the test customers may be in.
var tuesday = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// openStore opens one more store on the bench's Redis; hook sees what goes over its wire and may be nil.
func (b *bench) openStore(hook redis.Hook) *store.Store {
	b.t.Helper()
	return b.openStoreAt(b.redis.URL, hook)
}

// openStoreAt opens it by another way.
func (b *bench) openStoreAt(url string, hook redis.Hook) *store.Store {
	b.t.Helper()
	client, err := store.NewClient(url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = client.Close() })
	if hook != nil {
		client.AddHook(hook)
	}
	s, err := store.Open(b.ctx(), store.Options{Client: client, Keyset: b.keys, Offset: b.offset, Durability: b.redis.Durability, Replicas: b.redis.Replicas})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// newBot makes one more bot, as another process would be.
func (b *bench) newBot(s *store.Store, with func(*bot.Options)) *bot.Bot {
	o := bot.Options{
		Store: s, Library: b.lib, Channels: map[string]channels.Channel{"sms": b.sms},
		Systems: map[string]integrations.System{"core": b.bank, "psp": b.bank, "crm": b.bank},
		Checks:  []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Rules: policy.DefaultRules(),
		Log: zerolog.New(zerolog.NewTestWriter(b.t)),
	}
	if with != nil {
		with(&o)
	}
	made := bot.New(o)
	b.t.Cleanup(func() { made.Close() })
	return made
}

// other is a second process on the same Redis.
func (b *bench) other(with func(*bot.Options)) *bot.Bot {
	b.t.Helper()
	return b.newBot(b.openStore(nil), with)
}

func (b *bench) offset() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ahead
}

// pass lets time pass and does nothing.
func (b *bench) pass(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ahead += by
}

func (b *bench) later(by time.Duration) {
	b.t.Helper()
	b.pass(by)
	b.settle()
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

// settle does what is due until nothing runs.
func (b *bench) settle() { b.t.Helper(); b.settleBy(b.bot) }

func (b *bench) settleBy(of *bot.Bot) {
	b.t.Helper()
	ctx := b.ctx()
	for range 3 {
		b.quiet(of)
		if err := of.Attend(ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	b.quiet(of)
}

func (b *bench) quiet(of *bot.Bot) {
	b.t.Helper()
	if err := of.Quiet(b.ctx()); err != nil {
		b.t.Fatal(err)
	}
}
