package bot_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/bot"
	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/identity"
	"github.com/settle-chat/settle/identity/knownfacts"
	"github.com/settle-chat/settle/integrations"
	"github.com/settle-chat/settle/integrations/ledger"
	"github.com/settle-chat/settle/message"
	"github.com/settle-chat/settle/policy"
	"github.com/settle-chat/settle/store"
)

// childEnv holds what a child process is told. The test binary runs itself: one process of the service, that dies where it
// is told to.
const childEnv = "SETTLE_BOT_CHILD"

type childConfig struct {
	Redis, Keyset, Ledger, Twilio string
	Durability                    string
	Replicas                      int
	Ahead                         time.Duration
	Point                         string        // where it kills itself
	Hits                          int32         // at its how many'th time there
	Slow                          time.Duration // what each call to the provider takes
	NoDedupe, NoClaims            bool          // sabotage
	Claim                         time.Duration // how long it may run an effect
	Waits                         bool          // it runs what is due only once it is told to
}

// did is what a child says on its end that it has done.
type did struct {
	Looked int // conversations looked at because they were due
	Timers int
	Sends  int
}

// childConfig is what a child needs to work on the bench.
func (b *bench) childConfig() childConfig {
	b.t.Helper()
	keys, err := b.keys.Marshal()
	if err != nil {
		b.t.Fatal(err)
	}
	return childConfig{Redis: b.redis.URL, Keyset: string(keys), Ledger: b.bankPath, Twilio: b.twilio.URL, Ahead: b.offset(), Claim: childClaim}
}

// runChild is a child's whole life. What it can't do it says on its standard error, and ends.
func runChild() {
	var c childConfig
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &c); err != nil {
		fatal(err)
	}
	keys, err := store.ParseKeyset([]byte(c.Keyset))
	if err != nil {
		fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{URL: c.Redis, Keyset: keys, Durability: c.Durability, Replicas: c.Replicas, Offset: func() time.Duration { return c.Ahead }})
	if err != nil {
		fatal(err)
	}
	bank, err := ledger.Open(c.Ledger)
	if err != nil {
		fatal(err)
	}
	sms, err := openTwilio(c.Twilio)
	if err != nil {
		fatal(err)
	}
	lib, err := library()
	if err != nil {
		fatal(err)
	}
	var hits, looked atomic.Int32
	counts := newMeter()
	b := bot.New(bot.Options{
		Store: s, Library: lib, Channels: channelsOf(delayed{sms, c.Slow}),
		Systems: map[string]integrations.System{"core": bank, "psp": bank, "crm": bank},
		Checks:  []identity.Check{knownfacts.Birth{}, knownfacts.Place{}}, Rules: policy.DefaultRules(),
		Log: zerolog.Nop(), ClaimFor: c.Claim, Meter: counts,
		Point: func(name string) {
			if name == "attend" {
				looked.Add(1)
			}
			if name == c.Point && hits.Add(1) == c.Hits {
				fmt.Println("hit", name)
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // the signal is on its way
			}
		},
	})
	b.Sabotage(c.NoDedupe, c.NoClaims)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal(err)
	}
	begin := make(chan struct{})
	if !c.Waits {
		close(begin)
	}
	go func() { fatal(http.Serve(l, childHandler(b, sms, begin))) }() //nolint:gosec // on loopback, for a second
	fmt.Println("listening", l.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // the parent closes it to end the child
		cancel()
	}()
	select {
	case <-begin:
	case <-ctx.Done():
	}
	_ = b.Run(ctx)
	_ = json.NewEncoder(os.Stdout).Encode(did{int(looked.Load()), counts.of("timer", "stepped"), counts.of("send", "ok")})
}

// childClaim is how long a child may run an effect where it is to die: what it had is taken over soon.
const childClaim = 2 * time.Second

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "child:", err)
	os.Exit(3)
}

// childHandler is what a child answers: signed webhooks, cases to open by their number, and the word to begin.
func childHandler(b *bot.Bot, sms channels.Channel, begin chan<- struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /begin", func(http.ResponseWriter, *http.Request) { close(begin) })
	mux.HandleFunc("POST /open/{n}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscan(r.PathValue("n"), &n)
		opened, err := b.Open(r.Context(), request(client(n)))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(opened)
	})
	mux.HandleFunc("POST /channels/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		received, err := sms.(channels.Receiver).Receive(r, body)
		if err == nil {
			err = b.Receive(r.Context(), received)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

// delayed is a provider that takes its time: real time, as another process goes by its own clock meanwhile.
type delayed struct {
	channels.Channel
	by time.Duration
}

func (d delayed) Send(ctx context.Context, m message.Outbound) (message.ID, error) {
	taken, stop := context.WithTimeout(ctx, d.by)
	defer stop()
	<-taken.Done()
	return d.Channel.Send(ctx, m)
}

func (d delayed) Find(ctx context.Context, m message.Outbound, known []message.ID) (message.ID, error) {
	return d.Channel.(channels.Finder).Find(ctx, m, known)
}

// child is a running child, as its parent sees it.
type child struct {
	url   string
	kill  func() // as a crash does
	stdin io.Closer
	ended chan string // gets what it last said
}

func startChild(t testing.TB, c childConfig) *child {
	t.Helper()
	told, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+string(told))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	k := &child{kill: func() { _ = cmd.Process.Kill() }, stdin: stdin, ended: make(chan string, 1)}
	lines := bufio.NewScanner(stdout)
	for k.url == "" && lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			k.url = "http://" + addr
		}
	}
	go func() {
		last := ""
		for lines.Scan() {
			last = lines.Text()
		}
		_ = cmd.Wait() // how it ends is what it said
		k.ended <- last
	}()
	if k.url == "" {
		t.Fatal("a child didn't listen")
	}
	return k
}
