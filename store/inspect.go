package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Inspection is what a Redis is like, for whoever sets one up.
type Inspection struct {
	Version    string
	Durability error         // why it isn't as durable as the options say; and so on for the others
	Outdated   error         // it is too old
	Evicts     error         // it drops customers when full
	Keyset     error         // ErrKeyset: another keyset has written it
	Forbidden  []string      // what its user may not do and must: ACL rules; where there are any, nothing else is told
	Empty      bool          // nothing of ours is in it yet
	MayLose    string        // what may be lost, where the options put up with it
	Ahead      time.Duration // this machine's clock before Redis's; negative behind it
	Used, Most uint64        // bytes, of the fullest server; Most is zero where Redis has no limit of its own
}

// Inspect asks a Redis all that Open checks, goes on where Open stops, and writes nothing. An error says that it can't be
// asked.
func Inspect(ctx context.Context, o Options) (Inspection, error) {
	s, err := connect(o)
	if err != nil {
		return Inspection{}, err
	}
	defer func() { _ = s.Close() }()
	if err := s.redis.Ping(ctx).Err(); err != nil { // Store.Ping writes
		return Inspection{}, fmt.Errorf("ping Redis: %w%s", err, trust(err))
	}
	if forbidden := s.forbidden(ctx); len(forbidden) > 0 {
		return Inspection{Forbidden: forbidden}, nil
	}
	servers, err := s.servers(ctx)
	if err != nil {
		return Inspection{}, err
	}
	i := Inspection{
		Version: servers[0].info["redis_version"], Outdated: each(servers, checkVersion), Evicts: each(servers, checkEviction),
		Durability: errors.Join(s.checkWhole(ctx), s.checkDurability(ctx, servers)),
	}
	i.MayLose = s.banner
	if i.Used, i.Most, err = fullest(servers); err != nil {
		return Inspection{}, err
	}
	if i.Ahead, err = s.ahead(ctx); err != nil {
		return Inspection{}, err
	}
	stored, err := s.redis.Get(ctx, keysetKey).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		i.Empty = true
	case err != nil:
		return Inspection{}, fmt.Errorf("read %s: %w", keysetKey, err)
	case s.keys != nil:
		i.Keyset = s.wrote(stored)
	}
	return i, nil
}

// fullest is the memory of the server that is nearest to its limit.
func fullest(servers []server) (used, most uint64, err error) {
	for _, one := range servers {
		var u, m uint64
		for field, to := range map[string]*uint64{"used_memory": &u, "maxmemory": &m} {
			if *to, err = strconv.ParseUint(one.info[field], 10, 64); err != nil {
				return 0, 0, fmt.Errorf("%sread Redis's %s: %w", one.name, field, err)
			}
		}
		if m == 0 && most == 0 && u > used || m > 0 && (most == 0 || float64(u)/float64(m) > float64(used)/float64(most)) {
			used, most = u, m
		}
	}
	return used, most, nil
}

// ahead compares the clocks: Redis's is read half way between asking and being answered.
func (s *Store) ahead(ctx context.Context) (time.Duration, error) {
	asked := time.Now()
	theirs, err := s.redis.Time(ctx).Result()
	if err != nil {
		return 0, fmt.Errorf("ask Redis for the time: %w", err)
	}
	return asked.Add(time.Since(asked) / 2).Sub(theirs), nil
}

// Sizes are how many keys the keyset has to seal and to look up with. More than one of either: a rotation isn't finished.
func (k *Keyset) Sizes() (seal, lookup int) {
	return len(k.seal.KeysetInfo().GetKeyInfo()), len(k.lookup.KeysetInfo().GetKeyInfo())
}
