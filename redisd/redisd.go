// Package redisd keeps a redis-server (or valkey-server) of our own running, for a service that was given none.
//
// It promises: the server is durable (every write is on disk before it is answered), is reached only through a socket that
// only this user can open, and serves one process: a second one on the same directory is refused. It is started again,
// with growing pauses, when it ends by itself, and it ends with us, however we end. Its data stay in the directory.
package redisd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// ErrNone says that there is no server to start on this machine.
var ErrNone = errors.New("no redis-server or valkey-server on PATH: install one (apt-get install redis-server, dnf install valkey, brew install redis), or give redis.url in settle.yaml")

// ErrInUse says that another process has a server on this directory.
var ErrInUse = errors.New("another process uses it")

// programs are what can be started, the first one found first.
var programs = []string{"redis-server", "valkey-server"}

// maxSocket is how long a socket's path may be, on every system that we know of.
const maxSocket = 100

// Server is one supervised server.
type Server struct {
	dir, program, socket string
	log                  zerolog.Logger
	lock                 *os.File

	stop context.CancelFunc
	done chan struct{} // closed when the supervisor has ended

	mu    sync.Mutex
	child *os.Process // guarded by mu; nil between two runs
}

// Start takes the directory, starts a server in it and returns when it answers. ErrNone, ErrInUse.
func Start(ctx context.Context, dir string, log zerolog.Logger) (*Server, error) {
	s, err := prepare(dir, log)
	if err != nil {
		return nil, fmt.Errorf("start a Redis in %q: %w", dir, err)
	}
	life, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan struct{})
	failed := make(chan error, 1)
	go s.supervise(life, failed)
	if err := s.answers(ctx, failed); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start a Redis in %q: %w", dir, err)
	}
	return s, nil
}

// Program is the path of what Start would start. ErrNone.
func Program() (string, error) {
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return path, nil
		}
	}
	return "", ErrNone
}

func prepare(dir string, log zerolog.Logger) (*Server, error) {
	program, err := Program()
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("%w: one settle serve at a time, or give both the same redis.url", ErrInUse)
	}
	socket, err := newSocket(dir)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return &Server{dir: dir, program: program, socket: socket, log: log, lock: lock}, nil
}

// newSocket chooses the socket's path: in the directory where that is short enough, else in a private one of its own. The
// file "socket" names it for Running.
func newSocket(dir string) (string, error) {
	path := filepath.Join(dir, "redis.sock")
	if len(path) > maxSocket {
		short, err := os.MkdirTemp("", "settle-") // 0700
		if err != nil {
			return "", err
		}
		path = filepath.Join(short, "redis.sock")
	}
	return path, os.WriteFile(filepath.Join(dir, "socket"), []byte(path), 0o600)
}

// URL is where the store finds it.
func (s *Server) URL() string { return "unix://" + s.socket }

// Running is the URL of the server that another process runs in the directory, and whether there is one.
func Running(dir string) (url string, ok bool) {
	path, err := os.ReadFile(filepath.Join(dir, "socket"))
	if err != nil {
		return "", false
	}
	return "unix://" + string(path), ping(string(path)) == nil
}

// Stop ends the server as an operator does, waits for it, and leaves the directory to others. It may be called twice.
func (s *Server) Stop() {
	s.stop()
	<-s.done
	_ = s.lock.Close()
	if d := filepath.Dir(s.socket); d != s.dir {
		_ = os.RemoveAll(d)
	}
}

func (s *Server) arguments() []string {
	return []string{
		"--port", "0", "--unixsocket", s.socket, "--unixsocketperm", "700", "--dir", s.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory", "0", "--maxmemory-policy", "noeviction",
		"--databases", "1", "--daemonize", "no", "--loglevel", "notice",
	}
}

// How the server is started again.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
	steady     = 30 * time.Second // a run this long was a good one: pauses begin anew
)

// supervise runs the server until life ends. If the very first run fails at once, failed says why.
func (s *Server) supervise(life context.Context, failed chan<- error) {
	defer close(s.done)
	pause := firstPause
	for first := true; ; first = false {
		began := time.Now()
		last, err := s.run(life)
		if life.Err() != nil {
			return
		}
		if first && time.Since(began) < time.Second {
			failed <- fmt.Errorf("%s ended at once: %w: %s", filepath.Base(s.program), err, last)
		}
		if time.Since(began) > steady {
			pause = firstPause
		}
		s.log.Error().Err(err).Str("said", last).Dur("pause", pause).Msg("our Redis has ended: it is started again")
		select {
		case <-life.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, mostPause)
	}
}

// answers waits until the server does: reading a large file takes its time.
func (s *Server) answers(ctx context.Context, failed <-chan error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if ping(s.socket) == nil {
				return nil
			}
		}
	}
}

// Pid is the running server's process, or zero between two runs.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return 0
	}
	return s.child.Pid
}

func (s *Server) setChild(p *os.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child = p
}

// message is the last part of a line of Redis's own log: 12:M 24 Nov 2026 10:00:00.000 * Ready to accept connections
func message(line string) string {
	if fields := strings.SplitN(line, " ", 7); len(fields) == 7 {
		return fields[6]
	}
	return line
}
