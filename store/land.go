package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotReplicated is returned, where durability is replicated, for what the master has written and no replica has confirmed
// in time: a failover may keep it or lose it. Whoever must know loads again with LoadDurable, which waits too.
var ErrNotReplicated = errors.New("written, and not on a replica yet: nothing is acknowledged before it is")

// waitFor is how long replicas are waited for: shorter than go-redis waits for an answer.
const waitFor = time.Second

// write runs a script that writes, once; where a failover is possible, as land does.
func (s *Store) write(ctx context.Context, sc *script, keys []string, args ...any) (reply, error) {
	if s.lands == nil {
		return s.run(ctx, sc, keys, args...)
	}
	var answer *redis.Cmd
	err := s.land(ctx, keys[0], func(c redis.Cmdable) redis.Cmder {
		answer = c.EvalSha(ctx, sc.Hash(), keys, args...)
		return answer
	})
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		err = s.land(ctx, keys[0], func(c redis.Cmdable) redis.Cmder {
			answer = c.Eval(ctx, sc.source, keys, args...)
			return answer
		})
	}
	if err != nil {
		return nil, fmt.Errorf("run %s.lua: %w", sc.name, err)
	}
	return replyOf(answer.Val()), nil
}

// keep is write for a script that bears being run twice: it rides out a failover.
func (s *Store) keep(ctx context.Context, sc *script, keys []string, args ...any) (r reply, err error) {
	return r, s.patiently(ctx, func() error {
		r, err = s.write(ctx, sc, keys, args...)
		return err
	})
}

// put is keep for a plain command under one key. It must bear being run twice.
func (s *Store) put(ctx context.Context, key string, command func(redis.Cmdable) redis.Cmder) error {
	return s.patiently(ctx, func() error {
		if s.lands == nil {
			return command(s.redis).Err()
		}
		return s.land(ctx, key, command)
	})
}

// readDurable is read, and answers only once all that it has read is as durable as the options say: where that is
// replicated, a replica has it. In the other modes it is read.
func (s *Store) readDurable(ctx context.Context, sc *script, keys []string, args ...any) (reply, error) {
	if !s.replicated {
		return s.read(ctx, sc, keys, args...)
	}
	return s.keep(ctx, sc, keys, args...)
}

// patiently rides out a failover with what bears being done twice.
func (s *Store) patiently(ctx context.Context, do func() error) error {
	if s.lands == nil {
		return do()
	}
	return s.again(ctx, do)
}

// pipes is what runs commands on one connection.
type pipes interface{ Pipeline() redis.Pipeliner }

// land runs one command on the server that holds a key, and there only. go-redis would send it again by itself on a Cluster
// whose connection broke (MaxRedirects), and a commit that was written would come back as somebody else's. A server that
// answers that it hasn't the slot has written nothing: then the one that it names is asked, once.
//
// Where durability is replicated the same connection then waits for the replicas. WAIT waits for what its own connection has
// written, and on one that has written nothing it answers at once, for nothing. So a tiny write goes before it: the stream
// to the replicas has an order, and who has that write has all that the command wrote, or read.
func (s *Store) land(ctx context.Context, key string, command func(redis.Cmdable) redis.Cmder) error {
	node, err := s.lands(ctx, key)
	if err != nil {
		return err
	}
	err = s.landOn(ctx, node, key, command, false)
	if errors.Is(err, ErrNotReplicated) { // the command was run; where only the tiny write was sent elsewhere it mustn't follow
		s.refresh(ctx, err)
		return err
	}
	addr, moved := redis.IsMovedError(err)
	if !moved {
		var ask bool
		if addr, ask = redis.IsAskError(err); !ask {
			s.refresh(ctx, err)
			return err
		}
	}
	if node, err = s.masterAt(ctx, addr); err != nil {
		return err
	}
	return s.landOn(ctx, node, key, command, !moved)
}

func (s *Store) landOn(ctx context.Context, node pipes, key string, command func(redis.Cmdable) redis.Cmder, asking bool) error {
	p := node.Pipeline()
	ask := func() {
		if asking {
			p.Do(ctx, "ASKING") // of the next command alone
		}
	}
	ask()
	answer := command(p)
	if !s.replicated {
		_, _ = p.Exec(ctx) // the command has its own error
		return answer.Err()
	}
	ask()
	mine := waitedKey(key)
	if asking { // the server that the slot comes from may have that one still, and couldn't move it here any more
		mine += ":" + rand.Text()
	}
	mark := p.Set(ctx, mine, "1", time.Minute)
	waited := p.Do(ctx, "WAIT", s.confirming(), waitFor.Milliseconds())
	_, _ = p.Exec(ctx)
	switch {
	case answer.Err() != nil && !errors.Is(answer.Err(), redis.Nil):
		return answer.Err()
	case mark.Err() != nil:
		return fmt.Errorf("%w: %w", ErrNotReplicated, mark.Err())
	}
	switch have, err := waited.Int(); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNotReplicated, err)
	case have < s.confirming():
		return ErrNotReplicated
	}
	return answer.Err()
}

// waitedKey lies in the slot of another key.
func waitedKey(key string) string {
	if _, rest, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(rest, "}"); ok && tag != "" {
			key = tag
		}
	}
	return "settle:{" + key + "}:waited" // STRING; TTL a minute
}

// refresh lets a Cluster's client look where the slots are now. By itself it does so every ten seconds.
func (s *Store) refresh(ctx context.Context, err error) {
	if cluster, ok := s.redis.(*redis.ClusterClient); ok && away(err) {
		cluster.ReloadState(ctx)
	}
}

// masterOf finds the server that holds a key.
func masterOf(client redis.UniversalClient) func(context.Context, string) (pipes, error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return func(context.Context, string) (pipes, error) { return client, nil }
	}
	return func(ctx context.Context, key string) (pipes, error) {
		node, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			cluster.ReloadState(ctx)
			return nil, fmt.Errorf("find the Cluster's server that holds a key: %w", err)
		}
		return node, nil
	}
}

// masterAt is the Cluster's master with this address, as the Cluster is now.
func (s *Store) masterAt(ctx context.Context, addr string) (pipes, error) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, err
	}
	for _, node := range nodes {
		if node.Options().Addr == addr {
			return node, nil
		}
	}
	return nil, fmt.Errorf("%w: it names a server that isn't one of the Cluster's masters", errMoving)
}

// errMoving: the Cluster is changing; nothing was written.
var errMoving = errors.New("the Cluster is moving the key")
