// Package storebench is the Redis below a benchmark: it records the commands that a store really sends, and sends them
// again for other conversations.
//
// It promises: what is sent again is what was recorded, with other keys and IDs of the same length and nothing else. It only
// ever works on a Redis that was empty, and leaves it empty.
package storebench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
)

// ErrInUse is returned for a Redis that holds something.
var ErrInUse = errors.New("this Redis isn't empty: a benchmark fills it and empties it again; give it one of its own")

// Redis is a connection pool like a store's. It is safe for concurrent use.
type Redis struct {
	client redis.UniversalClient
	piped  scripter // nil where this kind of client has no pipeline that its callers share
}

// scripter is what runs a script.
type scripter interface {
	EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd
}

// Open connects to a Redis that must be empty. ErrInUse.
func Open(ctx context.Context, url string) (*Redis, error) {
	client, err := store.NewClient(url)
	if err != nil {
		return nil, err
	}
	n, err := client.DBSize(ctx).Result()
	if err == nil && n > 0 {
		err = ErrInUse
	}
	if err != nil {
		_ = client.Close()
		return nil, fmt.Errorf("open Redis: %w", err)
	}
	r := &Redis{client: client}
	if c, ok := client.(*redis.Client); ok {
		if r.piped, err = c.AutoPipeline(); err != nil {
			_ = client.Close()
			return nil, fmt.Errorf("open Redis: %w", err)
		}
	}
	return r, nil
}

// Client is for a store that is to use the same pool.
func (r *Redis) Client() redis.UniversalClient { return r.client }

// Close empties the Redis and ends the connections.
func (r *Redis) Close(ctx context.Context) error {
	return errors.Join(r.client.FlushDB(ctx).Err(), r.client.Close())
}

// Call is one run of a script.
type Call struct {
	sha  string
	keys []string
	args []any
}

// Bytes is how much its arguments weigh.
func (c Call) Bytes() (n int) {
	for _, a := range c.args {
		n += len(textOf(a))
	}
	return n
}

// Run runs a call and returns what the script answers first: ok, conflict, missing of a commit.
func (r *Redis) Run(ctx context.Context, c Call) (string, error) {
	return run(ctx, r.client, c)
}

// RunPipelined is Run, in round trips that all who call it at the same time share. A Cluster's or Sentinel's client has no
// such thing: there it is Run.
func (r *Redis) RunPipelined(ctx context.Context, c Call) (string, error) {
	if r.piped == nil {
		return r.Run(ctx, c)
	}
	return run(ctx, r.piped, c)
}

func run(ctx context.Context, on scripter, c Call) (string, error) {
	v, err := on.EvalSha(ctx, c.sha, c.keys, c.args...).Result()
	return first(v), err
}

// RunAll runs calls in one round trip. Each must answer; a commit that wrote nothing is an error.
func (r *Redis) RunAll(ctx context.Context, calls []Call) error {
	p := r.client.Pipeline()
	commands := make([]*redis.Cmd, len(calls))
	for i, c := range calls {
		commands[i] = p.EvalSha(ctx, c.sha, c.keys, c.args...)
	}
	if _, err := p.Exec(ctx); err != nil {
		return fmt.Errorf("run %d recorded calls: %w", len(calls), err)
	}
	for _, c := range commands {
		if answer := first(c.Val()); answer == "conflict" || answer == "missing" {
			return fmt.Errorf("run %d recorded calls: a commit answered %s: another one has the conversation", len(calls), answer)
		}
	}
	return nil
}

func first(v any) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	s, _ := v.(string)
	return s
}

func textOf(a any) string {
	switch v := a.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(a)
}

// Info is one figure of what Redis says of itself.
func (r *Redis) Info(ctx context.Context, name string) (string, error) {
	all, err := r.client.Info(ctx).Result()
	if err != nil {
		return "", fmt.Errorf("ask Redis for INFO: %w", err)
	}
	for line := range strings.Lines(all) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("ask Redis for INFO: it says nothing of %s", name)
}
