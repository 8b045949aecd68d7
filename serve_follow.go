package main

import (
	"context"
	"strings"
	"time"
)

// followEvery is how soon a version that another process has published is known here.
const followEvery = 5 * time.Second

// follow learns the versions that other processes have published, and those that old cases are pinned to.
func (s *service) follow(ctx context.Context) {
	n, err := pinned(ctx, s.store, s.library)
	complaint := ""
	if err != nil {
		complaint = err.Error()
	}
	if complaint != "" && complaint != s.unloaded && ctx.Err() == nil { // once, not every five seconds
		s.log.Error().Err(err).Msg("a workflow version can't be loaded: its cases will stand still here")
	}
	s.unloaded = complaint
	if n > 0 {
		s.log.Info().Int("versions", n).Msg("workflow versions of earlier releases or other processes loaded")
	}
}

func (s *service) followOn(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.follow(ctx)
		}
	}
}

// learn gets one version that another process has published, for a case that is pinned to it.
func (s *service) learn(ctx context.Context, pin string) error {
	_, hash, _ := strings.Cut(pin, "@")
	w, err := loadPinned(ctx, s.store, hash)
	if err != nil {
		return err
	}
	s.library.AddPinned(w)
	return nil
}
