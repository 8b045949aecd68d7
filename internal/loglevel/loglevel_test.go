package loglevel

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	const debug, info, warn, never = zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel, zerolog.ErrorLevel
	for name, tc := range map[string]struct {
		do   func(l *Level, pass func(time.Duration))
		want zerolog.Level
	}{
		"as it began":            {func(*Level, func(time.Duration)) {}, info},
		"set":                    {func(l *Level, _ func(time.Duration)) { l.Set(warn) }, warn},
		"for a while":            {func(l *Level, _ func(time.Duration)) { l.SetFor(debug, time.Minute) }, debug},
		"for no while: for good": {func(l *Level, pass func(time.Duration)) { l.SetFor(debug, 0); pass(time.Hour) }, debug},
		"the while is over":      {func(l *Level, pass func(time.Duration)) { l.SetFor(debug, time.Minute); pass(time.Minute) }, info},
		"set during a while":     {func(l *Level, _ func(time.Duration)) { l.SetFor(debug, time.Minute); l.Set(warn) }, debug},
		"set during it, over": {func(l *Level, pass func(time.Duration)) {
			l.SetFor(debug, time.Minute)
			l.Set(warn)
			pass(time.Minute)
		}, warn},
		"another while": {func(l *Level, pass func(time.Duration)) {
			l.SetFor(never, time.Hour)
			l.SetFor(debug, time.Minute)
			pass(time.Minute)
		}, info},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
			l := newAt(info, func() time.Time { return at })
			var out bytes.Buffer
			log := l.Logger(&out)
			tc.do(l, func(d time.Duration) { at = at.Add(d) })
			if got := l.State().Now; got != tc.want {
				t.Errorf("level = %s, want %s", got, tc.want)
			}
			for _, level := range []zerolog.Level{debug, info, warn, never} {
				out.Reset()
				child := log.With().Str("key", "value").Logger()
				child.WithLevel(level).Msg("said")
				if got, want := strings.Contains(out.String(), "said"), level >= tc.want; got != want {
					t.Errorf("at %s a line of level %s is written: %v, want %v", tc.want, level, got, want)
				}
			}
			out.Reset()
			log.Log().Msg("always")
			if !strings.Contains(out.String(), "always") {
				t.Error("a line without a level isn't written")
			}
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "trace", "DEBUG", "loud", "disabled", "1"} {
		if l, err := Parse(name); err == nil || !strings.Contains(err.Error(), "debug, info, warn, error") {
			t.Errorf("Parse(%q) = %s, %v, want an error that names the levels", name, l, err)
		}
	}
	if l, err := Parse("warn"); err != nil || l != zerolog.WarnLevel {
		t.Errorf("Parse(warn) = %s, %v", l, err)
	}
}
