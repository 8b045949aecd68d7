package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/redisd"
)

// premises are a directory with a settle.yaml, and a Twilio to write to.
type premises struct {
	t      *testing.T
	dir    string
	twilio *twiliotest.Fake
	log    *lockedBuffer
	url    string
	admin  string       // where metrics are
	stop   func() error // ends serve and gives its error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newPremises(t *testing.T) *premises {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(redisd.ErrNone)
		}
		t.Skip(redisd.ErrNone)
	}
	p := &premises{t: t, dir: t.TempDir(), log: &lockedBuffer{}}
	var err error
	if p.twilio, err = twiliotest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.twilio.Close)
	if code, _, errOut := settle(t, "keys", "new", "--out", p.path("keyset.json")); code != exitFine {
		t.Fatal(errOut)
	}
	shipped, err := content.FS.ReadFile("settle.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p.write("settle.yaml", fmt.Sprintf(`
shutdown: {wait: 0s}
public_url: %s
listen: 127.0.0.1:0
admin_listen: 127.0.0.1:0
data_dir: data
keyset: "${file:keyset.json}"
api_keys: [{name: core, sha256: %x, scopes: [cases, events]}]
channels:
  sms: {kind: twilio, account_sid: %s, auth_tokens: [%s], from: "%s", base_url: "%s"}
`, hereURL, sha256.Sum256([]byte(hereKey)), twiliotest.AccountSID, twiliotest.AuthToken, hereSMS, p.twilio.URL)+string(shipped))
	return p
}

func (p *premises) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *premises) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// set changes a line of settle.yaml.
func (p *premises) set(line, to string) {
	p.t.Helper()
	text, err := os.ReadFile(p.path("settle.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	if n := strings.Count(string(text), line+"\n"); n != 1 {
		p.t.Fatalf("settle.yaml has the line %q %d times, want once", line, n)
	}
	p.write("settle.yaml", strings.Replace(string(text), line+"\n", to+"\n", 1))
}

// copyContent puts the shipped workflows into the premises.
func (p *premises) copyContent() {
	p.t.Helper()
	err := fs.WalkDir(content.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "settle.yaml" {
			return err
		}
		data, err := content.FS.ReadFile(name)
		p.write(name, string(data))
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *premises) config() *config.Config {
	p.t.Helper()
	c, err := config.Read(p.path("settle.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// serve runs the service in this process until p.stop.
func (p *premises) serve() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan [2]string, 1), make(chan error, 1)
	c := p.config()
	go func() {
		ended <- serve(ctx, c, zerolog.New(p.log), serving{
			listening: func(public, admin string) { up <- [2]string{"http://" + public, "http://" + admin} },
		})
	}()
	p.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	p.t.Cleanup(func() { _ = p.stop() })
	select {
	case at := <-up:
		p.url, p.admin = at[0], at[1]
	case err := <-ended:
		ended <- err
		p.t.Fatalf("serve: %v", err)
	}
}

// get asks the admin listener.
func (p *premises) get(path string) (status int, body string) {
	p.t.Helper()
	r, err := http.Get(p.admin + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, string(data)
}

// becomes asks the admin listener until it answers with a status, and gives that answer's body.
func (p *premises) becomes(path string, want int) string {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(20 * time.Second); ; <-tick.C {
		status, body := p.get(path)
		if status == want {
			return body
		}
		if time.Now().After(late) {
			p.t.Fatalf("%s: %d %q after 20 s, want %d\n%s", path, status, body, want, p.log)
		}
	}
}

// says sends what a customer writes, and wants it acknowledged.
func (p *premises) says(from, text string) {
	p.t.Helper()
	status, _, err := p.twilio.Inbound(hereURL+"/channels/sms/inbound", from, hereSMS, text).Post(p.t.Context(), http.DefaultClient, p.url)
	if err != nil || status != 200 {
		p.t.Fatalf("webhook: %d, %v, want 200", status, err)
	}
}

func (p *premises) hears(n int) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	all, err := p.twilio.Wait(ctx, n)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.log)
	}
	return all[n-1].Body
}

func (p *premises) run(want int, args ...string) string {
	p.t.Helper()
	code, out, errOut := settle(p.t, append(args, "--config", p.path("settle.yaml"))...)
	if code != want {
		p.t.Fatalf("settle %v = %d, want %d: %s", args, code, want, errOut)
	}
	return out + errOut
}

// What this file's deployments are called.
const (
	customer = "+447700900123"
	hereURL  = "https://here.acme.example"
	hereKey  = "key-of-a-test"
	hereSMS  = "+15017122661"
)

// process is the program as a process of its own.
type process struct {
	cmd   *exec.Cmd
	url   string
	admin string
	log   *lockedBuffer
}

func (p *premises) start() *process {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	s := &process{cmd: exec.Command(self, "serve", "--config", p.path("settle.yaml")), log: &lockedBuffer{}}
	s.cmd.Args[0] = "settle" // under this name the test's own binary is the program: see TestMain
	out, err := s.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	lines := json.NewDecoder(io.TeeReader(out, s.log))
	for s.admin == "" {
		var line struct{ Message, Listen string }
		if err := lines.Decode(&line); err != nil {
			p.t.Fatalf("serve has ended: %v\n%s", err, s.log)
		}
		switch {
		case strings.HasPrefix(line.Message, "webhooks"):
			s.url = "http://" + line.Listen
		case strings.HasPrefix(line.Message, "metrics"):
			s.admin = "http://" + line.Listen
		}
	}
	go func() { _, _ = io.Copy(s.log, out) }() // ends with the process
	p.url, p.admin = s.url, s.admin
	return s
}
