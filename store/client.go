package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"runtime"
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
	return newClient(Options{URL: address})
}

// newClient makes the client that the options name: Sentinel where the URL has a master_name, a Cluster where it has a
// second addr, else one server. Replicas are never read.
func newClient(o Options) (redis.UniversalClient, error) {
	mute()
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w", withoutURL(err))
	}
	pool, err := o.authorities(u.Scheme == "rediss")
	if err != nil {
		return nil, err
	}
	switch query := u.Query(); {
	case query.Has("master_name"):
		return o.sentinelClient(pool)
	case query.Has("addr"):
		return o.clusterClient(pool)
	}
	return o.singleClient(pool)
}

func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// poolSize is how many connections a process opens to a server at most, unless the URL says it (pool_size). go-redis has ten for
// a processor; with fsync always as many commits as come together are synced together, so few connections make few commits.
func poolSize(given int) int {
	if given > 0 {
		return given
	}
	return max(64, 10*runtime.GOMAXPROCS(0))
}

func (o Options) singleClient(pool *x509.CertPool) (redis.UniversalClient, error) {
	c, err := redis.ParseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("redis URL: %w: use redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH", withoutURL(err))
	}
	c.ContextTimeoutEnabled, c.MaxRetries, c.DialerRetries, c.MaintNotificationsConfig = true, -1, 1, quiet()
	c.PoolSize = poolSize(c.PoolSize)
	o.Login.into(&c.Username, &c.Password)
	if c.TLSConfig != nil {
		c.TLSConfig.RootCAs = pool
	}
	return redis.NewClient(c), nil
}

func (o Options) clusterClient(pool *x509.CertPool) (redis.UniversalClient, error) {
	c, err := redis.ParseClusterURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("redis URL for a Cluster: %w", withoutURL(err))
	}
	c.ContextTimeoutEnabled, c.MaxRetries, c.DialerRetries, c.MaintNotificationsConfig = true, -1, 1, quiet()
	c.PoolSize = poolSize(c.PoolSize)
	c.ReadOnly, c.RouteByLatency, c.RouteRandomly = false, false, false
	o.Login.into(&c.Username, &c.Password)
	c.TLSConfig = eachByName(c.TLSConfig, pool)
	return redis.NewClusterClient(c), nil
}

func (o Options) sentinelClient(pool *x509.CertPool) (redis.UniversalClient, error) {
	c, err := redis.ParseFailoverURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("redis URL for Sentinel: %w", withoutURL(err))
	}
	c.ContextTimeoutEnabled, c.MaxRetries, c.DialerRetries = true, -1, 1
	c.PoolSize = poolSize(c.PoolSize)
	c.ReplicaOnly, c.RouteByLatency, c.RouteRandomly = false, false, false
	o.Login.into(&c.Username, &c.Password)
	o.Guards.into(&c.SentinelUsername, &c.SentinelPassword)
	c.TLSConfig = eachByName(c.TLSConfig, pool)
	return redis.NewFailoverClient(c), nil
}

// into overrides what the URL has said.
func (l Login) into(user, password *string) {
	if l.User != "" {
		*user = l.User
	}
	if l.Password != "" {
		*password = l.Password
	}
}

// eachByName lets every server be known by the name that it is reached by. go-redis would expect the first one's of all.
func eachByName(c *tls.Config, pool *x509.CertPool) *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, InsecureSkipVerify: c.InsecureSkipVerify}
}

// authorities are who may have signed the servers' certificates; nil: whom this machine trusts.
func (o Options) authorities(encrypted bool) (*x509.CertPool, error) {
	if o.CA == "" {
		return nil, nil
	}
	if !encrypted {
		return nil, errors.New("redis: a CA is given and the URL isn't rediss://: nothing would be encrypted")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(o.CA)) {
		return nil, errors.New("redis: the CA holds no certificate: give PEM text, from -----BEGIN CERTIFICATE----- on")
	}
	return pool, nil
}

// trust says what to do about a certificate that isn't trusted, where that is what an error means.
func trust(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &authority):
		return ": set redis.ca to the CA that has signed the certificates of all servers, Sentinels too"
	case errors.As(err, &name):
		return ": give each server a certificate for the name or address that it is reached by, as the URL, the Cluster or the Sentinels call it"
	}
	return ""
}

// withoutURL is an error's cause, where it quotes the URL.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
