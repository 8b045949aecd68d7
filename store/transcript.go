package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/settle-chat/settle/fsm"
)

// Transcript reads a conversation's last lines, in order; all of them where last is zero. Each line carries the version that
// wrote it and its place there, bound into its seal: a line that was changed, doubled or moved is ErrCorrupt.
func (s *Store) Transcript(ctx context.Context, conversation string, last int) ([]fsm.Line, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return nil, err
	}
	key := p.transcript(conversation)
	var stored []string
	err = s.again(ctx, func() error {
		stored, err = s.redis.LRange(ctx, key, int64(-max(last, 0)), -1).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	lines := make([]fsm.Line, len(stored))
	var before [2]uint64
	for i, v := range stored {
		place, sealed, _ := strings.Cut(v, " ")
		var now [2]uint64
		if _, err := fmt.Sscanf(place, "%d.%d", &now[0], &now[1]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", key, i, ErrCorrupt)
		}
		if i > 0 && (now[0] < before[0] || now[0] == before[0] && now[1] <= before[1]) {
			return nil, fmt.Errorf("%s, line %d: %w: out of order", key, i, ErrCorrupt)
		}
		before = now
		plain, err := s.keys.opened([]byte(sealed), key, place)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(plain, &lines[i]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", key, i, ErrCorrupt)
		}
	}
	return lines, nil
}
