package outbound

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// resolver answers A and AAAA questions on loopback as answer says.
func resolver(t *testing.T, answer func(name string) netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo(reply(buf[:n], answer), from)
		}
	})
	t.Cleanup(func() { conn.Close(); wg.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply is one DNS answer (RFC 1035, section 4): the question, and the address where its family is the one asked for.
func reply(q []byte, answer func(string) netip.Addr) []byte {
	var labels []string
	at := 12
	for q[at] != 0 {
		labels = append(labels, string(q[at+1:at+1+int(q[at])]))
		at += 1 + int(q[at])
	}
	at += 5 // the root, type and class
	ip := answer(strings.Join(labels, "."))
	typ := binary.BigEndian.Uint16(q[at-4:])
	r := append([]byte{}, q[:2]...)
	has := (typ == 1 && ip.Is4()) || (typ == 28 && ip.Is6())
	r = append(r, 0x81, 0x80, 0, 1, 0, map[bool]byte{true: 1}[has], 0, 0, 0, 0)
	r = append(r, q[12:at]...)
	if has {
		r = append(r, 0xc0, 12)
		r = binary.BigEndian.AppendUint16(r, typ)
		r = append(r, 0, 1, 0, 0, 0, 0)
		r = binary.BigEndian.AppendUint16(r, uint16(len(ip.AsSlice())))
		r = append(r, ip.AsSlice()...)
	}
	return r
}

// hostile are URLs that lead inside, or try to pass for the host on the list. PORT is a listener on loopback.
var hostile = []string{
	"https://127.0.0.1:PORT/", "https://127.1:PORT/", "https://127.0.0.2:PORT/", "https://127.255.255.254:PORT/", "https://0.0.0.0:PORT/", "https://0:PORT/",
	"https://2130706433:PORT/", "https://0x7f000001:PORT/", "https://0x7f.0.0.1:PORT/", "https://0177.0.0.1:PORT/", "https://017700000001:PORT/",
	"https://0x7f.1:PORT/", "https://127.0.0.1.:PORT/", "https://[::1]:PORT/", "https://[::]:PORT/", "https://[::ffff:127.0.0.1]:PORT/",
	"https://[::ffff:7f00:1]:PORT/", "https://[0:0:0:0:0:ffff:7f00:1]:PORT/", "https://[::127.0.0.1]:PORT/", "https://[64:ff9b::127.0.0.1]:PORT/",
	"https://[64:ff9b::7f00:1]:PORT/", "https://[64:ff9b:1::7f00:1]:PORT/", "https://[2002:7f00:1::]:PORT/", "https://[fe80::1%25lo]:PORT/",
	"https://[fd00:ec2::254]/", "https://[fc00::1]/", "https://[ff02::1]/",
	"https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/",
	"https://[::ffff:169.254.169.254]/", "https://100.100.100.200/", "https://168.63.129.16/", "https://224.0.0.1/", "https://255.255.255.255/",
	"https://localhost:PORT/", "https://LOCALHOST.:PORT/", "https://inside.example:PORT/", "https://inside6.example:PORT/", "https://metadata.google.internal/",
	"https://core.acme.example@127.0.0.1:PORT/", "https://core.acme.example:443@127.0.0.1:PORT/", "https://127.0.0.1:PORT#@core.acme.example/",
	"https://127.0.0.1:PORT?@core.acme.example/", `https://127.0.0.1:PORT\@core.acme.example/`, "https://core.acme.example.inside.example:PORT/",
	"https://core.acme.example:PORT/", "http://127.0.0.1:PORT/", "ftp://127.0.0.1:PORT/", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_x", "//127.0.0.1:PORT/",
	"https://①②⑦.⓪.⓪.①:PORT/", "https://127。0。0。1:PORT/",
}

// Each is tried with only the real host allowed, and with its own host allowed, where the address must do: 0 connects.
func TestHostileURLsConnectNowhere(t *testing.T) {
	t.Parallel()
	if len(hostile) < 40 {
		t.Fatalf("%d URLs, want 40 at least", len(hostile))
	}
	var accepted, opened atomic.Int64
	port := listener(t, &accepted)
	dns := resolver(t, func(name string) netip.Addr {
		switch name {
		case "inside6.example":
			return netip.MustParseAddr("::ffff:127.0.0.1")
		case "metadata.google.internal":
			return netip.MustParseAddr("169.254.169.254")
		}
		return netip.MustParseAddr("127.0.0.1") // as inet_aton would read the numbers
	})
	for _, raw := range hostile {
		raw = strings.ReplaceAll(raw, "PORT", port)
		allow := []string{"core.acme.example", "core.acme.example:" + port}
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			if _, _, err := split(u.Host); err == nil {
				allow = append(allow, u.Host)
			}
		}
		for _, allow := range [][]string{{"core.acme.example"}, allow} {
			client, err := Guard{Allow: allow, Resolver: dns, opening: func(string) { opened.Add(1) }}.Client()
			if err != nil {
				t.Fatal(err)
			}
			answer, err := client.Get(raw)
			if err == nil {
				answer.Body.Close()
				t.Errorf("Get(%s) with %v allowed = %s, want an error", raw, allow, answer.Status)
			}
			client.CloseIdleConnections()
			if n := opened.Swap(0); n != 0 {
				t.Errorf("Get(%s) with %v allowed opened %d connections, want 0", raw, allow, n)
			}
		}
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("the listener took %d connections, want 0", n)
	}
}

// A name that was public when somebody looked, and is loopback when we connect.
func TestRebindingConnectsNowhere(t *testing.T) {
	t.Parallel()
	var accepted, opened, looks atomic.Int64
	port := listener(t, &accepted)
	dns := resolver(t, func(string) netip.Addr {
		if looks.Add(1) <= 2 { // A and AAAA
			return netip.MustParseAddr("93.184.215.14")
		}
		return netip.MustParseAddr("127.0.0.1")
	})
	if ips, err := dns.LookupHost(t.Context(), "rebind.example"); err != nil || len(ips) != 1 || ips[0] != "93.184.215.14" {
		t.Fatalf("the first look = %v, %v, want the public address", ips, err)
	}
	client, err := Guard{Allow: []string{"rebind.example:" + port}, Resolver: dns, opening: func(string) { opened.Add(1) }}.Client()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get("https://rebind.example:" + port); !errors.Is(err, ErrRefused) {
		t.Errorf("Get = %v, want %v", err, ErrRefused)
	}
	if opened.Load() != 0 || accepted.Load() != 0 {
		t.Errorf("%d opened, %d accepted, want 0", opened.Load(), accepted.Load())
	}
}

// The counts above are worth something only if a connection is counted where one is allowed.
func TestAllowPrivateConnects(t *testing.T) {
	t.Parallel()
	var accepted, opened atomic.Int64
	port := listener(t, &accepted)
	dns := resolver(t, func(string) netip.Addr { return netip.MustParseAddr("127.0.0.1") })
	client, err := Guard{Allow: []string{"Core.Acme.example.:" + port}, AllowPrivate: true, Resolver: dns, opening: func(string) { opened.Add(1) }}.Client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	client.Get("http://core.acme.example:" + port) // the listener hangs up: only the connection counts
	if opened.Load() == 0 || accepted.Load() == 0 {
		t.Errorf("%d opened, %d accepted, want one or more", opened.Load(), accepted.Load())
	}
	for _, raw := range []string{"https://169.254.169.254/", "https://0.0.0.0:" + port, "https://[fe80::1]/", "https://[64:ff9b::127.0.0.1]:" + port} {
		u, _ := url.Parse(raw)
		client, err := Guard{Allow: []string{u.Host}, AllowPrivate: true}.Client()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Get(raw); !errors.Is(err, ErrRefused) {
			t.Errorf("Get(%s) with allow_private = %v, want %v", raw, err, ErrRefused)
		}
	}
}

// listener counts connections on loopback and hangs up.
func listener(t *testing.T, accepted *atomic.Int64) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			conn.Close()
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string][2]bool{ // passes by default, with allow_private
		"93.184.215.14": {true, true}, "2606:4700::1111": {true, true}, "127.0.0.1": {false, true}, "::1": {false, true},
		"10.1.2.3": {false, true}, "fd12::1": {false, true}, "100.64.0.1": {false, true}, "::ffff:10.1.2.3": {false, true},
		"169.254.169.254": {false, false}, "fe80::1%eth0": {false, false}, "::ffff:169.254.169.254": {false, false}, "fd00:ec2::254": {false, false},
		"0.0.0.0": {false, false}, "::": {false, false}, "224.0.0.1": {false, false}, "ff02::1": {false, false}, "255.255.255.255": {false, false},
		"64:ff9b::5db8:d70e": {false, true}, "64:ff9b::a00:1": {false, false}, "2002:7f00:1::": {false, false}, "168.63.129.16": {false, false},
	} {
		for i, private := range []bool{false, true} {
			if err := judge(netip.MustParseAddr(ip), private); (err == nil) != want[i] {
				t.Errorf("judge(%s, private %t) = %v, want passes %t", ip, private, err, want[i])
			}
		}
	}
}

