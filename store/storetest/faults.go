package storetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
)

// Restart kills the server and starts it on the same data with further arguments.
func (s *Server) Restart(args ...string) {
	s.t.Helper()
	s.Kill()
	s.args = append(s.args, args...)
	s.Start()
}

// Died waits until the server has ended by itself, and returns what it wrote to its log. Start starts it again.
func (s *Server) Died(ctx context.Context) (log string, err error) {
	select {
	case <-s.ended:
		s.process = nil
		return s.log.String(), nil
	case <-ctx.Done():
		return "", fmt.Errorf("wait for redis-server to end: %w", ctx.Err())
	}
}

// Client is an operator's connection, past any store: CONFIG, INFO, DEBUG.
func (s *Server) Client(t testing.TB) redis.UniversalClient {
	t.Helper()
	c, err := store.NewClient(s.URL())
	if err != nil {
		t.Fatalf("make a client: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Configure is CONFIG SET, and fails the test where the server refuses it.
func (s *Server) Configure(t testing.TB, key, value string) {
	t.Helper()
	c, err := store.NewClient(s.URL())
	if err == nil {
		err = c.ConfigSet(context.Background(), key, value).Err()
		_ = c.Close()
	}
	if err != nil {
		t.Fatalf("CONFIG SET %s %s: %v", key, value, err)
	}
}

// Fill leaves its append-only file room for so many bytes more: the write that goes beyond is cut off there, as on a full
// disk. It is a limit of the running process, so a server that is started again has all the room again. Call Fillable
// first. Where the limit can't be set the test is skipped.
func (s *Server) Fill(t testing.TB, room int64) {
	t.Helper()
	prlimit, err := exec.LookPath("prlimit")
	if err != nil {
		t.Skip("no prlimit on PATH: it is part of util-linux")
	}
	size, err := s.appended()
	if err != nil {
		t.Fatalf("find how long the append-only file is: %v", err)
	}
	out, err := exec.Command(prlimit, "--pid", strconv.Itoa(s.process.Pid), fmt.Sprintf("--fsize=%d", size+room)).CombinedOutput()
	if err != nil {
		t.Skipf("the size of files can't be limited here: %v: %s", err, out)
	}
}

// Fillable starts the server again so that a full disk is an error of write, as it is on a real one: left to itself the
// limit that Fill sets would end the process by a signal.
func (s *Server) Fillable() {
	s.t.Helper()
	s.Kill()
	s.args = append([]string{"-c", `trap "" XFSZ; exec "$0" "$@"`, s.path}, s.args...)
	s.path = "/bin/sh"
	s.Start()
}

// Log lists the server's append-only files that grow, in the order of their names: the last one is written to.
func (s *Server) Log() ([]string, error) {
	return filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*.incr.aof"))
}

func (s *Server) appended() (size int64, err error) {
	files, err := s.Log()
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			size = max(size, info.Size())
		}
	}
	return size, err
}
