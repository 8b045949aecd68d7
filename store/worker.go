package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// PartitionOf is the partition of a conversation, for Due; false where the ID isn't one of ours.
func PartitionOf(conversation string) (int, bool) {
	p, err := partitionOf(conversation)
	return int(p), err == nil
}

// TallyMinutes is how far back a Tally looks: the minute asked for and those before it.
const TallyMinutes = 5

// tallyKey counts the answers to challenges of one minute: HASH right, wrong; TTL twice TallyMinutes. It names nobody.
func tallyKey(minute int64) string { return "settle:tally:" + strconv.FormatInt(minute, 10) }

// Tally adds to what all processes have counted of right and wrong answers in the minute of at, and returns the sums of
// the last TallyMinutes. Whoever only wants to know adds nothing. It is a count for a breaker, not for a bill: after a
// lost answer it isn't repeated.
func (s *Store) Tally(ctx context.Context, at time.Time, right, wrong int) (rights, wrongs int, err error) {
	minute := at.Unix() / 60
	p := s.redis.Pipeline()
	if right > 0 || wrong > 0 {
		key := tallyKey(minute)
		p.HIncrBy(ctx, key, "right", int64(right))
		p.HIncrBy(ctx, key, "wrong", int64(wrong))
		p.Expire(ctx, key, 2*TallyMinutes*time.Minute)
	}
	counts := make([]*redis.SliceCmd, TallyMinutes)
	for i := range counts {
		counts[i] = p.HMGet(ctx, tallyKey(minute-int64(i)), "right", "wrong")
	}
	if _, err := p.Exec(ctx); err != nil {
		return 0, 0, fmt.Errorf("count answers to challenges: %w", err)
	}
	for _, c := range counts {
		r := reply(c.Val())
		n, _ := strconv.Atoi(r.text(0)) // a minute without answers has none
		rights += n
		n, _ = strconv.Atoi(r.text(1))
		wrongs += n
	}
	return rights, wrongs, nil
}
