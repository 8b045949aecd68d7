package campaign_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/campaign"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/simulator"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/demo/crowd"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/inprocess"
	"github.com/settle-chat/settle/store/storetest"
)

// begun is when each world begins: a Tuesday, nine o'clock in New York.
var begun = time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC)

// shipped are the shipped workflows, loaded once.
var shipped = sync.OnceValues(func() (*fsm.Library, error) {
	c, err := settings()
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

func settings() (*config.Config, error) {
	data, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		return nil, err
	}
	return config.Parse("settle.yaml", data)
}

// world is a bank with its customers, under a clock that moves when it is moved.
type world struct {
	t      *testing.T
	dir    string
	store  *store.Store
	bot    *bot.Bot // serve: it sends and looks up
	launch *campaign.Launcher
	books  *ledger.Ledger
	net    *simulator.Network
	crowd  *crowd.Crowd

	slept  int         // how often the launch has slept
	asleep func(n int) // what happens while it does; may be nil

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func newWorld(t *testing.T, real bool) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: begun}
	library, err := shipped()
	if err != nil {
		t.Fatalf("load the shipped workflows: %v", err)
	}
	w.openStore(real)
	w.crowd = crowd.New(crowd.Options{Now: w.clock, Seed: 7})
	w.net = simulator.New(simulator.Options{
		Now: w.clock, Seed: 7, Keep: 6, Hands: 8, Delays: simulator.Delays{Sent: time.Second, Delivered: 2 * time.Second}, Shown: w.crowd.Shown,
		Deliver: func(ctx context.Context, r channels.Received) error { return w.bot.Receive(ctx, r) },
	})
	options := bot.Options{
		Store: w.store, Library: library, Rules: policy.DefaultRules(), Log: zerolog.Nop(), Systems: w.systems(),
		Checks:   []identity.Check{knownfacts.Birth{}, knownfacts.Place{}},
		Channels: map[string]channels.Channel{"sms": w.net.Channel("sms"), "whatsapp": w.net.Channel("whatsapp")},
	}
	w.bot = bot.New(options)
	t.Cleanup(func() { _ = w.bot.Close() })
	w.crowd.On(w.net, crowd.Provider(w.bot, "campaign/overdue", w.books.Rows))
	options.CommitOnly = true
	w.launch = &campaign.Launcher{Store: w.store, Bot: bot.New(options), Clock: w.clock, Sleep: func(ctx context.Context, d time.Duration) error {
		w.move(d)
		if w.slept++; w.asleep != nil {
			w.asleep(w.slept)
		}
		return ctx.Err()
	}}
	return w
}

func (w *world) openStore(real bool) {
	w.t.Helper()
	offset := func() time.Duration { return time.Until(w.clock()) }
	if real {
		server := storetest.Redis(w.t, "--appendonly", "no")
		w.store = server.Open(w.t, store.Options{Keyset: storetest.Keyset(w.t), Durability: store.BestEffort, Offset: offset})
		return
	}
	s, end, err := inprocess.Open(w.t.Context(), offset)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(end)
	w.store = s
}

// systems opens the ledger for each system that the shipped configuration names.
func (w *world) systems() map[string]integrations.System {
	w.t.Helper()
	c, err := settings()
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]integrations.System{}
	for name, s := range c.Systems {
		deps := integrations.Deps{Name: name, DataDir: w.dir, Now: w.clock, Operations: map[string]integrations.Operation{}}
		for op, d := range s.Operations {
			deps.Operations[op] = integrations.Operation{Name: op, Kind: d.Kind, In: plain(d.In), Out: plain(d.Out)}
		}
		opened, err := (&ledger.Config{}).Open(deps)
		if err != nil {
			w.t.Fatal(err)
		}
		all[name], w.books = opened, opened.(*ledger.Ledger)
		w.t.Cleanup(func() { _ = opened.(*ledger.Ledger).Close() })
	}
	return all
}

func plain(m map[string]fsm.Type) map[string]string {
	p := make(map[string]string, len(m))
	for k, v := range m {
		p[k] = string(v)
	}
	return p
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) move(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

// lasts plays what happens in a span of time: everything that is due on the way, in steps that no customer notices.
func (w *world) lasts(span time.Duration) {
	w.t.Helper()
	const step = 3 * time.Minute
	until := w.clock().Add(span)
	for {
		w.settle()
		next, found, err := w.store.Next(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, due := range []func() (time.Time, bool){w.net.Due, w.crowd.Due} {
			if at, ok := due(); ok && (!found || at.Before(next)) {
				next, found = at, true
			}
		}
		now := w.clock()
		if !found || next.After(until) {
			w.move(until.Sub(now))
			w.settle()
			return
		}
		w.move(min(max(next.Sub(now)+time.Millisecond, step), until.Sub(now)))
		if !w.clock().Before(until) {
			w.settle()
			return
		}
	}
}

// moment is what a question to the store may take: what is due by its time may be that much ahead of ours.
const moment = 200 * time.Millisecond

// settle does all that is due now.
func (w *world) settle() {
	w.t.Helper()
	ctx := w.t.Context()
	for range 100 {
		if err := errors.Join(w.net.Attend(ctx), w.crowd.Attend(ctx), w.bot.Attend(ctx), w.bot.Quiet(ctx)); err != nil {
			w.t.Fatal(err)
		}
		next, found, err := w.store.Next(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		now := w.clock()
		if soon := next.Sub(now); found && soon > 0 && soon < moment {
			w.move(soon)
			now = next
		}
		at, waits := w.net.Due()
		who, wants := w.crowd.Due()
		if !(found && !next.After(now)) && !(waits && !at.After(now)) && !(wants && !who.After(now)) {
			return
		}
	}
}

// plan reads and binds a campaign's text, beside an audience's.
func (w *world) plan(text, audience string) (*campaign.Plan, error) {
	w.t.Helper()
	path := filepath.Join(w.dir, "campaign.yaml")
	for name, data := range map[string]string{path: text, filepath.Join(w.dir, "clients.csv"): audience} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	f, err := campaign.Read(path)
	if err != nil {
		return nil, err
	}
	library, err := shipped()
	if err != nil {
		return nil, err
	}
	return f.Bind(library, []string{"sms", "whatsapp"})
}

func (w *world) mustPlan(text, audience string) *campaign.Plan {
	w.t.Helper()
	p, err := w.plan(text, audience)
	if err != nil {
		w.t.Fatalf("the campaign doesn't fit: %v", err)
	}
	return p
}

// cases are all cases of the store, by the source's own ID.
func (w *world) cases() map[string][]bot.CaseView {
	w.t.Helper()
	all := map[string][]bot.CaseView{}
	ids := map[string]bool{}
	for id, err := range w.store.Conversations(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		ids[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		loaded, err := w.store.Load(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range loaded.Conversation.Cases {
			v := bot.ViewCase(&loaded.Conversation, &loaded.Conversation.Cases[i], loaded.Now)
			all[v.ID] = append(all[v.ID], v)
		}
	}
	return all
}
