package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/settle-chat/settle/fsm"
)

// Claim claims one due effect of a loaded conversation. It says no, without an error, where the version or the effect has
// moved on, another one of its lane is before it, it isn't due yet, or a claim stands: the answer is then that claim. A
// lapsed claim is such a claim too: step fsm.Lapsed first. A repeat under the same nonce is granted again.
func (s *Store) Claim(ctx context.Context, conversation string, version uint64, effect fsm.Effect, nonce string, hold time.Duration) (Claim, bool, error) {
	p, err := partitionOf(conversation)
	if err != nil {
		return Claim{}, false, err
	}
	if !isWord(nonce) || !isWord(effect.ID) {
		return Claim{}, false, fmt.Errorf("claim an effect of conversation %s: effect and nonce must be one word each", conversation)
	}
	r, err := s.write(ctx, claimScript, []string{p.conversation(conversation), p.due()}, conversation,
		strconv.FormatUint(version, 10), effect.ID, strconv.Itoa(effect.Attempt), nonce, s.offset(), hold.Milliseconds())
	if errors.Is(err, ErrNotReplicated) {
		// Nobody will run it under this name. Left alone it would lapse, and a message that never went would count as sent.
		_ = s.Unclaim(ctx, conversation, effect.ID, nonce, time.Time{})
	}
	if err != nil {
		return Claim{}, false, fmt.Errorf("claim effect %s of conversation %s: %w", effect.ID, conversation, err)
	}
	if len(r) < 2 {
		return Claim{}, false, nil
	}
	return parseClaim(effect.ID, r.text(1)), r.text(0) == "ok", nil
}

// Unclaim gives a claim back whose effect was not begun, and lets it be claimed from notBefore on (zero: as before): a
// worker that shuts down, or a gate that has reserved a later time. Only the claim's own nonce can; else nothing changes.
func (s *Store) Unclaim(ctx context.Context, conversation, effect, nonce string, notBefore time.Time) error {
	p, err := partitionOf(conversation)
	if err != nil {
		return err
	}
	_, err = s.write(ctx, unclaimScript, []string{p.conversation(conversation), p.due()}, conversation, effect, nonce, millisOrNone(notBefore))
	if err != nil {
		return fmt.Errorf("give back effect %s of conversation %s: %w", effect, conversation, err)
	}
	return nil
}
