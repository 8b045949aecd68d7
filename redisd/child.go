package redisd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// grace is how long the server has to end by itself. All that it has answered is on disk already.
const grace = 4 * time.Second

// run runs the server once, until it ends or life does, and returns the last line that it said.
func (s *Server) run(life context.Context) (last string, err error) {
	// The server is told to end when the thread that started it ends, so that it never outlives a killed process; the
	// thread is kept until the server has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(s.program, s.arguments()...)
	cmd.SysProcAttr = ownGroup()
	// It inherits nothing that it has no use for: the environment may hold the service's secrets.
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return "", err
	}
	s.setChild(cmd.Process)
	defer s.setChild(nil)
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ended:
			return
		case <-life.Done():
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(grace):
			_ = cmd.Process.Kill()
		}
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		last = message(lines.Text())
		s.log.Debug().Str("redis", last).Msg("our Redis says")
	}
	_, _ = io.Copy(io.Discard, out) // a line too long for the scanner
	err = cmd.Wait()
	close(ended)
	<-watched
	if err == nil {
		err = errors.New("ended by itself")
	}
	return last, err
}

// ping asks a server on a socket whether it answers and has read its data.
func ping(socket string) error {
	c, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		return errors.New("it is still loading")
	}
	return err
}
