package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

type contextKey int

const requestIDKey contextKey = 0

// requestID names the request in logs and in problems; it is ours, never the caller's.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// around gives each request its ID, its metrics and its line in the log.
func (s *Server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := rand.Text()
		r, span := s.traced(r)
		log := withTrace(s.options.Log.With(), span).Str("request", id).Logger()
		r = r.WithContext(log.WithContext(context.WithValue(r.Context(), requestIDKey, id)))
		rec := &recorder{ResponseWriter: w}
		h := rec.Header()
		h.Set("X-Request-Id", id)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			took := time.Since(began)
			route := r.Pattern // set by the mux on this very request; a path could name a case, a query a customer
			if route == "" {
				route = "none"
			}
			s.metrics.request(route, r.Method, rec.status, took)
			answeredAs(span, route, rec.status)
			log.WithLevel(lineLevel(route, rec.status)).Str("route", route).Str("method", method(r.Method)).Int("status", rec.status).
				Int64("bytes", rec.bytes).Dur("took", took).Msg("request")
		}()
		s.recovered(next).ServeHTTP(rec, r)
	})
}

// lineLevel is how loud a request is in the log. Webhooks that were taken are most of all lines and say what the metrics say.
func lineLevel(route string, status int) zerolog.Level {
	if status < 300 && strings.Contains(route, "/channels/") {
		return zerolog.DebugLevel
	}
	return zerolog.InfoLevel
}

// recovered answers a panic with 500 and logs it once.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			log := zerolog.Ctx(r.Context())
			if log.GetLevel() == zerolog.Disabled {
				log = &s.options.Log
			}
			// The value of a panic may hold anything: its type and the stack, which has no values of ours, are enough.
			log.Error().Str("route", r.Pattern).Str("panic", fmt.Sprintf("%T", v)).Bytes("stack", debug.Stack()).Msg("a request panicked")
			if rec, ok := w.(*recorder); !ok || rec.status == 0 {
				writeProblem(w, r, problem{Status: http.StatusInternalServerError, Detail: "an error of ours; it is logged under this request's ID"})
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// answered gives what the mux itself refuses (404, 405) the form of every other error.
func (s *Server) answered(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refused := &swallow{header: http.Header{}}
		h.ServeHTTP(refused, r)
		if allow := refused.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/channels/"):
			w.WriteHeader(refused.status)
		case refused.status == http.StatusMethodNotAllowed:
			writeProblem(w, r, problem{Status: refused.status, Detail: "this address doesn't take that method: see Allow"})
		default:
			writeProblem(w, r, problem{Status: http.StatusNotFound, Detail: "there is nothing at this address: see /v1/openapi.yaml"})
		}
	})
}

// swallow keeps an answer's status and headers and drops its body.
type swallow struct {
	header http.Header
	status int
}

func (s *swallow) Header() http.Header         { return s.header }
func (s *swallow) WriteHeader(status int)      { s.status = status }
func (s *swallow) Write(b []byte) (int, error) { return len(b), nil }

// method keeps labels few: what is no method of ours is one thing.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// errorLog takes net/http's own complaints. They can quote what a client sent, so only that there was one is kept.
func errorLog(log zerolog.Logger) *stdlog.Logger {
	return stdlog.New(quietWriter{log}, "", 0)
}

type quietWriter struct{ log zerolog.Logger }

func (q quietWriter) Write(b []byte) (int, error) {
	kind, _, _ := strings.Cut(string(b), " from ")
	if len(kind) > 60 || strings.ContainsAny(strings.TrimSpace(kind), "\r\n\x1b\"") {
		kind = "connection error"
	}
	q.log.Debug().Str("server", strings.TrimSpace(kind)).Msg("net/http")
	return len(b), nil
}

var _ io.Writer = quietWriter{}
