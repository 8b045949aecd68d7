package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// mute keeps go-redis from writing lines of its own to standard error: what fails comes back as an error.
var mute = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// NewClient makes a client as the store needs it: contexts end calls, and nothing is retried by itself (a retry of a write
// whose answer was lost would do it twice; the store's reads ask again on their own), nor is a server that is down dialled
// over and over by every call. Its errors never quote the URL, which may hold a password.
func NewClient(address string) (redis.UniversalClient, error) {
	mute()
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w", withoutURL(err))
	}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch query := u.Query(); {
	case query.Has("master_name"):
		o, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, fmt.Errorf("redis URL for Sentinel: %w", withoutURL(err))
		}
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
		return redis.NewFailoverClient(o), nil
	case query.Has("addr"):
		o, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, fmt.Errorf("redis URL for a Cluster: %w", withoutURL(err))
		}
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries, o.MaintNotificationsConfig = true, -1, 1, quiet
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w: use redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH", withoutURL(err))
	}
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries, o.MaintNotificationsConfig = true, -1, 1, quiet
	return redis.NewClient(o), nil
}

func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
