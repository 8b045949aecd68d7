// Package storetest gives tests a real Redis: one redis-server for each test, on a private socket, durable, and gone when the
// test ends, however it ends. It can be stopped, killed and started again, and its answers can be lost on the way.
//
// There are replicas, a Sentinel trio and a Cluster of six too, on loopback.
//
//	server := storetest.Redis(t)
//	s := server.Open(t, store.Options{Keyset: storetest.Keyset(t)}) // a store on it
//	s, answers := server.Lossy(t, nil)                              // one whose next answers can be dropped after Redis has acted
package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/settle-chat/settle/store"
)

// Server is one redis-server. Its data outlive Stop and Kill, and come back with Start.
type Server struct {
	t    testing.TB
	dir  string
	path string
	args []string
	says string // in its log once it takes connections
	addr string // HOST:PORT where it has one

	process *os.Process
	ended   chan struct{}
	log     *strings.Builder // read after ended is closed
}

// Redis starts a server with AOF and fsync always. args are further arguments of redis-server; of a setting named twice
// the last counts. Where there is no redis-server on PATH the test is skipped, or fails where CI=true.
func Redis(t testing.TB, args ...string) *Server {
	t.Helper()
	s := prepared(t, args)
	s.Start()
	return s
}

// prepared is a server that isn't started.
func prepared(t testing.TB, args []string) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no redis-server on PATH: apt-get install redis-server")
		}
		t.Skip("no redis-server on PATH: apt-get install redis-server")
	}
	// Not t.TempDir: a socket's path has room for some 100 bytes only.
	dir, err := os.MkdirTemp("", "settle")
	if err != nil {
		t.Fatalf("make a directory for redis-server: %v", err)
	}
	s := &Server{t: t, dir: dir, path: path, says: "eady to accept connections", args: append([]string{
		"--port", "0", "--unixsocket", filepath.Join(dir, "s"), "--unixsocketperm", "700", "--dir", dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
		"--rdbcompression", "no", "--daemonize", "no", "--loglevel", "notice", "--databases", "1",
	}, args...)}
	t.Cleanup(func() {
		s.Kill()
		_ = os.RemoveAll(dir)
	})
	return s
}

// Keyset makes fresh keys.
func Keyset(t testing.TB) *store.Keyset {
	t.Helper()
	k, err := store.NewKeyset()
	if err != nil {
		t.Fatalf("make a keyset: %v", err)
	}
	return k
}

// URL is the server's address.
func (s *Server) URL() string { return "unix://" + filepath.Join(s.dir, "s") }

// Dir is where its data lie.
func (s *Server) Dir() string { return s.dir }

// Open opens a store on the server, closed when the test ends. The options' URL is set here.
func (s *Server) Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	if o.Client == nil {
		o.URL = s.URL()
	}
	st, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open a store on redis-server: %v", err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// Start starts the server, and returns once it has read its data and answers.
func (s *Server) Start() {
	s.t.Helper()
	if s.process != nil {
		return
	}
	ready, started, ended := make(chan struct{}), make(chan error, 1), make(chan struct{})
	log := new(strings.Builder) // written by the goroutine until ended is closed
	go func() {
		// The server gets a signal when the thread that started it ends (Pdeathsig), so that a killed test leaves nothing
		// behind; the thread is kept until the server has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		cmd := exec.Command(s.path, s.args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			started <- err
			return
		}
		s.process = cmd.Process
		started <- nil
		lines := bufio.NewScanner(out)
		for open := true; lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
			if open && strings.Contains(lines.Text(), s.says) {
				open = false
				close(ready)
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	}()
	if err := <-started; err != nil {
		s.t.Fatalf("start redis-server: %v", err)
	}
	s.ended, s.log = ended, log
	select {
	case <-ready:
	case <-ended:
		s.process = nil
		s.t.Fatalf("redis-server ended at once: %s", log.String())
	}
}

// Stop ends the server as an operator does (SIGTERM) and waits for it.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends it as a crash does (SIGKILL), and with it the child that may be writing a snapshot or a new append-only file.
func (s *Server) Kill() {
	if s.process != nil {
		_ = syscall.Kill(-s.process.Pid, syscall.SIGKILL)
	}
	s.end(syscall.SIGKILL)
}

// Pause freezes it (SIGSTOP): it accepts nothing and answers nothing until Resume.
func (s *Server) Pause() { _ = s.process.Signal(syscall.SIGSTOP) }

// Resume goes on.
func (s *Server) Resume() { _ = s.process.Signal(syscall.SIGCONT) }

func (s *Server) end(signal syscall.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Signal(signal)
	<-s.ended
	s.process = nil
}
