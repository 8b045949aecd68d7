package bot

import (
	"context"
	"time"
)

// unsure is a claim that this process asked for and heard nothing of: nobody will begin what it is for.
type unsure struct{ effect, nonce string }

// mostRenounced is how many conversations are seen to at once after their claims were given up. Of what is beyond it the claims
// are given up once.
const mostRenounced = 1000

// renounce gives claims up of which nobody knows whether they stand. Left alone they would lapse, and what has lapsed counts
// as begun: a first message or a code would never go. It is safe whatever has become of the request, for a claim is given up
// by its nonce, nobody else has that, and this process begins nothing under it any more.
//
// The request may still be on its way, and claim after it was answered that there is nothing to give up. So it is asked again,
// always sooner than a claim lapses, for twice as long as one stands. What takes longer to arrive lapses.
func (b *Bot) renounce(conversation string, claims []unsure) {
	if len(claims) == 0 {
		return
	}
	b.running.add()
	go func() {
		first := b.giveUp(conversation, claims)
		b.running.done()
		if b.renouncing.Add(1) <= mostRenounced {
			b.giveUpAgain(conversation, claims, first)
		}
		b.renouncing.Add(-1)
	}()
}

// giveUpAgain gives claims up again and again, until enough time has passed since Redis first answered, or the bot is closed.
func (b *Bot) giveUpAgain(conversation string, claims []unsure, err error) {
	answered := time.Now()
	for wait := time.Second; err != nil || time.Since(answered) < 2*b.ClaimFor; wait *= 2 {
		wait = min(wait, b.ClaimFor/3)
		next := time.NewTimer(wait + jitter(wait))
		select {
		case <-next.C:
		case <-b.stop:
			next.Stop()
			return
		}
		was := err
		if err = b.giveUp(conversation, claims); was != nil && err == nil {
			answered, wait = time.Now(), time.Second/2
		}
	}
}

// giveUp gives claims up, once.
func (b *Bot) giveUp(conversation string, claims []unsure) error {
	ctx, cancel := context.WithTimeout(b.life, 5*time.Second)
	defer cancel()
	for _, c := range claims {
		if err := b.Store.Unclaim(ctx, conversation, c.effect, c.nonce, time.Time{}); err != nil {
			b.Log.Debug().Err(err).Str("conversation", conversation).Msg("claim is not given back yet")
			return err
		}
	}
	return nil
}
