package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
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
	return r, s.again(ctx, func() error {
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
	s.refresh(ctx, err)
	if err != nil && redis.HasErrorPrefix(errors.Unwrap(err), "NOSCRIPT") {
		return send(func(p redis.Pipeliner, c call) *redis.Cmd { return p.Eval(ctx, c.script.source, c.keys, c.args...) })
	}
	return replies, err
}

// failsOver is how long a failover is ridden out.
const failsOver = 5 * time.Second

// again repeats what may be done twice while Redis is away, with jitter: three times in all, and where another server may
// take over, until it should have. Other answers of a server, and a context that has ended, are final.
func (s *Store) again(ctx context.Context, do func() error) error {
	began := time.Now()
	for try := 1; ; try++ {
		err := do()
		if !away(err) || (s.lands == nil || time.Since(began) > failsOver) && try >= 3 {
			return err
		}
		s.refresh(ctx, err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(min(try, 20))*5*time.Millisecond + rand.N(10*time.Millisecond)):
		}
	}
}

// away says whether Redis wasn't there, isn't ready, or has its slots elsewhere by now: what it may have done is unknown,
// and it is worth asking again.
func away(err error) bool {
	var answer redis.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case redis.IsLoadingError(err), redis.IsReadOnlyError(err), redis.IsMasterDownError(err), redis.IsClusterDownError(err), redis.IsTryAgainError(err):
		return true
	case errors.Is(err, ErrNotReplicated):
		return !redis.IsPermissionError(err)
	}
	if _, moved := redis.IsMovedError(err); moved {
		return true
	}
	return !errors.As(err, &answer) && !errors.Is(err, redis.ErrClosed)
}

// reply is a script's answer: a list of texts, or one number.
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
