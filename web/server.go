package web

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/internal/loglevel"
	"github.com/settle-chat/settle/web/ui"
)

// Options is what a server works with.
type Options struct {
	Bot       *bot.Bot
	Channels  map[string]channels.Receiver // by the name in their URLs
	Keys      []Key
	PublicURL string // what providers and API clients call; the API's links are made from it
	Log       zerolog.Logger
	Tracer    trace.Tracer         // of webhooks and the API; nil: nothing is traced
	Registry  *prometheus.Registry // its own; nil: one of the server's
	Ready     []Probe              // what must work before requests are sent here
	Level     *loglevel.Level      // the level of Log, to be changed; nil: it can't be
	Alive     func() error         // an error where only a new process helps; nil: whoever answers is alive
	Pages     func(*http.ServeMux) // mounts the desk's pages, all below /desk, and their assets; nil: there are none
}

// Probe is one thing that must work.
type Probe struct {
	Name  string
	Check func(context.Context) error
}

// Server serves both listeners. Make it with New; it holds nothing open.
type Server struct {
	options Options
	metrics metrics
	keys    keyring
	public  http.Handler
	admin   http.Handler
	failing failing
}

// New makes a server.
func New(o Options) *Server {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	s := &Server{options: o, metrics: newMetrics(o.Registry), keys: newKeyring(o.Keys)}
	public := http.NewServeMux()
	s.mountWebhooks(public)
	s.mountAPI(public)
	if o.Pages != nil {
		pages := http.NewServeMux()
		ui.MountAssets(pages)
		o.Pages(pages)
		for _, below := range []string{"/desk", "/desk/", "/assets/"} {
			public.Handle(below, ui.Secure(pages))
		}
	}
	s.public = s.around(s.answered(public))
	admin := http.NewServeMux()
	s.mountAdmin(admin)
	s.admin = s.recovered(admin)
	return s
}

// Handler serves webhooks and the API.
func (s *Server) Handler() http.Handler { return s.public }

// AdminHandler serves metrics, health and profiles: for a listener that isn't on the internet.
func (s *Server) AdminHandler() http.Handler { return s.admin }

// Public is an http.Server for Handler: whoever is slow or sends too much is cut off.
func (s *Server) Public(log zerolog.Logger) *http.Server {
	srv := limits(s.Handler(), log)
	srv.ReadTimeout, srv.WriteTimeout = 15*time.Second, 30*time.Second
	return srv
}

// Admin is an http.Server for AdminHandler. A profile takes its time, so a write may take long.
func (s *Server) Admin(log zerolog.Logger) *http.Server {
	srv := limits(s.AdminHandler(), log)
	srv.ReadTimeout, srv.WriteTimeout = 15*time.Second, 2*time.Minute
	return srv
}

func limits(h http.Handler, log zerolog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: errorLog(log),
	}
}
