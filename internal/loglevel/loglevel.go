// Package loglevel is a level of logging that can be changed while a program runs, for good or for a while.
//
// It promises: a change holds for the very next line, whoever logs; one for a while ends by itself, without anybody's doing;
// and what it changes is this one, no variable of the whole program.
package loglevel

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// names are the levels that can be chosen, the most talkative first.
var names = []string{"debug", "info", "warn", "error"}

// Parse reads the name of a level.
func Parse(name string) (zerolog.Level, error) {
	if !slices.Contains(names, name) {
		return zerolog.NoLevel, fmt.Errorf("log level %q: one of %s", name, strings.Join(names, ", "))
	}
	return zerolog.ParseLevel(name)
}

// Level is a level that can be changed. It is safe for concurrent use; make it with New.
type Level struct {
	state atomic.Pointer[State]
	now   func() time.Time
}

// State is what a level is at a time.
type State struct {
	Usual zerolog.Level // what it is for good
	Now   zerolog.Level // what it is until Until; Usual where Until is zero
	Until time.Time
}

// New is a level to begin with.
func New(usual zerolog.Level) *Level { return newAt(usual, time.Now) }

func newAt(usual zerolog.Level, now func() time.Time) *Level {
	l := &Level{now: now}
	l.state.Store(&State{Usual: usual, Now: usual})
	return l
}

// State is what the level is now.
func (l *Level) State() State {
	s := *l.state.Load()
	if !s.Until.IsZero() && !l.now().Before(s.Until) {
		return State{Usual: s.Usual, Now: s.Usual}
	}
	return s
}

// Set changes the level for good. One that was set for a while stays until its end.
func (l *Level) Set(usual zerolog.Level) {
	for {
		was, is := l.state.Load(), l.State()
		if is.Usual = usual; is.Until.IsZero() {
			is.Now = usual
		}
		if l.state.CompareAndSwap(was, &is) {
			return
		}
	}
}

// SetFor changes the level for a while; zero: until it is set again.
func (l *Level) SetFor(level zerolog.Level, d time.Duration) {
	if d <= 0 {
		l.state.Store(&State{Usual: level, Now: level})
		return
	}
	for {
		was := l.state.Load()
		if l.state.CompareAndSwap(was, &State{Usual: was.Usual, Now: level, Until: l.now().Add(d)}) {
			return
		}
	}
}

// Logger is a logger with this level. Lines without a level are always written.
func (l *Level) Logger(w io.Writer) zerolog.Logger {
	return zerolog.New(filter{w, l}).Level(zerolog.DebugLevel).With().Timestamp().Logger()
}

// filter lets by what is at the level or above.
type filter struct {
	io.Writer
	level *Level
}

// WriteLevel is part of zerolog.LevelWriter.
func (f filter) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	if level < f.level.State().Now {
		return len(line), nil
	}
	return f.Write(line)
}
