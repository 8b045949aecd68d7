package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/settle-chat/settle/bot"
)

// Memory is what one waiting conversation takes up in Redis.
type Memory struct {
	Waiting       float64            `json:"bytes"`              // what it needs to go on: document, due time, addresses, case
	WithHistory   float64            `json:"bytes_with_history"` // all of it, by Redis's used_memory
	Kinds         map[string]float64 `json:"by_kind"`            // by MEMORY USAGE of samples, a conversation
	Document      float64            `json:"document_bytes"`     // sealed, with its plain head
	Conversations int                `json:"conversations"`
}

// Aims are what it is measured against.
func (m Memory) Aims() []Aim {
	return []Aim{{"memory: a waiting conversation under 1,536 bytes", m.Waiting < 1536}}
}

// Rows are the figures for people.
func (m Memory) Rows() []Row {
	rows := []Row{
		{"one waiting conversation", fmt.Sprintf("%.0f bytes", m.Waiting), m.Waiting / max(m.WithHistory, 1)},
		{"and its history", fmt.Sprintf("%.0f bytes", m.WithHistory), 1},
		{"its sealed document and its head", fmt.Sprintf("%.0f bytes", m.Document), 0},
	}
	for _, k := range kinds {
		rows = append(rows, Row{"  " + k.name, fmt.Sprintf("%.0f bytes", m.Kinds[k.name]), m.Kinds[k.name] / max(m.WithHistory, 1)})
	}
	return append(rows, Row{"measured over", fmt.Sprintf("%d conversations", m.Conversations), 0})
}

// kinds are the kinds of keys that grow with conversations, and whether a waiting one needs them to go on.
var kinds = []struct {
	name, pattern string
	needed        bool
}{
	{"conversation", "settle:{p*}:conversation:*", true},
	{"due", "settle:{p*}:due", true},
	{"address", "settle:{p*}:address:*", true},
	{"case", "settle:{p*}:case:*", true},
	{"journal", "settle:{p*}:journal", false},
	{"transcript", "settle:{p*}:transcript:*", false},
	{"receipts", "settle:{p*}:receipts:*", false},
	{"reservations", "settle:{[rc]a*}*", false}, // of rates and caps; they end by themselves
}

// memoryConversations is how many are opened where nothing else is asked for: below a few thousand the partitions' own keys
// would count.
const memoryConversations = 5_000

// MeasureMemory opens conversations as the API does, has their first messages accepted, and asks Redis what it holds.
func MeasureMemory(ctx context.Context, o Options) (m Memory, err error) {
	w, err := newWorld(ctx, o)
	if err != nil {
		return m, err
	}
	defer w.close()
	m.Conversations = memoryConversations
	if o.Conversations > 0 {
		m.Conversations = o.Conversations
	}
	// The scripts and the store's own keys are there before.
	if _, err := w.model(ctx); err != nil {
		return m, err
	}
	before, err := w.usedMemory(ctx)
	if err != nil {
		return m, err
	}
	o.Say("%d conversations are opened, each with its first message sent", m.Conversations)
	if err := w.openAll(ctx, m.Conversations); err != nil {
		return m, err
	}
	after, err := w.usedMemory(ctx)
	if err != nil {
		return m, err
	}
	n := float64(m.Conversations)
	m.WithHistory = (after - before) / n
	m.Kinds = make(map[string]float64)
	for _, k := range kinds {
		bytes, err := w.redis.Usage(ctx, k.pattern)
		if err != nil {
			return m, err
		}
		m.Kinds[k.name] = bytes / (n + 1)
		if k.needed {
			m.Waiting += m.Kinds[k.name]
		}
	}
	bytes, err := w.redis.Lengths(ctx, "settle:{p*}:conversation:*")
	m.Document = bytes / (n + 1)
	return m, err
}

func (w *world) usedMemory(ctx context.Context) (float64, error) {
	text, err := w.redis.Info(ctx, "used_memory")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errors.New("ask Redis for its memory: used_memory is no number")
	}
	return n, nil
}

// openAll opens conversations and waits until each waits for its customer.
func (w *world) openAll(ctx context.Context, n int) error {
	b := w.newBot(w.store, func(*bot.Options) {})
	life, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = b.Run(life) })
	defer running.Wait()
	defer stop()
	var (
		wait  sync.WaitGroup
		next  atomic.Int64
		mu    sync.Mutex
		first error
	)
	ids := make([]string, n)
	for range seeders {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				opened, err := w.open(ctx, b, i)
				if err != nil {
					mu.Lock()
					first = errors.Join(first, err)
					mu.Unlock()
					return
				}
				ids[i] = opened.Conversation
			}
		})
	}
	wait.Wait()
	if first != nil {
		return first
	}
	return w.allWait(ctx, b, ids)
}

// allWait waits until all first messages were accepted.
func (w *world) allWait(ctx context.Context, b *bot.Bot, ids []string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, id := range ids {
		for {
			l, err := w.store.Load(ctx, id)
			if err != nil {
				return fmt.Errorf("wait until all first messages are sent: %w", err)
			}
			if len(l.Conversation.Effects) == 0 {
				break
			}
			if err := b.Quiet(ctx); err != nil {
				return fmt.Errorf("wait until all first messages are sent: %w", err)
			}
			if err := b.Attend(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
