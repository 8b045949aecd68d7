package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/content"
	"github.com/settle-chat/settle/redisd"
)

// TestMain runs the program itself where a test starts it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("SETTLE_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// project is a directory with a settle.yaml, and a Twilio to write to.
type project struct {
	t      *testing.T
	dir    string
	twilio *twiliotest.Fake
	log    *lockedBuffer
	url    string
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

func newProject(t *testing.T) *project {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(redisd.ErrNone)
		}
		t.Skip(redisd.ErrNone)
	}
	p := &project{t: t, dir: t.TempDir(), log: &lockedBuffer{}}
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

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// copyContent puts the shipped workflows into the project.
func (p *project) copyContent() {
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

func (p *project) config() *config.Config {
	p.t.Helper()
	c, err := config.Read(p.path("settle.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// serve runs the service in this process until p.stop.
func (p *project) serve() {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan string, 1), make(chan error, 1)
	c := p.config()
	go func() {
		ended <- serve(ctx, c, zerolog.New(p.log), func(public, _ string) { up <- "http://" + public })
	}()
	p.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	p.t.Cleanup(func() { _ = p.stop() })
	select {
	case p.url = <-up:
	case err := <-ended:
		ended <- err
		p.t.Fatalf("serve: %v", err)
	}
}

// says sends what a customer writes, and wants it acknowledged.
func (p *project) says(from, text string) {
	p.t.Helper()
	status, _, err := p.twilio.Inbound(hereURL+"/channels/sms/inbound", from, hereSMS, text).Post(p.t.Context(), http.DefaultClient, p.url)
	if err != nil || status != 200 {
		p.t.Fatalf("webhook: %d, %v, want 200", status, err)
	}
}

func (p *project) hears(n int) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	all, err := p.twilio.Wait(ctx, n)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.log)
	}
	return all[n-1].Body
}

func (p *project) run(want int, args ...string) string {
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

// The whole of it from nothing but a directory: keys, a Redis of its own, a message in and its answer out, a person who takes
// over from the terminal, a stop, and everything still there after the next start.
func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.serve()
	p.says(customer, "hello")
	p.hears(1)
	p.says(customer, "agent")
	p.hears(2)

	var h waiting
	if err := json.Unmarshal([]byte(p.run(exitFine, "handoffs", "--json")), &h); err != nil || h.Reason != "asked-for-agent" || h.Queue == "" {
		t.Fatalf("handoffs --json = %+v, %v, want one that asked for an agent", h, err)
	}
	if got := p.run(exitFine, "handoffs", "show", h.Conversation); !strings.Contains(got, "hello") || !strings.Contains(got, "assurance: anyone") {
		t.Errorf("handoffs show = %s, want what was said and how sure we are who said it", got)
	}
	if got := p.run(exitFailed, "handoffs", "resolve", h.Conversation, "--outcome", "nonsense"); !strings.Contains(got, "done") {
		t.Errorf("resolve with a wrong outcome = %s, want the right ones named", got)
	}
	if got := p.run(exitFailed, "handoffs", "claim", "p07-none"); !strings.Contains(got, "there is none") {
		t.Errorf("claim of nothing = %s", got)
	}
	p.run(exitFine, "handoffs", "claim", h.Conversation, "--as", "thandi")
	if got := p.run(exitFailed, "handoffs", "claim", h.Conversation, "--as", "sipho"); !strings.Contains(got, "thandi has it") {
		t.Errorf("a second claim = %s, want the first one named", got)
	}
	if got := p.run(exitFine, "letters", "list"); strings.Count(got, "\n") != 1 {
		t.Errorf("letters list = %s, want none", got)
	}

	began := time.Now()
	if err := p.stop(); err != nil || time.Since(began) > shutdownWhole {
		t.Errorf("stop: %v after %s, want none within ten seconds", err, time.Since(began))
	}
	// Without a running serve the commands start its Redis for themselves.
	if got := p.run(exitFine, "handoffs"); !strings.Contains(got, "thandi") {
		t.Errorf("handoffs after a stop = %s, want the claim kept", got)
	}
	p.serve()
	p.run(exitFine, "handoffs", "resolve", h.Conversation, "--outcome", "done")
	if got := p.run(exitFine, "cases", "--open", "--json"); got != "" {
		t.Errorf("cases --open after resolve = %s, want none", got)
	}
	if got := p.run(exitFine, "cases"); !strings.Contains(got, "lobby@") || !strings.Contains(got, "done") {
		t.Errorf("cases = %s, want the lobby's case, done", got)
	}
	if err := p.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if log := p.log.String(); strings.Contains(log, customer[1:]) || strings.Contains(log, "hello") {
		t.Errorf("the log holds something personal:\n%s", log)
	}
}

