// Package outbound makes the HTTP client that adapters call systems of record with.
//
// It promises that a request goes only to a host on the list, over TLS 1.2 or later, and that no connection is opened to an
// address inside (loopback, private, link-local, metadata and the like), whatever name led there: the address is checked
// after resolution, at the moment of connecting, so a name that changes its answer gains nothing. It follows no redirect,
// uses no proxy from the environment, and reads at most MaxAnswer of an answer.
package outbound

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// MaxAnswer is how many bytes of an answer are read.
const MaxAnswer = 1 << 20

// ErrRefused says that the guard let nothing out. ErrTooLarge says that the answer is longer than MaxAnswer.
var (
	ErrRefused  = errors.New("refused by the outbound guard")
	ErrTooLarge = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)
)

// Guard says where requests may go.
type Guard struct {
	Allow        []string      // hosts, each "core.acme.example" for the scheme's own port or "core.acme.example:8443"
	AllowPrivate bool          // private and loopback addresses too, and plain HTTP: for a system in the same network, and for tests
	Resolver     *net.Resolver // the system's where nil

	opening func(address string) // for tests: called with each address that is about to be connected to
}

// Client makes a client. Its CloseIdleConnections frees what it holds. It has no timeout of its own: give each request a
// context with a deadline.
func (g Guard) Client() (*http.Client, error) {
	allowed, err := g.list()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Resolver: g.Resolver,
		Control: func(network, address string, _ syscall.RawConn) error {
			err := control(network, address, g.AllowPrivate)
			if err == nil && g.opening != nil {
				g.opening(address)
			}
			return err
		}}
	inner := &http.Transport{
		Proxy:                  nil, // a proxy would connect in our place, past the check of the address
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // a small answer can't unfold into a large one
	}
	return &http.Client{
		Transport:     &transport{inner: inner, allowed: allowed, plain: g.AllowPrivate},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Check says whether the guard would let a request to u out, before any name is resolved.
func (g Guard) Check(u *url.URL) error {
	allowed, err := g.list()
	if err != nil {
		return err
	}
	return check(u, allowed, g.AllowPrivate)
}

func (g Guard) list() (map[string]bool, error) {
	allowed := map[string]bool{}
	for _, entry := range g.Allow {
		host, port, err := split(entry)
		if err != nil {
			return nil, fmt.Errorf("allow %q: %w", entry, err)
		}
		allowed[net.JoinHostPort(host, port)] = true
	}
	return allowed, nil
}

// split reads an entry of the list. The port is empty where the scheme's own is meant.
func split(entry string) (host, port string, err error) {
	if strings.ContainsAny(entry, "/@?#% *") || entry == "" {
		return "", "", errors.New("write a host, or host:port, and nothing else")
	}
	host = entry
	if h, p, err := net.SplitHostPort(entry); err == nil {
		host, port = h, p
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", "", errors.New("the port isn't one")
		}
	}
	return canonical(host), port, nil
}

func canonical(host string) string {
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return host
}

func check(u *url.URL, allowed map[string]bool, plain bool) error {
	own := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	switch {
	case own == "":
		return fmt.Errorf("%w: the scheme is neither https nor http", ErrRefused)
	case u.Scheme == "http" && !plain:
		return fmt.Errorf("%w: plain HTTP; use https", ErrRefused)
	case u.User != nil:
		return fmt.Errorf("%w: the URL holds a user name", ErrRefused)
	case u.Opaque != "" || u.Hostname() == "":
		return fmt.Errorf("%w: the URL names no host", ErrRefused)
	}
	host, port := canonical(u.Hostname()), u.Port()
	if allowed[net.JoinHostPort(host, port)] || (port == "" && allowed[net.JoinHostPort(host, own)]) || (port == own && allowed[net.JoinHostPort(host, "")]) {
		return nil
	}
	return fmt.Errorf("%w: host %q is not in allow", ErrRefused, strings.TrimSuffix(net.JoinHostPort(host, port), ":"))
}

type transport struct {
	inner   *http.Transport
	allowed map[string]bool
	plain   bool
}

// RoundTrip checks every request, so that no path through the client goes round the list.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := check(r.URL, t.allowed, t.plain); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	answer, err := t.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &capped{ReadCloser: answer.Body, left: MaxAnswer}
	return answer, nil
}

// CloseIdleConnections is called by http.Client's.
func (t *transport) CloseIdleConnections() { t.inner.CloseIdleConnections() }

// capped fails, rather than ends, after so many bytes: half an answer must not pass for one.
type capped struct {
	io.ReadCloser
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
