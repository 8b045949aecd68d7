package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// How long a shutdown takes once shutdown.wait is over: requests are answered first, then the bot finishes what is on the
// wire.
const (
	drainRequests = 3 * time.Second
	shutdownWhole = 10 * time.Second
)

// run listens and works until ctx ends or something fails. It is long and straight: the order of its lines is the order of
// starting and stopping.
func (s *service) run(ctx context.Context, o serving) error {
	publicListener, err := net.Listen("tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: set listen in %s", err, s.config.Path())
	}
	adminListener, err := net.Listen("tcp", s.config.AdminListen)
	if err != nil {
		_ = publicListener.Close()
		return fmt.Errorf("listen: %w: set admin_listen in %s", err, s.config.Path())
	}
	public, admin := s.web.Public(s.log), s.web.Admin(s.log)
	public.Handler = s.lastOnItsConnection(public.Handler)
	failed := make(chan error, 3)
	var work sync.WaitGroup
	for _, l := range []struct {
		server   *http.Server
		listener net.Listener
	}{{public, publicListener}, {admin, adminListener}} {
		work.Go(func() {
			if err := l.server.Serve(l.listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve %s: %w", l.listener.Addr(), err)
			}
		})
	}
	// The bot and what beside it outlive ctx: requests that come until the end are answered by them.
	life := context.WithoutCancel(ctx)
	botLife, stopBot := context.WithCancel(life)
	defer stopBot()
	botDone := make(chan error, 1)
	s.alive.Store(true)
	go func() {
		err := s.bot.Run(botLife)
		s.alive.Store(false)
		if botLife.Err() == nil {
			failed <- fmt.Errorf("the bot has ended: %w", errors.Join(err, errNotRunning))
		}
		botDone <- err
	}()
	besideLife, stopBeside := context.WithCancel(life)
	work.Go(func() { s.followOn(besideLife) })
	work.Go(func() { s.reloadOn(besideLife, o.reload) })
	s.announce(publicListener.Addr().String(), adminListener.Addr().String())
	if o.listening != nil {
		o.listening(publicListener.Addr().String(), adminListener.Addr().String())
	}
	if s.desk != nil {
		work.Go(func() { s.desk.watch(besideLife) })
		o.desk(s.config.PublicURL + s.desk.signIn.Link())
	}

	var cause error
	select {
	case <-ctx.Done():
		cause = s.leave(failed)
	case cause = <-failed:
		s.leaving.Store(true)
	}

	s.log.Info().Msg("shutting down: requests are answered, then what is on the wire is finished")
	deadline, cancel := context.WithTimeout(life, shutdownWhole)
	defer cancel()
	stopBeside() // ends the desk's streams too
	drain, cancelDrain := context.WithTimeout(deadline, drainRequests)
	defer cancelDrain()
	if err := public.Shutdown(drain); err != nil {
		s.log.Warn().Err(err).Msg("requests were cut off: nobody was told that they are durable")
		_ = public.Close()
	}
	stopBot()
	select {
	case err := <-botDone:
		if err != nil {
			s.log.Warn().Err(err).Msg("bot")
		}
	case <-deadline.Done():
		s.log.Warn().Msg("ten seconds are over: claims lapse, and another process or the next start goes on")
	}
	_ = admin.Close() // last, so that the shutdown can be watched
	work.Wait()
	s.log.Info().Msg("ended")
	return cause
}

// leave says that this process isn't ready and goes on for shutdown.wait: a balancer sends here until its next probe, and what
// it sends is answered. It ends sooner where something fails, and at once with a Redis of its own: no other process could
// answer in its place.
func (s *service) leave(failed <-chan error) error {
	s.leaving.Store(true)
	if s.config.Shutdown.Wait == 0 || s.config.Redis.URL == "" {
		return nil
	}
	s.log.Info().Stringer("wait", s.config.Shutdown.Wait).
		Msg("not ready any more: requests are still answered, until balancers have noticed; a second signal ends it at once")
	over := time.NewTimer(s.config.Shutdown.Wait)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case err := <-failed:
		return err
	}
}

// lastOnItsConnection asks whoever sends while this process is leaving to use a new connection next time: one that is closed
// just as a request leaves on it is a request that fails. (http.Server's own switch would close idle connections at once.)
func (s *service) lastOnItsConnection(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
