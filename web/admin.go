package web

import (
	"context"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// probePatience is how long one probe may take.
const probePatience = 2 * time.Second

func (s *Server) mountAdmin(mux *http.ServeMux) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.options.Registry, promhttp.HandlerOpts{Registry: s.options.Registry}))
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.options.Level != nil {
		s.mountLogLevel(mux)
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
}

// health says whether this process can go on, whatever it depends on: nobody is helped by a restart because Redis is away.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	var err error
	if s.options.Alive != nil {
		err = s.options.Alive()
	}
	s.note("alive", err)
	if err != nil {
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Detail: "stuck: start it anew; the log says where"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// ready says whether requests should be sent here: everything that a request needs answers in time.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), probePatience)
	defer cancel()
	results := make([]error, len(s.options.Ready))
	var probes sync.WaitGroup
	for i, p := range s.options.Ready {
		probes.Go(func() { results[i] = p.Check(ctx) })
	}
	probes.Wait()
	var failed []fieldError
	for i, err := range results {
		name := s.options.Ready[i].Name
		s.note(name, err)
		if err != nil {
			failed = append(failed, fieldError{name, "doesn't work: see the log"})
		}
	}
	if len(failed) > 0 {
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Detail: "not ready", Errors: failed})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// failing are the probes that failed when they were last asked.
type failing struct {
	mu    sync.Mutex
	names map[string]bool // guarded by mu
}

// note logs a probe that has begun to fail, or works again: a balancer asks every second and more often.
func (s *Server) note(probe string, err error) {
	s.failing.mu.Lock()
	was := s.failing.names[probe]
	if s.failing.names == nil {
		s.failing.names = make(map[string]bool)
	}
	s.failing.names[probe] = err != nil
	s.failing.mu.Unlock()
	switch {
	case err != nil && !was:
		s.options.Log.Warn().Err(err).Str("probe", probe).Msg("probe fails")
	case err == nil && was:
		s.options.Log.Info().Str("probe", probe).Msg("probe works again")
	}
}
