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
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
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
		if err != nil {
			s.options.Log.Warn().Err(err).Str("probe", s.options.Ready[i].Name).Msg("not ready")
			failed = append(failed, fieldError{s.options.Ready[i].Name, "doesn't work: see the log"})
		}
	}
	if len(failed) > 0 {
		writeProblem(w, r, problem{Status: http.StatusServiceUnavailable, Detail: "not ready", Errors: failed})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
