package storebench

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
)

// Recorder is a client whose scripts are noted. It is for a few events by hand, never for what is measured.
type Recorder struct {
	Client redis.UniversalClient

	mu    sync.Mutex
	calls []Call // guarded by mu
}

// Record opens a client of its own on a Redis, for a store.
func Record(url string) (*Recorder, error) {
	client, err := store.NewClient(url)
	if err != nil {
		return nil, err
	}
	r := &Recorder{Client: client}
	client.AddHook(r)
	return r, nil
}

// Taken are the calls since it was last asked.
func (r *Recorder) Taken() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.calls
	r.calls = nil
	return taken
}

// DialHook is part of redis.Hook.
func (r *Recorder) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook notes a single command.
func (r *Recorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		err := next(ctx, c)
		r.note(c)
		return err
	}
}

// ProcessPipelineHook notes the commands of a pipeline.
func (r *Recorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, all []redis.Cmder) error {
		err := next(ctx, all)
		for _, c := range all {
			r.note(c)
		}
		return err
	}
}

// note keeps a script that has answered: one that the server didn't know is sent again, with its source, and known by then.
func (r *Recorder) note(c redis.Cmder) {
	args := c.Args()
	name, _ := args[0].(string)
	count := 0
	if len(args) > 2 {
		count, _ = args[2].(int)
	}
	if !strings.EqualFold(name, "evalsha") || c.Err() != nil || len(args) < 3+count {
		return
	}
	call := Call{sha: args[1].(string), args: slices.Clone(args[3+count:])}
	for _, k := range args[3 : 3+count] {
		call.keys = append(call.keys, k.(string))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
}

// Template is calls with what must differ for another conversation: its ID, its partition and its address' hash.
type Template struct {
	calls []Call
	place [][]slot // by call: the keys and arguments that name the conversation
	was   place
}

type slot struct {
	key   bool
	index int
}

// place is where a conversation lies.
type place struct{ partition, id, hash string }

// NewTemplate makes a template of calls about one conversation. Its address record is found by its key.
func NewTemplate(conversation string, calls []Call) *Template {
	t := &Template{calls: calls, was: place{partition: conversation[:3], id: conversation}}
	for _, c := range calls {
		for _, k := range c.keys {
			if _, hash, ok := strings.Cut(k, ":address:"); ok {
				t.was.hash = hash
			}
		}
	}
	for _, c := range calls {
		var slots []slot
		for i, k := range c.keys {
			if t.names(k) {
				slots = append(slots, slot{true, i})
			}
		}
		for i, a := range c.args {
			if s, ok := a.(string); ok && t.names(s) {
				slots = append(slots, slot{false, i})
			}
		}
		t.place = append(t.place, slots)
	}
	return t
}

func (t *Template) names(s string) bool {
	return s == t.was.partition || strings.Contains(s, "{"+t.was.partition+"}") || strings.Contains(s, t.was.id)
}

// Writes is the template without what only reads: load_address.lua, which alone takes two keys.
func (t *Template) Writes() *Template {
	w := &Template{was: t.was}
	for i, c := range t.calls {
		if len(c.keys) != 2 {
			w.calls, w.place = append(w.calls, c), append(w.place, t.place[i])
		}
	}
	return w
}

// Len is how many calls it has.
func (t *Template) Len() int { return len(t.calls) }

// For are the calls for the n-th other conversation.
func (t *Template) For(n int) []Call {
	to := placeOf(n)
	calls := make([]Call, len(t.calls))
	for i, c := range t.calls {
		calls[i] = t.moved(c, t.place[i], to)
	}
	return calls
}

func (t *Template) moved(c Call, slots []slot, to place) Call {
	c.keys, c.args = slices.Clone(c.keys), slices.Clone(c.args)
	for _, s := range slots {
		if s.key {
			c.keys[s.index] = t.renamed(c.keys[s.index], to)
		} else {
			c.args[s.index] = t.renamed(c.args[s.index].(string), to)
		}
	}
	return c
}

func (t *Template) renamed(s string, to place) string {
	if s == t.was.partition {
		return to.partition
	}
	if rest, ok := strings.CutPrefix(s, "settle:{"+t.was.partition+"}:"); ok {
		s = "settle:{" + to.partition + "}:" + rest
	}
	s = strings.Replace(s, t.was.id, to.id, 1)
	if t.was.hash != "" {
		s = strings.Replace(s, t.was.hash, to.hash, 1)
	}
	return s
}

// placeOf is the n-th made-up conversation's place, spread over all partitions as real ones are.
func placeOf(n int) place {
	const digits, hex = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdef"
	name := []byte("AAAAAAAAAAAAAAAAAAAAAAAAAA")
	for i, left := len(name)-1, n; left > 0; i, left = i-1, left/len(digits) {
		name[i] = digits[left%len(digits)]
	}
	p := n % store.Partitions
	partition := string([]byte{'p', hex[p/16], hex[p%16]})
	return place{partition: partition, id: partition + "-" + string(name), hash: string(name)}
}