// A case ends on the version that it began with, whatever is published meanwhile.
func TestServeKeepsOldVersions(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.copyContent()
	p.serve()
	p.says(customer, "hello")
	p.hears(1)
	pin := func() string {
		var v bot.CaseView
		if err := json.Unmarshal([]byte(p.run(exitFine, "cases", "--json")), &v); err != nil {
			t.Fatal(err)
		}
		return v.Workflow
	}
	before := pin()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	lobby, err := os.ReadFile(p.path("workflows/lobby.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write("workflows/lobby.yaml", string(lobby)+"# another version\n")
	p.serve()
	if got := pin(); got != before {
		t.Errorf("after publishing another version the case runs %s, want %s", got, before)
	}
	p.says(customer, "agent")
	p.hears(2)
	p.says("+447700900456", "hello")
	p.hears(3)
	got := p.run(exitFine, "cases")
	pins := map[string]bool{}
	for _, field := range strings.Fields(got) {
		if strings.HasPrefix(field, "lobby@") {
			pins[field] = true
		}
	}
	if len(pins) != 2 || !pins[before] {
		t.Errorf("cases =\n%s\nwant one on %s and a new one on another version", got, before)
	}
	if strings.Contains(p.run(exitFine, "letters", "list"), "p") && strings.Count(p.run(exitFine, "letters", "list"), "\n") > 1 {
		t.Error("an event of the old case became a dead letter")
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(p *project)
		says   []string
	}{
		"broken workflows, all at once": {func(p *project) {
			p.copyContent()
			p.write("workflows/one.yaml", "workflow: one\nstat: x\n")
			p.write("workflows/two.yaml", "workflow: two\nstart: nowhere\n")
		}, []string{"workflows/one.yaml:2:1", "workflows/two.yaml"}},
		"no workflows": {func(p *project) {
			p.write("workflows/README", "none yet")
		}, []string{"there are none"}},
		"a limit that would not be kept": {func(p *project) {
			p.append("identity: {codes: {countries: [ZA]}}\n")
		}, []string{"identity.codes.countries"}},
		"a wrong keyset": {func(p *project) {
			p.write("keyset.json", "{}")
		}, []string{"keyset in"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			tc.change(p)
			got := p.run(exitFailed, "serve")
			for _, want := range tc.says {
				if !strings.Contains(got, want) {
					t.Errorf("serve says\n%s\nwant %s in it", got, want)
				}
			}
		})
	}
}

func (p *project) append(text string) {
	p.t.Helper()
	before, err := os.ReadFile(p.path("settle.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("settle.yaml", string(before)+text)
}

func TestServeSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.serve()
	if got := p.run(exitFailed, "serve"); !strings.Contains(got, "another process uses it") {
		t.Errorf("a second serve on the directory says %s", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other := newProject(t)
	text, err := os.ReadFile(other.path("settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other.write("settle.yaml", strings.Replace(string(text), "listen: 127.0.0.1:0", "listen: "+l.Addr().String(), 1))
	if got := other.run(exitFailed, "serve"); !strings.Contains(got, "set listen in") {
		t.Errorf("serve on a taken port says %s", got)
	}
}

// process is the program as a process of its own.
type process struct {
	cmd *exec.Cmd
	url string
	log *lockedBuffer
}

func (p *project) start() *process {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	s := &process{cmd: exec.Command(self, "serve", "--config", p.path("settle.yaml")), log: &lockedBuffer{}}
	s.cmd.Env = append(os.Environ(), "SETTLE_TEST_PROGRAM=1")
	out, err := s.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	lines := json.NewDecoder(io.TeeReader(out, s.log))
	for s.url == "" {
		var line struct{ Message, Listen string }
		if err := lines.Decode(&line); err != nil {
			p.t.Fatalf("serve has ended: %v\n%s", err, s.log)
		}
		if strings.HasPrefix(line.Message, "webhooks") {
			s.url = "http://" + line.Listen
		}
	}
	go func() { _, _ = io.Copy(s.log, out) }() // ends with the process
	p.url = s.url
	return s
}

// What was acknowledged is there after SIGTERM and after SIGKILL, and neither leaves a Redis behind.
func TestServeEndsAndComesBack(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	first := p.start()
	p.says(customer, "hello")
	p.hears(1)
	began := time.Now()
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err != nil || time.Since(began) > shutdownWhole {
		t.Errorf("after SIGTERM: %v in %s, want exit 0 within ten seconds\n%s", err, time.Since(began), first.log)
	}
	second := p.start()
	p.says("+447700900456", "hello")
	if err := second.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = second.cmd.Wait()
	deadline := time.Now().Add(20 * time.Second)
	for _, left := redisd.Running(p.path("data/redis")); left; _, left = redisd.Running(p.path("data/redis")) {
		if time.Now().After(deadline) {
			t.Fatal("a Redis is left behind by a killed serve")
		}
	}
	p.start()
	if got := strings.Count(p.run(exitFine, "cases"), "lobby@"); got != 2 {
		t.Errorf("%d cases after both, want the 2 whose messages were acknowledged", got)
	}
}

func TestServeNeedsARedis(t *testing.T) {
	p := newProject(t)
	t.Setenv("PATH", t.TempDir())
	if got := p.run(exitFailed, "serve"); !strings.Contains(got, "apt-get install redis-server") {
		t.Errorf("serve without a Redis says %s, want what to install", got)
	}
}
