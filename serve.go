package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/web"
)

func newServeCommand() *cobra.Command {
	var path string
	var withDesk bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "The service: webhooks, the API, and everything that is due",
		Long: `Runs the service. It answers webhooks and the API on one address, metrics, health and profiles on another, and does what
is due. Where no redis.url is configured it starts a redis-server or valkey-server of its own, in data_dir.

--desk serves the agents' desk below /desk and prints a link that signs one agent in, once, within the hour.

Any number of them may share one Redis. SIGTERM ends it within ten seconds; what was acknowledged is durable, whatever
ends it. Workflows with problems are all listed, and nothing is started.`,
		Example: `  settle serve --config settle.yaml
  REDIS_URL=redis://localhost:6379 settle serve
  settle serve --desk
  kill -TERM $(pidof settle)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Read(path)
			if err != nil {
				return err
			}
			o := serving{}
			if withDesk {
				o.desk = func(link string) { // not into the log: it lets whoever reads it in
					fmt.Fprintf(cmd.OutOrStdout(), "The desk, one sign-in within the hour: %s\n", link)
				}
			}
			return serve(cmd.Context(), c, newLogger(cmd.ErrOrStderr(), c.Log.Level), o)
		},
	}
	configFlag(c, &path)
	c.Flags().BoolVar(&withDesk, "desk", false, "serve the agents' desk, and print a link that signs one agent in")
	return c
}

func configFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "config", "c", "settle.yaml", "the configuration file")
}

// How long a shutdown takes: requests are answered first, then the bot finishes what is on the wire.
const (
	drainRequests = 3 * time.Second
	shutdownWhole = 10 * time.Second
	followEvery   = 5 * time.Second // how soon a version that another process has published is known here
)

// serving is what whoever starts the service wants to be told. Its functions may be nil.
type serving struct {
	listening func(public, admin string) // the two addresses, once both take connections
	desk      func(link string)          // a link that signs an agent in; nil: no desk is served
}

// serve runs the service until ctx ends.
func serve(ctx context.Context, c *config.Config, log zerolog.Logger, o serving) error {
	s, err := newService(ctx, c, log, o.desk != nil)
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(ctx, o)
}

// service is everything that serve has opened.
type service struct {
	config   *config.Config
	log      zerolog.Logger
	store    *store.Store
	library  *fsm.Library
	plugins  opened
	bot      *bot.Bot
	web      *web.Server
	desk     *servedDesk // nil: none is served
	alive    atomic.Bool // the bot runs
	closeAll []func()
	unloaded string // what follow has complained of last; only follow uses it, and one call at a time
}

func newService(ctx context.Context, c *config.Config, log zerolog.Logger, withDesk bool) (_ *service, err error) {
	s := &service{config: c, log: log, library: fsm.NewLibrary()}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	bundles, workflows, where, err := loadBundles(c)
	if err != nil {
		return nil, err
	}
	for _, w := range workflows {
		s.library.Add(w)
		log.Info().Str("workflow", w.Pin()).Str("from", where).Msg("workflow loaded")
	}
	if s.plugins, err = openPlugins(c); err != nil {
		return nil, err
	}
	s.closeAll = append(s.closeAll, s.plugins.close)
	st, closeStore, err := openStore(ctx, c, log)
	if err != nil {
		return nil, err
	}
	s.store, s.closeAll = st, append(s.closeAll, closeStore)
	if banner := st.Banner(); banner != "" {
		log.Warn().Msg(banner)
	}
	if err := publish(ctx, st, bundles); err != nil {
		return nil, err
	}
	s.follow(ctx)
	tracer, closeTracing, err := openTracing(ctx, c, log)
	if err != nil {
		return nil, err
	}
	s.closeAll = append(s.closeAll, closeTracing)
	registry, meter := newRegistry(c)
	st.Watch(web.RedisMeter(registry))
	s.bot = bot.New(bot.Options{
		Store: st, Library: s.library, Channels: s.plugins.channels, Systems: s.plugins.systems, Checks: checks(),
		Rules: policy.DefaultRules(), Rates: s.plugins.rates, CodeCountries: c.Identity.Codes.Countries, Log: log, Meter: meter, Tracer: tracer,
	})
	registry.MustRegister(&web.Figures{Store: st.Figures, Bot: s.bot, Log: log})
	var pages func(*http.ServeMux)
	if withDesk {
		s.desk = newServedDesk(s.bot, c)
		pages = s.desk.mount
	}
	s.web = web.New(web.Options{
		Pages: pages,
		Bot:   s.bot, Channels: s.plugins.receivers, Keys: apiKeys(c), PublicURL: c.PublicURL, Log: log, Tracer: tracer, Registry: registry,
		Ready: []web.Probe{{Name: "redis", Check: st.Ping}, {Name: "bot", Check: s.running}},
	})
	return s, nil
}

var errNotRunning = errors.New("the bot doesn't run: this process is starting or shutting down")

func (s *service) running(context.Context) error {
	if !s.alive.Load() {
		return errNotRunning
	}
	return nil
}

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

func (s *service) close() {
	for i := len(s.closeAll) - 1; i >= 0; i-- {
		s.closeAll[i]()
	}
	s.closeAll = nil
}

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
	// The bot outlives ctx: requests that came before the end are answered by it.
	botLife, stopBot := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBot()
	botDone := make(chan error, 1)
	s.alive.Store(true)
	go func() {
		err := s.bot.Run(botLife)
		s.alive.Store(false)
		botDone <- err
	}()
	followLife, stopFollowing := context.WithCancel(ctx)
	work.Go(func() { s.followOn(followLife) })
	s.announce(publicListener.Addr().String(), adminListener.Addr().String())
	if o.listening != nil {
		o.listening(publicListener.Addr().String(), adminListener.Addr().String())
	}
	if s.desk != nil {
		work.Go(func() { s.desk.watch(followLife) })
		o.desk(s.config.PublicURL + s.desk.signIn.Link())
	}

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	case cause = <-botDone:
		botDone <- nil
		cause = fmt.Errorf("the bot has ended: %w", errors.Join(cause, errNotRunning))
	}

	s.log.Info().Msg("shutting down: requests are answered, then what is on the wire is finished")
	s.alive.Store(false) // not ready any more: nothing new is sent here
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWhole)
	defer cancel()
	stopFollowing() // ends the desk's streams too
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