func TestAllowIsAListOfHosts(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"", "https://core.acme.example", "core.acme.example/api", "*.acme.example", "me@core", "core:99999", "core:0", "co re"} {
		if _, err := (Guard{Allow: []string{entry}}).Client(); err == nil {
			t.Errorf("allow %q was taken, want an error", entry)
		}
	}
	g := Guard{Allow: []string{"core.acme.example", "core.acme.example:8443"}}
	for raw, want := range map[string]bool{
		"https://core.acme.example/": true, "https://core.acme.example:443/": true, "https://CORE.acme.example./": true, "https://core.acme.example:8443/": true,
		"https://core.acme.example:22/": false, "http://core.acme.example/": false, "https://acme.example/": false, "https://x.core.acme.example/": false,
		"https://u:p@core.acme.example/": false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Check(u); (err == nil) != want {
			t.Errorf("Check(%s) = %v, want allowed %t", raw, err, want)
		}
	}
}

func TestNoRedirectNoProxyNoEndlessAnswer(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/inside", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/inside", func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	mux.HandleFunc("/full", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, MaxAnswer)) })
	mux.HandleFunc("/over", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, MaxAnswer+1)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	client, err := Guard{Allow: []string{strings.TrimPrefix(server.URL, "http://")}, AllowPrivate: true}.Client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	if client.Transport.(*transport).inner.Proxy != nil {
		t.Error("the client asks the environment for a proxy, want none")
	}
	for path, want := range map[string]struct {
		status, bytes int
		err           error
	}{"/away": {307, -1, nil}, "/full": {200, MaxAnswer, nil}, "/over": {200, MaxAnswer, ErrTooLarge}} {
		answer, err := client.Post(server.URL+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != want.status || !errors.Is(err, want.err) || (want.bytes >= 0 && len(body) != want.bytes) {
			t.Errorf("%s = %d, %d bytes, %v, want %+v", path, answer.StatusCode, len(body), err, want)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the redirect was followed %d times, want 0", n)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	for version, want := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		server.Config.ErrorLog = nil
		server.StartTLS()
		client, err := Guard{Allow: []string{strings.TrimPrefix(server.URL, "https://")}, AllowPrivate: true}.Client()
		if err != nil {
			t.Fatal(err)
		}
		client.Transport.(*transport).inner.TLSClientConfig.InsecureSkipVerify = true // the version is what is tested
		answer, err := client.Get(server.URL)
		if (err == nil) != want {
			t.Errorf("TLS %#x: %v, want taken %t", version, err, want)
		}
		if err == nil {
			answer.Body.Close()
		}
		client.CloseIdleConnections()
		server.Close()
	}
}
