package bot

import (
	"context"
	"sync"
)

// spray is the breaker over all customers of the deployment. Where more than one answer in three was wrong over the last
// five minutes, and at least 200 were given, somebody tries customers one by one, and nothing counts as right until that
// is over (SECURITY.md, D3). The sums are the store's, by Redis's time; what this process hasn't yet told it adds by itself.
type spray struct {
	mu                 sync.Mutex
	right, wrong       int  // guarded by mu; counted here, not yet told
	allRight, allWrong int  // guarded by mu; of all processes, when last asked
	asking, said       bool // guarded by mu; said: an operator was told that it is open
}

const (
	sprayFloor = 200
	tellAfter  = 20 // answers; fewer wait for the next poll
)

// verdict is what an answer to a challenge was worth, to be counted once its event is committed.
type verdict struct{ answered, right bool }

// open says whether nothing counts as right now.
func (s *spray) open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	wrong := s.wrong + s.allWrong
	all := wrong + s.right + s.allRight
	return all >= sprayFloor && 3*wrong > all
}

// count counts one answer; full: enough of them to tell the store at once.
func (s *spray) count(right bool) (full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if right {
		s.right++
	} else {
		s.wrong++
	}
	return s.right+s.wrong >= tellAfter && !s.asking
}

// take takes what is to be told. ok is false where somebody else is telling, or there is nothing to tell or to forget.
func (s *spray) take() (right, wrong int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking || s.right+s.wrong+s.allRight+s.allWrong == 0 {
		return 0, 0, false
	}
	s.asking = true
	right, wrong = s.right, s.wrong
	return right, wrong, true
}

// told takes over the sums of all processes. After an error what was counted is kept and told again.
func (s *spray) told(right, wrong, allRight, allWrong int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking = false
	if err == nil {
		s.right, s.wrong, s.allRight, s.allWrong = s.right-right, s.wrong-wrong, allRight, allWrong
	}
}

// news says whether an operator must be told that the breaker has opened, or closed.
func (s *spray) news() (open, changed bool) {
	open = s.open()
	s.mu.Lock()
	defer s.mu.Unlock()
	changed = open != s.said
	s.said = open
	return open, changed
}

// tally tells the store what was counted here, and learns what all have counted.
func (b *Bot) tally(ctx context.Context) error {
	right, wrong, ok := b.spray.take()
	if !ok {
		return nil
	}
	now, err := b.Store.Now(ctx)
	var allRight, allWrong int
	if err == nil {
		allRight, allWrong, err = b.Store.Tally(ctx, now, right, wrong)
	}
	b.spray.told(right, wrong, allRight, allWrong, err)
	if open, changed := b.spray.news(); changed {
		b.Log.Error().Bool("open", open).Int("right", allRight).Int("wrong", allWrong).
			Msg("breaker over all challenges: while it is open somebody tries customers one by one, and nothing counts as right")
	}
	return err
}

// counted counts an answer whose event is committed.
func (b *Bot) counted(v verdict) {
	if !v.answered || !b.spray.count(v.right) || b.stopping() {
		return
	}
	b.running.add()
	go func() {
		defer b.running.done()
		if err := b.tally(b.life); err != nil {
			b.Log.Warn().Err(err).Msg("answers to challenges are counted here alone: they will be told later")
		}
	}()
}
