package web

import (
	"net/http"
	"time"

	"github.com/settle-chat/settle/internal/loglevel"
)

// longestLevel bounds how long a level may hold before the usual one comes back by itself.
const longestLevel = 24 * time.Hour

// mountLogLevel lets an operator look at the level of logging and change it. A browser's page can't: it may send JSON only
// where it is allowed to, and nobody is.
func (s *Server) mountLogLevel(mux *http.ServeMux) {
	mux.HandleFunc("GET /debug/log-level", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, levelOf(s.options.Level.State()))
	})
	mux.HandleFunc("PUT /debug/log-level", s.setLogLevel)
}

// logLevel is the level as it is shown.
type logLevel struct {
	Level string     `json:"level"`
	Until *time.Time `json:"until,omitempty"` // when Then comes back
	Then  string     `json:"then,omitempty"`
}

func levelOf(state loglevel.State) logLevel {
	l := logLevel{Level: state.Now.String()}
	if !state.Until.IsZero() {
		until := state.Until.UTC().Truncate(time.Second)
		l.Until, l.Then = &until, state.Usual.String()
	}
	return l
}

func (s *Server) setLogLevel(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Level string `json:"level"`
		For   string `json:"for"` // 10m; empty: until it is changed again, or the program starts anew
	}
	if p := readJSON(w, r, &wanted); p != nil {
		writeProblem(w, r, *p)
		return
	}
	var wrong []fieldError
	level, err := loglevel.Parse(wanted.Level)
	if err != nil {
		wrong = append(wrong, fieldError{"level", "must be debug, info, warn or error"})
	}
	var d time.Duration
	if wanted.For != "" {
		if d, err = time.ParseDuration(wanted.For); err != nil || d <= 0 || d > longestLevel {
			wrong = append(wrong, fieldError{"for", "must be a time as 90s, 10m or 2h, 24h at most"})
		}
	}
	if len(wrong) > 0 {
		writeProblem(w, r, *invalid(wrong...))
		return
	}
	s.options.Level.SetFor(level, d)
	// Without a level of its own, so that it is written at each: who reads the log must know what is missing from it.
	s.options.Log.Log().Stringer("log_level", level).Stringer("for", d).Msg("log level is changed; 0s is for good")
	writeJSON(w, http.StatusOK, levelOf(s.options.Level.State()))
}
