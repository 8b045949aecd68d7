package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/internal/loglevel"
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

Any number of them may share one Redis. On SIGTERM it says on /readyz that it isn't ready, answers for shutdown.wait, and
ends within ten seconds more; a second signal ends it at once. What was acknowledged is durable, whatever ends it. Workflows
with problems are all listed, and nothing is started.

On SIGHUP, and where a file changes, it reads settle.yaml and the workflows again: new cases begin with what is there now, the
log level is the new one, and what needs a restart is named.`,
		Example: `  settle serve --config settle.yaml
  REDIS_URL=redis://localhost:6379 settle serve
  settle serve --desk
  kill -HUP $(pidof settle)
  kill -TERM $(pidof settle)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Read(path)
			if err != nil {
				return err
			}
			level, err := loglevel.Parse(c.Log.Level)
			if err != nil {
				return err
			}
			told := make(chan os.Signal, 1)
			signal.Notify(told, syscall.SIGHUP)
			defer signal.Stop(told)
			o := serving{level: loglevel.New(level), reload: told}
			if withDesk {
				o.desk = func(link string) { // not into the log: it lets whoever reads it in
					fmt.Fprintf(cmd.OutOrStdout(), "The desk, one sign-in within the hour: %s\n", link)
				}
			}
			return serve(cmd.Context(), c, o.level.Logger(logWriter(cmd.ErrOrStderr())), o)
		},
	}
	configFlag(c, &path)
	c.Flags().BoolVar(&withDesk, "desk", false, "serve the agents' desk, and print a link that signs one agent in")
	return c
}

func configFlag(c *cobra.Command, path *string) {
	c.Flags().StringVarP(path, "config", "c", "settle.yaml", "the configuration file")
}

// serving is what whoever starts the service wants to be told. Its functions may be nil.
type serving struct {
	listening func(public, admin string) // the two addresses, once both take connections
	desk      func(link string)          // a link that signs an agent in; nil: no desk is served

	level  *loglevel.Level  // its log's level, where it can be changed
	reload <-chan os.Signal // says that the files are to be read again
}

// serve runs the service until ctx ends.
func serve(ctx context.Context, c *config.Config, log zerolog.Logger, o serving) error {
	s, err := newService(ctx, c, log, o)
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
	leaving  atomic.Bool // it is asked to end: requests are answered and no more are wanted
	closeAll []func()

	// What a reload has changed; only reload uses it.
	level     *loglevel.Level
	logLevel  string // as settle.yaml had it last
	workflows string // where they are
	restart   []string
	reloads   int
	watched   watch

	unloaded string // what follow has complained of last; only follow uses it, and one call at a time
}

func newService(ctx context.Context, c *config.Config, log zerolog.Logger, o serving) (_ *service, err error) {
	s := &service{
		config: c, log: log, library: fsm.NewLibrary(), level: o.level, logLevel: c.Log.Level, workflows: c.Workflows,
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.watched = s.watch() // before they are read: what changes meanwhile is not missed
	s.closeAll = append(s.closeAll, func() { s.watched.close() })
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
		Learn: s.learn,
	})
	registry.MustRegister(&web.Figures{Store: st.Figures, Bot: s.bot, Log: log})
	var pages func(*http.ServeMux)
	if o.desk != nil {
		s.desk = newServedDesk(s.bot, c)
		pages = s.desk.mount
	}
	s.web = web.New(web.Options{
		Pages: pages, Level: s.level,
		Bot: s.bot, Channels: s.plugins.receivers, Keys: apiKeys(c), PublicURL: c.PublicURL, Log: log, Tracer: tracer, Registry: registry,
		Ready: s.probes(), Alive: s.turning,
	})
	return s, nil
}

func (s *service) close() {
	for i := len(s.closeAll) - 1; i >= 0; i-- {
		s.closeAll[i]()
	}
	s.closeAll = nil
}
