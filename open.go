package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/redisd"
	"github.com/settle-chat/settle/store"
)

// newLogger writes to standard error, at a level: for people where that is a terminal, else as JSON.
func newLogger(w io.Writer, level string) zerolog.Logger {
	l, err := zerolog.ParseLevel(level)
	if err != nil {
		l = zerolog.InfoLevel // config has checked it
	}
	return zerolog.New(logWriter(w)).Level(l).With().Timestamp().Logger()
}

// logWriter writes lines for people where w is a terminal.
func logWriter(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && isTerminal(f) {
		return zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05"}
	}
	return w
}

// openStore opens the store that the configuration names. Where it names none, serve starts a Redis of our own, and the
// other commands use that of a running serve, or start it for as long as they run. close ends all of it.
func openStore(ctx context.Context, c *config.Config, log zerolog.Logger) (st *store.Store, close func(), err error) {
	keyset, err := store.ParseKeyset([]byte(c.Keyset.Reveal()))
	if err != nil {
		return nil, nil, fmt.Errorf("keyset in %s: %w", c.Path(), err)
	}
	o := redisOf(c)
	o.Keyset, o.Warn = keyset, func(message string) { log.Warn().Msg(message) }
	o.Offset, _ = ctx.Value(clockKey{}).(func() time.Duration)
	stop := func() {}
	if o.URL == "" {
		if o.URL, stop, err = ownRedis(ctx, filepath.Join(c.DataDir, "redis"), log); err != nil {
			return nil, nil, err
		}
	}
	st, err = store.Open(ctx, o)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return st, func() {
		_ = st.Close()
		stop()
	}, nil
}

// redisOf is how the configured Redis is reached.
func redisOf(c *config.Config) store.Options {
	r := c.Redis
	return store.Options{
		URL: r.URL.Reveal(), CA: r.CA, Durability: r.Durability, Replicas: r.Replicas,
		Login: store.Login{User: r.Username, Password: r.Password.Reveal()}, Guards: store.Login{User: r.Sentinel.Username, Password: r.Sentinel.Password.Reveal()},
	}
}

// clockKey is where a context may hold a clock that is off by so much, func() time.Duration: for a rehearsal, never for customers.
type clockKey struct{}

type sharingKey struct{}

// sharing lets openStore use the Redis of a running serve.
func sharing(ctx context.Context) context.Context { return context.WithValue(ctx, sharingKey{}, true) }

func ownRedis(ctx context.Context, dir string, log zerolog.Logger) (url string, stop func(), err error) {
	s, err := redisd.Start(ctx, dir, log)
	if errors.Is(err, redisd.ErrInUse) && ctx.Value(sharingKey{}) != nil {
		if url, ok := redisd.Running(dir); ok {
			return url, func() {}, nil
		}
	}
	if err != nil {
		return "", nil, err
	}
	return s.URL(), s.Stop, nil
}

// opened is everything outside that a bot works with.
type opened struct {
	channels  map[string]channels.Channel
	receivers map[string]channels.Receiver
	rates     map[string]float64
	systems   map[string]integrations.System
	now       func() time.Time // the systems' clock; nil: the machine's
}

func nothingOpened(now func() time.Time) opened {
	return opened{
		now: now, channels: map[string]channels.Channel{}, receivers: map[string]channels.Receiver{}, rates: map[string]float64{},
		systems: map[string]integrations.System{},
	}
}

// openPlugins opens all channels and systems, and says everything that is wrong with any of them. Nothing is connected to.
func openPlugins(c *config.Config) (opened, error) { return openPluginsAt(c, nil) }

// openPluginsAt is openPlugins with a clock for the systems.
func openPluginsAt(c *config.Config, now func() time.Time) (opened, error) {
	o := nothingOpened(now)
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(c.Channels)) {
		if err := o.openChannel(c, name); err != nil {
			faults = append(faults, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Systems)) {
		if err := o.openSystem(c, name); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		o.close()
		return opened{}, err
	}
	return o, nil
}

func (o opened) openChannel(c *config.Config, name string) error {
	section := c.Channels[name]
	kind, err := plugin(channelKinds, section.Section)
	if err != nil {
		return err
	}
	ch, err := kind.Open(channels.Deps{Name: name, PublicURL: c.PublicURL})
	if err != nil {
		return section.At(err)
	}
	// Workflows, consent and rules say sms and whatsapp: a channel is called what it is.
	if is := ch.Capabilities().Channel; is != name {
		return section.At(fmt.Errorf("channel %q sends %s: call it %s", name, is, is))
	}
	o.channels[name] = ch
	if r, ok := ch.(channels.Receiver); ok {
		o.receivers[name] = r
	}
	if section.Rate.Most > 0 {
		o.rates[name] = section.Rate.Second()
	}
	return nil
}

func (o opened) openSystem(c *config.Config, name string) error {
	section := c.Systems[name]
	kind, err := plugin(systemKinds, section.Section)
	if err != nil {
		return err
	}
	deps := integrations.Deps{Name: name, Operations: map[string]integrations.Operation{}, DataDir: c.DataDir, Now: o.now}
	for op, d := range section.Operations {
		deps.Operations[op] = integrations.Operation{Name: op, Kind: d.Kind, In: plain(d.In), Out: plain(d.Out), Options: d.Options}
	}
	system, err := kind.Open(deps)
	if err != nil {
		return section.At(err)
	}
	o.systems[name] = system
	// A workflow's pin says that an operation may be repeated after an unknown result. If that were wrong, a change could be
	// made twice.
	repeater, ok := system.(integrations.Repeater)
	for op, d := range declarations(c).Operations {
		system, operation, _ := strings.Cut(op, ".")
		if ok && system == name && d.Retryable && d.Kind == "writeback" && !repeater.Repeatable(operation) {
			return section.At(fmt.Errorf("operation %q is declared repeatable and its system can't repeat it", op))
		}
	}
	return nil
}

func (o opened) close() {
	for _, s := range o.systems {
		if c, ok := s.(io.Closer); ok {
			_ = c.Close() // everything acknowledged is on disk
		}
	}
	for _, ch := range o.channels {
		if c, ok := ch.(io.Closer); ok {
			_ = c.Close()
		}
	}
}

func plain[T ~string](m map[string]T) map[string]string {
	p := make(map[string]string, len(m))
	for k, v := range m {
		p[k] = string(v)
	}
	return p
}

// workflowTree is where the workflows are: the configured directory, or what is compiled in where that has none.
func workflowTree(c *config.Config) (fs.FS, string, error) {
	_, err := os.Stat(filepath.Join(c.Workflows, "workflows"))
	switch {
	case err == nil:
		return os.DirFS(c.Workflows), c.Workflows, nil
	case errors.Is(err, fs.ErrNotExist):
		return content.FS, "compiled in", nil
	}
	return nil, "", fmt.Errorf("look for workflows: %w", err)
}
