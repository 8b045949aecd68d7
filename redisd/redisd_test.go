package redisd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, dir string) *Server {
	t.Helper()
	return startHeard(t, dir, make(ear, 1))
}

func startHeard(t *testing.T, dir string, log ear) *Server {
	t.Helper()
	s, err := Start(t.Context(), dir, zerolog.New(log))
	if errors.Is(err, ErrNone) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

// ear is a log that is listened to.
type ear chan string

func (e ear) Write(p []byte) (int, error) {
	select {
	case e <- string(p):
	default:
	}
	return len(p), nil
}

// until waits for a line of the log that says so.
func (e ear) until(t *testing.T, says string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	for {
		select {
		case line := <-e:
			if strings.Contains(line, says) {
				return
			}
		case <-ctx.Done():
			t.Fatalf("waited 20 s for the log to say: %s", says)
		}
	}
}

func cli(t *testing.T, s *Server, args ...string) string {
	t.Helper()
	out, err := exec.Command("redis-cli", append([]string{"-s", s.socket}, args...)...).Output()
	if err != nil {
		t.Fatalf("redis-cli %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

func TestServerIsDurableAndPrivate(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	for setting, want := range map[string]string{"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "port": "0"} {
		if got := cli(t, s, "config", "get", setting); got != setting+"\n"+want {
			t.Errorf("config get %s = %q, want %q", setting, got, want)
		}
	}
	info, err := os.Stat(s.socket)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("socket's mode = %o, want 700", got)
	}
}

func TestServerComesBackWithItsData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := make(ear, 1000)
	s := startHeard(t, dir, log)
	cli(t, s, "set", "a", "1")
	pid := s.Pid()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	log.until(t, "our Redis has ended")
	log.until(t, "eady to accept connections")
	if again := s.Pid(); again == pid || again == 0 {
		t.Errorf("process %d after %d was killed, want another", again, pid)
	}
	if got := cli(t, s, "get", "a"); got != "1" {
		t.Errorf("after a crash: get a = %q, want 1", got)
	}
	s.Stop()
	if url, ok := Running(dir); ok {
		t.Errorf("Running after Stop = %q, true", url)
	}
	again := start(t, dir)
	if got := cli(t, again, "get", "a"); got != "1" {
		t.Errorf("after Stop and Start: get a = %q, want 1", got)
	}
}

func TestDirectoryIsTakenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	if _, err := Start(t.Context(), dir, zerolog.Nop()); !errors.Is(err, ErrInUse) {
		t.Errorf("a second Start = %v, want ErrInUse", err)
	}
	if url, ok := Running(dir); !ok || url != s.URL() {
		t.Errorf("Running = %q, %t, want %q, true", url, ok, s.URL())
	}
}

func TestLongPathGetsShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 110))
	s := start(t, dir)
	if len(s.socket) > maxSocket {
		t.Errorf("socket's path has %d bytes, want %d at most", len(s.socket), maxSocket)
	}
	s.Stop()
	if _, err := os.Stat(filepath.Dir(s.socket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's directory after Stop: %v, want it gone", err)
	}
}

func TestFirstFailureSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// A file where Redis wants its directory of append-only files.
	if err := os.WriteFile(filepath.Join(dir, "appendonlydir"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	_, err := Start(t.Context(), dir, zerolog.New(&log))
	if errors.Is(err, ErrNone) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err == nil || !strings.Contains(err.Error(), "ended at once") {
		t.Errorf("Start = %v, want an error that says that the server ended at once", err)
	}
}

func TestNoServerSaysWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), t.TempDir(), zerolog.Nop())
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("Start = %v, want ErrNone, saying what to install", err)
	}
}
