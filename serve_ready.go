package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/settle-chat/settle/web"
)

// How often Redis is asked whether it takes writes, and how long it may take; how long the bot's loop may take for one turn,
// which a Redis that doesn't answer can't make it exceed.
const (
	probeEvery = time.Second
	probeTakes = 1500 * time.Millisecond
	turnTakes  = time.Minute
)

// probes are what must work before requests are sent here. That the workflows are published and Redis is as durable as it must
// be is known before anything listens.
func (s *service) probes() []web.Probe {
	writes := &remembered{ask: s.store.Ping}
	return []web.Probe{
		{Name: "redis", Check: writes.check},
		{Name: "bot", Check: s.running},
		{Name: "shutdown", Check: s.staying},
	}
}

var (
	errNotRunning = errors.New("the bot doesn't run: this process is starting or shutting down")
	errLeaving    = errors.New("this process is shutting down")
)

func (s *service) running(context.Context) error {
	if !s.alive.Load() {
		return errNotRunning
	}
	return s.turning()
}

// turning says whether the bot's loop goes round. One that is stuck takes nothing on that is due, and only a new process helps.
func (s *service) turning() error { return s.bot.Turning(turnTakes) }

func (s *service) staying(context.Context) error {
	if s.leaving.Load() {
		return errLeaving
	}
	return nil
}

// remembered asks at most once in probeEvery, however often it is asked itself: a probe must not be a load.
type remembered struct {
	ask func(context.Context) error

	mu  sync.Mutex
	at  time.Time // guarded by mu
	err error     // guarded by mu
}

func (r *remembered) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < probeEvery {
		return r.err
	}
	// Whoever asked may hang up; the answer is everybody's.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTakes)
	defer cancel()
	r.err = r.ask(ctx)
	r.at = time.Now()
	return r.err
}
