package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var lua embed.FS

// script is one of lua/, with the prelude before it. Each file opens with its contract.
type script struct {
	name string
	*redis.Script
	source string
}

func load(name string) *script {
	prelude, _ := lua.ReadFile("lua/prelude.lua")
	body, err := lua.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic("store: script: " + err.Error()) // embedded: only a misspelt name can fail, at start
	}
	source := string(prelude) + string(body)
	return &script{name: name, Script: redis.NewScript(source), source: source}
}

var (
	loadScript        = load("load")
	loadAddressScript = load("load_address")
	lockoutScript     = load("lockout")
	aliasScript       = load("alias")
	repointScript     = load("repoint")
	createScript      = load("create")
	commitScript      = load("commit")
	claimScript       = load("claim")
	unclaimScript     = load("unclaim")
	gateScript        = load("gate")
	rateScript        = load("rate")
	capScript         = load("cap")
	receiptScript     = load("receipt")
	dueScript         = load("due")
	rescheduleScript  = load("reschedule")
	letterScript      = load("letter")
	reasonScript      = load("letter_reason")
	resealScript      = load("reseal")
	campaignScript    = load("campaign")

	campaignStatusScript = load("campaign_status")
)

// run runs a script that may write, once: EVALSHA, and EVAL where the server doesn't know it yet.
func (s *Store) run(ctx context.Context, sc *script, keys []string, args ...any) (reply, error) {
	v, err := sc.Run(ctx, s.redis, keys, args...).Result()
	if err != nil {
		return nil, fmt.Errorf("run %s.lua: %w", sc.name, err)
	}
	return replyOf(v), nil
}

// read runs a script that changes nothing; where the connection breaks it may ask again.
func (s *Store) read(ctx context.Context, sc *script, keys []string, args ...any) (r reply, err error) {
	return r, again(ctx, func() error {
		r, err = s.run(ctx, sc, keys, args...)
		return err
	})
}

// call is one script in a pipeline.
type call struct {
	script *script
	keys   []string
	args   []any
}

// pipeline runs scripts in one round trip. A server that has lost its scripts (a restart, a failover) gets them all again
// with their sources, so every script that comes here must bear being run twice.
func (s *Store) pipeline(ctx context.Context, calls []call) ([]reply, error) {
	send := func(one func(p redis.Pipeliner, c call) *redis.Cmd) ([]reply, error) {
		p := s.redis.Pipeline()
		commands := make([]*redis.Cmd, len(calls))
		for i, c := range calls {
			commands[i] = one(p, c)
		}
		_, _ = p.Exec(ctx) // each command has its own error
		replies := make([]reply, len(calls))
		for i, c := range commands {
			v, err := c.Result()
			if err != nil {
				return nil, fmt.Errorf("run %s.lua: %w", calls[i].script.name, err)
			}
			replies[i] = replyOf(v)
		}
		return replies, nil
	}
	replies, err := send(func(p redis.Pipeliner, c call) *redis.Cmd {
		return p.EvalSha(ctx, c.script.Hash(), c.keys, c.args...)
	})
	if err != nil && redis.HasErrorPrefix(errors.Unwrap(err), "NOSCRIPT") {
		return send(func(p redis.Pipeliner, c call) *redis.Cmd { return p.Eval(ctx, c.script.source, c.keys, c.args...) })
	}
	return replies, err
}

// again retries a read on a broken connection: three times in all, with jitter. Answers of the server, and a context that
// has ended, are final.
func again(ctx context.Context, read func() error) error {
	var err error
	for try := range 3 {
		if try > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(time.Duration(try)*5*time.Millisecond + rand.N(10*time.Millisecond)):
			}
		}
		err = read()
		if !broken(err) {
			return err
		}
	}
	return err
}

func broken(err error) bool {
	var answer redis.Error
	var network net.Error
	switch {
	case err == nil, errors.As(err, &answer), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &network):
		return true
	}
	return isEOF(err)
}

// reply is a script's answer: a list of texts, with at most one list inside, or one number.
type reply []any

func replyOf(v any) reply {
	if list, ok := v.([]any); ok {
		return list
	}
	return reply{v}
}

// text is the i-th element, empty where there is none.
func (r reply) text(i int) string {
	if i >= len(r) {
		return ""
	}
	switch v := r[i].(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

func (r reply) list(i int) reply {
	if i < len(r) {
		if list, ok := r[i].([]any); ok {
			return list
		}
	}
	return nil
}

func (r reply) time(i int) time.Time { return fromMillis(r.text(i)) }

func fromMillis(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// millis rounds up: nothing is woken before its time.
func millis(t time.Time) string {
	n := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		n++
	}
	return strconv.FormatInt(n, 10)
}

// millisOrNone is empty for the zero time.
func millisOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return millis(t)
}

func (s *Store) offset() int64 {
	if s.options.Offset == nil {
		return 0
	}
	return s.options.Offset().Milliseconds()
}
