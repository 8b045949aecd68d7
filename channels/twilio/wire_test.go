package twilio_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
)

// TestWire breaks the connection at each point. Only what surely left nothing on the wire may be tried again.
func TestWire(t *testing.T) {
	t.Parallel()
	listener := func(t *testing.T) net.Listener {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	// serving answers the one connection with what do does to it.
	serving := func(t *testing.T, do func(net.Conn)) string {
		t.Helper()
		l := listener(t)
		done := make(chan struct{})
		t.Cleanup(func() { _ = l.Close(); <-done })
		go func() {
			defer close(done)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			do(conn)
		}()
		return "http://" + l.Addr().String()
	}
	read := func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}
	maybe, not := channels.ErrUnknown, throttled(0, "connect")
	dial := func(f func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: f}}
	}
	short := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	for _, tc := range []struct {
		name  string
		short bool // Send gets a deadline
		setup func(t *testing.T) (base string, client *http.Client)
		want  error
	}{
		{"refused", false, func(t *testing.T) (string, *http.Client) {
			l := listener(t)
			_ = l.Close()
			return "http://" + l.Addr().String(), nil
		}, not},
		{"no such host", false, func(*testing.T) (string, *http.Client) {
			return "https://twilio.invalid", dial(func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "twilio.invalid", IsNotFound: true}}
			})
		}, not},
		{"dialling never ends", true, func(*testing.T) (string, *http.Client) {
			return "https://twilio.invalid", dial(func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		}, not},
		{"TLS never answers", true, func(t *testing.T) (string, *http.Client) {
			l := listener(t)
			return "https://" + l.Addr().String(), &http.Client{Transport: new(http.Transport)}
		}, not},
		{"closes at once", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, func(net.Conn) {}), nil
		}, maybe},
		{"reads the request and hangs up", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, read), nil
		}, maybe},
		{"resets after the request", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, func(conn net.Conn) { read(conn); _ = conn.(*net.TCPConn).SetLinger(0) }), nil
		}, maybe},
		{"answers half a line", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, func(conn net.Conn) { read(conn); _, _ = io.WriteString(conn, "HTTP/1.1 2") }), nil
		}, maybe},
		{"answers half a body", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, func(conn net.Conn) {
				read(conn)
				_, _ = io.WriteString(conn, "HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"sid\":")
			}), nil
		}, maybe},
		{"refuses in half a body", false, func(t *testing.T) (string, *http.Client) {
			return serving(t, func(conn net.Conn) {
				read(conn)
				_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 900\r\n\r\n{\"code\":")
			}), nil
		}, channels.ErrRejected},
		{"a transport that tells nothing, failing somewhere", false, func(*testing.T) (string, *http.Client) {
			return "https://twilio.invalid", &http.Client{Transport: opaque{errors.New("broken")}}
		}, maybe},
		{"a transport that tells nothing, failing to dial", false, func(*testing.T) (string, *http.Client) {
			return "https://twilio.invalid", &http.Client{Transport: opaque{&net.OpError{Op: "dial", Err: errors.New("refused")}}}
		}, not},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			base, client := tc.setup(t)
			if client == nil {
				client = &http.Client{Transport: new(http.Transport)}
			}
			t.Cleanup(client.CloseIdleConnections)
			ctx := t.Context()
			if tc.short {
				ctx = short(t)
			}
			id, err := at(t, base, client).Send(ctx, outbound())
			if !errors.Is(err, tc.want) || id != "" {
				t.Errorf("Send = %q, %v, want %v", id, err, tc.want)
			}
			if tc.short && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Send = %v, want it to say that the deadline passed", err)
			}
		})
	}
}

// opaque is a transport that reports no connections.
type opaque struct{ err error }

func (o opaque) RoundTrip(*http.Request) (*http.Response, error) { return nil, o.err }

// TestOwnTimeout checks that a send without a deadline ends too.
func TestOwnTimeout(t *testing.T) {
	t.Parallel()
	h := open(t, twilio.Config{From: from}, customer)
	h.fake.Misbehave(1, twiliotest.Silence)
	c, err := h.config.Open(channels.Deps{Name: "main", PublicURL: publicURL, HTTP: &http.Client{Transport: h.http, Timeout: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(context.Background(), outbound()); !errors.Is(err, channels.ErrUnknown) && !errors.Is(err, throttled(0, "connect")) {
		t.Errorf("Send = %v, want it to end with ErrUnknown", err)
	}
}

// TestNeverAccepts ends the context once the request is written to a server that never accepts: the kernel has opened the
// connection all the same, so the server may yet read it.
func TestNeverAccepts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { cancel() }})
	id, err := at(t, "http://"+l.Addr().String(), client).Send(ctx, outbound())
	if !errors.Is(err, channels.ErrUnknown) || !errors.Is(err, context.Canceled) || id != "" {
		t.Errorf("Send = %q, %v, want ErrUnknown, cancelled", id, err)
	}
}
