package main

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/redisd"
)

// The whole of it from nothing but a directory: keys, a Redis of its own, a message in and its answer out, a person who takes
// over from the terminal, a stop, and everything still there after the next start.
func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.serve()
	p.says(customer, "hello")
	p.hears(1)
	p.says(customer, "agent")
	p.hears(2)

	var h bot.HandoffView
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
	if got := p.run(exitFailed, "handoffs", "reply", h.Case, "--as", "sipho", "Hello"); !strings.Contains(got, "thandi has it") {
		t.Errorf("a reply of another = %s, want whose it is named", got)
	}
	if got := p.run(exitFine, "handoffs", "reply", h.Case, "--as", "thandi", "We can help"); !strings.Contains(got, "reply: accepted") {
		t.Errorf("reply = %s, want it accepted by the provider", got)
	}
	if got := p.hears(3); got != "We can help" {
		t.Errorf("the customer got %q, want the reply", got)
	}
	if got := p.run(exitFine, "handoffs", "show", h.Case); !strings.Contains(got, "agent thandi: We can help") || !strings.Contains(got, "resolve it with --outcome done") {
		t.Errorf("handoffs show = %s, want the reply and what can be done", got)
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
	if got := p.run(exitFine, "handoffs", "--queue", "nobodys", "--json"); got != "" {
		t.Errorf("handoffs of another queue = %s, want none", got)
	}
	p.run(exitFine, "handoffs", "resolve", h.Case, "--outcome", "done")
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
	p := newPremises(t)
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
		change func(p *premises)
		says   []string
	}{
		"broken workflows, all at once": {func(p *premises) {
			p.copyContent()
			p.write("workflows/one.yaml", "workflow: one\nstat: x\n")
			p.write("workflows/two.yaml", "workflow: two\nstart: nowhere\n")
		}, []string{"workflows/one.yaml:2:1", "workflows/two.yaml"}},
		"no workflows": {func(p *premises) {
			p.write("workflows/README", "none yet")
		}, []string{"there are none"}},
		"a wrong keyset": {func(p *premises) {
			p.write("keyset.json", "{}")
		}, []string{"keyset in"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPremises(t)
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

func TestServeSaysWhatIsTaken(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.serve()
	if got := p.run(exitFailed, "serve"); !strings.Contains(got, "another process uses it") {
		t.Errorf("a second serve on the directory says %s", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other := newPremises(t)
	text, err := os.ReadFile(other.path("settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other.write("settle.yaml", strings.Replace(string(text), "listen: 127.0.0.1:0", "listen: "+l.Addr().String(), 1))
	if got := other.run(exitFailed, "serve"); !strings.Contains(got, "set listen in") {
		t.Errorf("serve on a taken port says %s", got)
	}
}

// What was acknowledged is there after SIGTERM and after SIGKILL, and neither leaves a Redis behind.
func TestServeEndsAndComesBack(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
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
	p := newPremises(t)
	t.Setenv("PATH", t.TempDir())
	if got := p.run(exitFailed, "serve"); !strings.Contains(got, "apt-get install redis-server") {
		t.Errorf("serve without a Redis says %s, want what to install", got)
	}
}
