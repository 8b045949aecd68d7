package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/redisd"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storebench"
	"github.com/settle-chat/settle/web"
)

// publicURL is what the messages are signed for.
const publicURL = "https://settle.example"

// world is one empty Redis with a store on it, and a provider. Every measurement has one of its own.
type world struct {
	Options
	url      string
	redis    *storebench.Redis
	keys     *store.Keyset
	store    *store.Store
	provider *provider
	channel  channels.Channel
	ahead    time.Duration // of the conversations' clock
	ends     []func()      // what is to be ended, in order of its beginning
}

func newWorld(ctx context.Context, o Options) (_ *world, err error) {
	w := &world{Options: o, url: o.RedisURL, ahead: time.Until(o.Start)}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.url == "" {
		if err := w.startRedis(ctx); err != nil {
			return nil, err
		}
	}
	if w.redis, err = storebench.Open(ctx, w.url); err != nil {
		return nil, err
	}
	w.ends = append(w.ends, func() {
		if err := w.redis.Close(context.WithoutCancel(ctx)); err != nil {
			o.Say("The Redis could not be emptied: %v", err)
		}
	})
	if w.keys, err = store.NewKeyset(); err != nil {
		return nil, err
	}
	if w.store, err = store.Open(ctx, store.Options{Client: w.redis.Client(), Keyset: w.keys, Durability: w.durability(), Offset: w.offset}); err != nil {
		return nil, err
	}
	if banner := w.store.Banner(); banner != "" {
		o.Say("%s", banner)
	}
	if w.provider, err = startProvider(); err != nil {
		return nil, err
	}
	w.ends = append(w.ends, w.provider.close)
	w.channel, err = o.Channel(w.provider.url, channels.Deps{Name: "sms", PublicURL: publicURL, Now: w.now})
	return w, err
}

func (w *world) startRedis(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "settle-bench-")
	if err != nil {
		return fmt.Errorf("make a directory for a Redis: %w", err)
	}
	w.ends = append(w.ends, func() { _ = os.RemoveAll(dir) })
	s, err := redisd.Start(ctx, filepath.Join(dir, "redis"), zerolog.Nop())
	if err != nil {
		return err
	}
	w.ends = append(w.ends, s.Stop)
	w.url = s.URL()
	return nil
}

// durability is what our own Redis has, and whatever a given one has.
func (w *world) durability() string {
	if w.RedisURL == "" {
		return store.Durable
	}
	return store.BestEffort
}

func (w *world) offset() time.Duration { return w.ahead }
func (w *world) now() time.Time        { return time.Now().Add(w.ahead) }

// close ends everything, the last one first.
func (w *world) close() {
	for i := len(w.ends) - 1; i >= 0; i-- {
		w.ends[i]()
	}
	w.ends = nil
}

// service is what serve runs: a bot and a web server on a loopback port.
type service struct {
	bot     *bot.Bot
	address string
}

// serve starts a service. With replies it also does what the commits make due, as serve does; without, nothing is begun after
// a commit.
func (w *world) serve(replies bool) (*service, error) {
	registry := prometheus.NewRegistry()
	// The log's lines are made, as serve makes them, and go nowhere.
	log := zerolog.New(io.Discard).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	b := w.newBot(w.store, func(o *bot.Options) { o.Log, o.Meter, o.CommitOnly = log, web.NewMeter(registry, nil, nil), !replies })
	server := web.New(web.Options{
		Bot: b, Channels: map[string]channels.Receiver{"sms": w.receiver()}, PublicURL: publicURL, Log: log, Registry: registry,
	})
	address, err := w.listen(server.Public(log))
	if err != nil {
		return nil, err
	}
	if replies {
		life, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { _ = b.Run(life) }) // what is still on the wire is of no interest
		w.ends = append(w.ends, func() { stop(); running.Wait() })
	}
	return &service{bot: b, address: address}, nil
}

func (w *world) receiver() channels.Receiver { return w.channel.(channels.Receiver) } // Twilio's is one

func (w *world) newBot(on *store.Store, with func(*bot.Options)) *bot.Bot {
	o := bot.Options{
		Store: on, Library: w.Library, Channels: map[string]channels.Channel{"sms": w.channel}, Systems: w.Systems, Checks: w.Checks,
		Rules: policy.DefaultRules(), Log: zerolog.Nop(),
	}
	with(&o)
	b := bot.New(o)
	w.ends = append(w.ends, func() { _ = b.Close() })
	return b
}

// listen serves on a loopback port until the world ends.
func (w *world) listen(s *http.Server) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen on loopback: %w", err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) }) // ends with ErrServerClosed
	w.ends = append(w.ends, func() { _ = s.Close(); serving.Wait() })
	return l.Addr().String(), nil
}

// errStuck says that conversations could not be brought to where they wait.
var errStuck = errors.New("a conversation doesn't get to where it waits for its customer")
