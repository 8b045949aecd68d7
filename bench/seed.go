package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storebench"
)

// The customers' numbers: of conversations that exist in full, and of those whose documents only Redis knows.
func realNumber(n int) string { return fmt.Sprintf("%s%07d", realPrefix, n) }
func bareNumber(n int) string { return fmt.Sprintf("%s%07d", barePrefix, n) }

const realPrefix, barePrefix = "+2782", "+2783"

// model is the conversation that others are made like: waiting, its first message accepted by the provider.
type model struct {
	plain        string // its document
	id, case_    string
	customer     string
	number       string
	conversation fsm.Conversation
}

// modelCustomer is nobody's number else.
const modelCustomer = 9_999_999

// open opens the case of the n-th customer, as the API does.
func (w *world) open(ctx context.Context, b *bot.Bot, n int) (bot.Opened, error) {
	r := w.Matter
	r.ID, r.Customer, r.Ref = fmt.Sprintf("B%07d", n), fmt.Sprintf("C%07d", n), fmt.Sprintf("A%07d", n)
	r.Addresses = []message.Address{message.Address("sms:" + realNumber(n))}
	return b.Open(ctx, r)
}

// waiting opens a case and waits until its conversation waits for its customer.
func (w *world) waiting(ctx context.Context, b *bot.Bot, n int) (fsm.Conversation, error) {
	opened, err := w.open(ctx, b, n)
	if err != nil {
		return fsm.Conversation{}, err
	}
	for range 10 {
		if err := b.Quiet(ctx); err != nil {
			return fsm.Conversation{}, err
		}
		l, err := w.store.Load(ctx, opened.Conversation)
		if err != nil {
			return fsm.Conversation{}, err
		}
		if len(l.Conversation.Effects) == 0 && len(l.Conversation.Prompts) > 0 {
			return l.Conversation, nil
		}
		if err := b.Attend(ctx); err != nil {
			return fsm.Conversation{}, err
		}
	}
	return fsm.Conversation{}, errStuck
}

// model makes the one real conversation, through the bot and its provider.
func (w *world) model(ctx context.Context) (*model, error) {
	b := w.newBot(w.store, func(*bot.Options) {})
	c, err := w.waiting(ctx, b, modelCustomer)
	if err != nil {
		return nil, fmt.Errorf("open a conversation: %w", err)
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode a conversation: %w", err)
	}
	return &model{plain: string(plain), id: c.ID, case_: c.Active, customer: c.Contact.Customers[0], number: realNumber(modelCustomer), conversation: c}, nil
}

// like writes a conversation that is like the model but for whose it is. It is written at version 1.
func (m *model) like(ctx context.Context, s *store.Store, n int, number string) error {
	l, err := s.Create(ctx, message.Address("sms:"+number))
	if err != nil {
		return err
	}
	id := l.Conversation.ID
	plain := strings.NewReplacer(m.id, id, m.number, number, m.case_, s.CaseID("bench", number), m.customer, fmt.Sprintf("C%07d", n)).Replace(m.plain)
	var c fsm.Conversation
	if err := json.Unmarshal([]byte(plain), &c); err != nil {
		return fmt.Errorf("make a conversation like the model: %w", err)
	}
	c.Version = 1
	done, err := s.Commit(ctx, fsm.Commit{Expected: 0, Conversation: c}, nil, store.Nonce(), time.Second)
	if err == nil && done.Conflict {
		err = errors.New("make a conversation like the model: its address has one already")
	}
	return err
}

// seeders write at once.
const seeders = 64

// seed writes conversations from..from+n-1 like the model.
func (w *world) seed(ctx context.Context, m *model, from, n int) error {
	var (
		wait  sync.WaitGroup
		next  atomic.Int64
		mu    sync.Mutex
		first error
	)
	for range seeders {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := m.like(ctx, w.store, from+i, realNumber(from+i)); err != nil {
					mu.Lock()
					first = errors.Join(first, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	wait.Wait()
	return first
}

// recorded is what a store and a bot send to Redis: to write a conversation, and for a webhook.
type recorded struct {
	seed    []*storebench.Template // by message said: a commit names the one before it
	webhook []*storebench.Template // by message said
}

// commit is a webhook's second round trip.
func (r *recorded) commit() storebench.Call { return r.webhook[0].For(0)[1] }

// record makes one conversation for each message said, and notes what its webhook's two round trips are.
func (w *world) record(ctx context.Context, m *model) (*recorded, error) {
	recorder, err := storebench.Record(w.url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = recorder.Client.Close() }()
	s, err := store.Open(ctx, store.Options{Client: recorder.Client, Keyset: w.keys, Durability: w.durability(), Offset: w.offset})
	if err != nil {
		return nil, err
	}
	b := w.newBot(s, func(o *bot.Options) { o.CommitOnly = true })
	var r recorded
	// The first time round Redis may not know every script yet; the second time it does.
	for n := range 2 * len(said) {
		number := realNumber(modelCustomer - 1 - n)
		recorder.Taken()
		if err := m.like(ctx, s, n, number); err != nil {
			return nil, err
		}
		seed := recorder.Taken()
		from := message.Address("sms:" + number)
		l, err := s.LoadAddress(ctx, from)
		if err != nil {
			return nil, err
		}
		recorder.Taken()
		if err := b.Receive(ctx, channels.Received{Inbound: []message.Inbound{{ID: "bench/" + number, From: from, To: BankNumber, Text: said[n%len(said)]}}}); err != nil {
			return nil, err
		}
		if n < len(said) {
			continue
		}
		r.seed = append(r.seed, storebench.NewTemplate(l.Conversation.ID, seed).Writes())
		t := storebench.NewTemplate(l.Conversation.ID, recorder.Taken())
		if t.Len() != 2 {
			return nil, fmt.Errorf("%w: a webhook makes %d round trips, and the bare handler two", ErrVoid, t.Len())
		}
		r.webhook = append(r.webhook, t)
	}
	return &r, nil
}

// seedRaw writes conversations from..from+n-1 whose documents nobody can open, many in a round trip.
func (w *world) seedRaw(ctx context.Context, r *recorded, from, n int) error {
	const atOnce = 200
	for begin := 0; begin < n; begin += atOnce {
		var calls []storebench.Call
		for i := begin; i < min(begin+atOnce, n); i++ {
			calls = append(calls, r.seed[(from+i)%len(r.seed)].For(from+i)...)
		}
		if err := w.redis.RunAll(ctx, calls); err != nil {
			return err
		}
	}
	return nil
}
