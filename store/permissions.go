package store

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// needs are commands that the store and its scripts run, by the rule of Redis's ACL that allows them, each in a form that
// changes nothing: on a key that isn't there, or refused for its values, which Redis looks at after the permission.
func (s *Store) needs() map[string][]string {
	const none = "settle:{p00}:none"
	all := map[string][]string{
		"+@read": {
			"GET " + none, "HGET " + none + " f", "HGETALL " + none, "LRANGE " + none + " 0 0", "SMEMBERS " + none, "XRANGE " + none + " - + COUNT 1",
			"ZRANGE " + none + " 0 0", "SCAN 0 MATCH " + none,
		},
		"+@write": {
			"SET " + none + " 1 XX", "HDEL " + none + " f", "HSET " + none + " f 1 g", "HINCRBY " + none + " f x", "XADD " + none + " x f 1",
			"ZADD " + none + " x m", "ZREM " + none + " m", "PEXPIRE " + none + " 1",
		},
		"+eval":    {"EVAL return 0"},
		"+evalsha": {"EVALSHA none 0"},
		"+info":    {"INFO server"},
		"+time":    {"TIME"},
	}
	switch s.options.Durability {
	case Replicated:
		all["+wait"] = []string{"WAIT 0 1"}
	case "", Durable:
		all["+config|get"] = []string{"CONFIG GET appendonly"}
	}
	if _, ok := s.redis.(*redis.ClusterClient); ok {
		all["+cluster|info"], all["+cluster|slots"] = []string{"CLUSTER INFO"}, []string{"CLUSTER SLOTS"}
	}
	return all
}

// forbidden are the rules of needs that Redis's user lacks.
func (s *Store) forbidden(ctx context.Context) (rules []string) {
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil // what can't be asked is said by whoever asks next
	}
	for rule, commands := range s.needs() {
		p := nodes[0].Pipeline()
		for _, line := range commands {
			var words []any
			for word := range strings.FieldsSeq(line) {
				words = append(words, word)
			}
			p.Do(ctx, words...)
		}
		answers, _ := p.Exec(ctx) // each has its own error
		for _, c := range answers {
			switch {
			case !redis.IsPermissionError(c.Err()):
			case strings.Contains(c.Err().Error(), "keys"): // the command is allowed
				rules = append(rules, "~settle:*")
			default:
				rules = append(rules, rule)
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
