package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Figures are what a Redis holds, in numbers that are cheap to ask for: two round trips for all partitions, and one to each
// server.
type Figures struct {
	Answered   time.Duration // how long Redis took to tell the time
	Due        int           // conversations that want attention and that nobody has taken up
	Late       time.Duration // since when the first of them has waited
	Letters    int
	Handoffs   int           // conversations that wait for a person, or are with one
	Oldest     time.Duration // how long the first of them has
	Used, Most uint64        // bytes, of all servers; Most is zero where Redis has no limit of its own
}

// Figures asks for them.
func (s *Store) Figures(ctx context.Context) (Figures, error) {
	var f Figures
	asked := time.Now()
	now, err := s.Now(ctx)
	if err != nil {
		return Figures{}, err
	}
	f.Answered = time.Since(asked)
	var due, letters, handoffs [Partitions]*redis.IntCmd
	var first, oldest [Partitions]*redis.ZSliceCmd
	pipe := s.redis.Pipeline()
	for i := range due {
		p := partition(i)
		due[i] = pipe.ZCount(ctx, p.due(), "-inf", strconv.FormatInt(now.UnixMilli(), 10))
		first[i] = pipe.ZRangeWithScores(ctx, p.due(), 0, 0)
		letters[i] = pipe.HLen(ctx, p.letters())
		handoffs[i] = pipe.ZCard(ctx, p.handoffs())
		oldest[i] = pipe.ZRangeWithScores(ctx, p.handoffs(), 0, 0)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return Figures{}, fmt.Errorf("ask Redis what waits: %w", err)
	}
	for i := range due {
		f.Due += int(due[i].Val())
		f.Letters += int(letters[i].Val())
		f.Handoffs += int(handoffs[i].Val())
		f.Late = max(f.Late, since(first[i].Val(), now))
		f.Oldest = max(f.Oldest, since(oldest[i].Val(), now))
	}
	return f, s.memory(ctx, &f)
}

// since is how long ago the first of a set was, by its score; zero where there is none, or it is still to come.
func since(set []redis.Z, now time.Time) time.Duration {
	if len(set) == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMilli(int64(set[0].Score))))
}

func (s *Store) memory(ctx context.Context, f *Figures) error {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return fmt.Errorf("list Redis's servers: %w", err)
	}
	for _, node := range nodes {
		raw, err := node.Info(ctx, "memory").Result()
		if err != nil {
			return fmt.Errorf("ask Redis for its memory: %w", err)
		}
		info := infoFields(raw)
		for field, to := range map[string]*uint64{"used_memory": &f.Used, "maxmemory": &f.Most} {
			n, err := strconv.ParseUint(info[field], 10, 64)
			if err != nil {
				return fmt.Errorf("read Redis's %s: %w", field, err)
			}
			*to += n
		}
	}
	return nil
}

// Watch has each round trip told to told: what was asked (a script's name, a command, pipeline, connect), how long it took, and what
// went wrong, in one of a few words; empty where nothing did. It must be called while nobody else uses the store.
func (s *Store) Watch(told func(call string, took time.Duration, failed string)) {
	names := make(map[string]string)
	for _, sc := range []*script{
		loadScript, loadAddressScript, lockoutScript, aliasScript, repointScript, createScript, commitScript, claimScript, unclaimScript, gateScript,
		rateScript, capScript, receiptScript, dueScript, rescheduleScript, letterScript, resealScript, campaignScript, campaignStatusScript,
	} {
		names[sc.Hash()] = sc.name
	}
	s.redis.AddHook(watch{told, names})
}

type watch struct {
	told  func(call string, took time.Duration, failed string)
	names map[string]string // of scripts, by their hashes
}

// DialHook is go-redis's: dialling is part of the call that needed it.
func (watch) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook is go-redis's.
func (w watch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		asked := time.Now()
		err := next(ctx, cmd)
		w.tell(w.name(cmd), time.Since(asked), failure(err))
		return err
	}
}

// ProcessPipelineHook is go-redis's. Each command in a pipeline has an error of its own: the first counts.
func (w watch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		asked := time.Now()
		err := next(ctx, cmds)
		name := "pipeline"
		if len(cmds) > 0 && w.name(cmds[0]) == connecting {
			name = connecting
		}
		w.tell(name, time.Since(asked), failure(err))
		return err
	}
}

// connecting is what go-redis says on each new connection before anything else. A server may refuse part of it, as
// Redis 7.0 doesn't know CLIENT SETINFO, and nothing is wrong.
const connecting = "connect"

func (w watch) tell(call string, took time.Duration, failed string) {
	if call == connecting && failed == refused {
		failed = ""
	}
	w.told(call, took, failed)
}

// name is what was asked: never a key.
func (w watch) name(cmd redis.Cmder) string {
	if args := cmd.Args(); cmd.Name() == "evalsha" && len(args) > 1 {
		if hash, ok := args[1].(string); ok && w.names[hash] != "" {
			return w.names[hash]
		}
	}
	switch name := cmd.Name(); name {
	case "hello", "auth", "select", "client", "readonly":
		return connecting
	default:
		return name
	}
}

// refused is a failure that Redis has no word for.
const refused = "answer"

// failure names an error in a word that a metric can have: Redis's own first word, or what became of the connection.
func failure(err error) string {
	var network net.Error
	var answer redis.Error
	switch {
	case err == nil, errors.Is(err, redis.Nil):
		return ""
	case errors.As(err, &answer):
		word, _, _ := strings.Cut(answer.Error(), " ")
		switch word {
		case "NOSCRIPT": // asked again with its source: how a script is made known
			return ""
		case "OOM", "MISCONF", "READONLY", "LOADING", "BUSY", "NOAUTH", "WRONGPASS", "NOPERM", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS":
			return strings.ToLower(word)
		}
		return refused
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	}
	return "connection"
}
