package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

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
)

// shipped loads the shipped workflows once for all tests.
var shipped = sync.OnceValues(func() (*fsm.Library, error) {
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

// bank is a bot whose customers have telephones on a network, under a clock that moves when it is moved.
type bank struct {
	*bench
	bot    *bot.Bot
	store  *store.Store
	ledger *ledger.Ledger
	doubts *doubts
}

// doubts is a channel that counts what the bot can't know, by effect.
type doubts struct {
	channels.Channel
	mu    sync.Mutex
	count map[string]int // guarded by mu
}

func (d *doubts) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	id, err := d.Channel.Send(ctx, m)
	if errors.Is(err, channels.ErrUnknown) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.count[m.Key]++
	}
	return id, err
}

// findingDoubts are of a channel that can be asked.
type findingDoubts struct {
	*doubts
	channels.Finder
}

func newBank(t *testing.T, channel string, o simulator.Options) *bank {
	t.Helper()
	library, err := shipped()
	if err != nil {
		t.Fatalf("load the shipped workflows:\n%v", err)
	}
	b := &bank{bench: &bench{t: t, now: begin}}
	o.Now = b.clock
	o.Deliver = func(ctx context.Context, r channels.Received) error { return b.bot.Receive(ctx, r) }
	b.net = simulator.New(o)
	b.doubts = &doubts{Channel: b.net.Channel(channel), count: make(map[string]int)}
	var to channels.Channel = b.doubts
	if finder, ok := b.doubts.Channel.(channels.Finder); ok {
		to = findingDoubts{b.doubts, finder}
	}
	if b.ledger, err = ledger.Open(filepath.Join(t.TempDir(), "bank.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.ledger.Close() })
	s, end, err := inprocess.Open(t.Context(), func() time.Duration { return time.Until(b.clock()) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	b.store = s
	b.bot = bot.New(bot.Options{
		Store: s, Library: library, Channels: map[string]channels.Channel{channel: to}, Log: zerolog.Nop(), Rules: policy.DefaultRules(),
		Systems: map[string]integrations.System{"core": b.ledger, "psp": b.ledger, "crm": b.ledger},
		Checks:  []identity.Check{knownfacts.Birth{}, knownfacts.Place{}},
	})
	t.Cleanup(func() { b.bot.Close() })
	return b
}

// open opens a case of a customer at an address.
func (b *bank) open(a message.Address) bot.Opened {
	b.t.Helper()
	if err := b.ledger.Seed(b.t.Context(), []ledger.Account{{Ref: "A-1", Customer: "C-1", Balance: "1250.00", DaysPastDue: 12}}); err != nil {
		b.t.Fatal(err)
	}
	opened, err := b.bot.Open(b.t.Context(), bot.OpenRequest{
		Source: "core", ID: "late-1", Event: "account.overdue", Customer: "C-1", Ref: "A-1", Language: "en", Zone: "Europe/London",
		Addresses: []message.Address{a},
		Facts:     map[string]string{"first_name": "Thandi", "account_last4": "4821", "due_date": "2026-11-01", "date_of_birth": "1990-03-14", "postcode": "2196"},
		Consent:   []policy.Consent{{Channel: a.Channel(), Purpose: "collection", Given: true, Source: "agreement", At: begin.AddDate(-1, 0, 0)}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return opened
}

// pass lets time pass, stopping wherever the network or the bot has something to do.
func (b *bank) pass(by time.Duration, o bot.Opened) {
	b.t.Helper()
	for end := b.clock().Add(by); ; {
		b.attend()
		if err := b.bot.Quiet(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		loaded, err := b.store.Load(b.t.Context(), o.Conversation)
		if err != nil {
			b.t.Fatal(err)
		}
		wake := loaded.Conversation.Wake(nil)
		if !wake.IsZero() && !wake.After(loaded.Now) {
			if err := b.bot.Attend(b.t.Context()); err != nil {
				b.t.Fatal(err)
			}
			continue
		}
		next := end
		if at, ok := b.net.Due(); ok && at.Before(next) {
			next = at
		}
		if !wake.IsZero() && wake.Before(next) {
			next = wake.Add(time.Millisecond) // the store counts whole ones
		}
		if !b.clock().Before(end) {
			return
		}
		b.set(next)
	}
}

// answers are what the customer does, by what the newest message says: a choice to tap, or a text to type.
var answers = []struct{ says, tap, types string }{
	{"we have a message for you", "continue", ""},
	{"something needs your answer", "continue", ""},
	{"month of birth and postcode", "", "14 march 2196"},
	{"What would you like to do", "promise", ""},
	{"How much will you pay", "", "300"},
	{"On which day", "", "friday"},
	{"on Fri 27 Nov. Right?", "yes", ""},
}

// answer answers the newest message that the telephone shows; false where that wants no answer. seen is the newest of those
// answered before: who sees nothing new asks whether anybody is there.
func (b *bank) answer(a message.Address, seen int) (newest int, more bool) {
	b.t.Helper()
	var shown simulator.Bubble
	for _, m := range b.net.Thread(a) {
		if m.From == simulator.Bot && m.Status.Rank() >= message.Delivered.Rank() && m.Status != message.Failed {
			shown = m
		}
	}
	if shown.N <= seen {
		b.types(a, "hello?")
		return seen, true
	}
	for _, answer := range answers {
		switch {
		case !strings.Contains(shown.Text, answer.says):
		case answer.types != "":
			b.types(a, answer.types)
			return shown.N, true
		default:
			at := slices.IndexFunc(shown.Choices, func(c message.Choice) bool { return strings.HasSuffix(c.ID, "."+answer.tap) })
			if at < 0 {
				b.t.Fatalf("no %s below %q: %+v", answer.tap, shown.Text, shown.Choices)
			}
			if err := b.net.Tap(b.t.Context(), a, shown.N, shown.Choices[at].ID); err != nil {
				b.t.Fatalf("tap %s below %q: %v", answer.tap, shown.Text, err)
			}
			return shown.N, true
		}
	}
	return shown.N, false
}

// A conversation under heavy chaos ends right: what the customer agreed to is written back once, and nothing is said twice
// but what the channel may have lost and can't look up.
func TestConversationUnderChaos(t *testing.T) {
	t.Parallel()
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for _, a := range []message.Address{thandi, whatsapp} {
		for seed := range seeds {
			t.Run(fmt.Sprint(a.Kind(), seed), func(t *testing.T) {
				t.Parallel()
				b := newBank(t, a.Channel(), simulator.Options{
					Seed: seed, Delays: simulator.Delays{Sent: 40 * time.Second}, // later than the bot waits before it asks
					Chaos: simulator.Chaos{Throttle: 0.2, Ambiguous: 0.3, Duplicate: 0.5, Reorder: 0.5, Delay: 20 * time.Second},
				})
				opened := b.open(a)
				b.pass(3*time.Minute, opened)
				if a == whatsapp {
					b.types(a, "hi") // the window opens
				}
				seen, more := 0, true
				for turns := 0; more && turns < 20; turns++ {
					b.pass(3*time.Minute, opened)
					seen, more = b.answer(a, seen)
				}
				b.pass(10*time.Minute, opened)
				b.check(opened, a)
			})
		}
	}
}

// check looks at how a conversation has ended.
func (b *bank) check(opened bot.Opened, a message.Address) {
	b.t.Helper()
	view, err := b.bot.Case(b.t.Context(), opened.Case)
	if err != nil {
		b.t.Fatal(err)
	}
	promises, err := b.ledger.Rows(b.t.Context(), "promises")
	if err != nil {
		b.t.Fatal(err)
	}
	if view.Outcome != "promised" || len(promises) != 1 {
		b.t.Errorf("the case is in %q with outcome %q and %d promises, want one promise; the thread:\n%s", view.State, view.Outcome, len(promises), b.transcript(a))
	}
	shown := make(map[string]int)
	for _, m := range b.net.Thread(a) {
		if m.From == simulator.Bot {
			shown[m.Key]++
		}
	}
	b.doubts.mu.Lock()
	defer b.doubts.mu.Unlock()
	c := b.net.Counts()
	b.t.Logf("%d requests, %d accepted, %d effects in doubt, %d webhooks", c.Requests, c.Accepted, len(b.doubts.count), c.Webhooks)
	for key, n := range shown {
		allowed := 1
		if b.doubts.count[key] > 0 && !b.finds() {
			allowed = 2
		}
		if n > allowed {
			b.t.Errorf("effect %s is shown %d times with %d answers lost, want at most %d; the thread:\n%s", key, n, b.doubts.count[key], allowed, b.transcript(a))
		}
	}
}

func (b *bank) finds() bool { _, ok := b.doubts.Channel.(channels.Finder); return ok }

// transcript is a thread in words.
func (b *bank) transcript(a message.Address) string {
	var out strings.Builder
	for _, m := range b.net.Thread(a) {
		fmt.Fprintf(&out, "%s %s %s (%s, %s)\n", m.At.Sub(begin), m.From, m.Text, m.Status, m.Key)
	}
	return out.String()
}
