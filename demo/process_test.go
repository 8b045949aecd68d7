package demo_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program itself, built once: what is tested here is what a newcomer starts.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "settle-built-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "settle")
	out, err := exec.Command("go", "build", "-o", path, "github.com/settle-chat/settle").CombinedOutput()
	if err != nil {
		return "", &buildError{string(out), err}
	}
	return path, nil
})

type buildError struct {
	out string
	err error
}

func (e *buildError) Error() string { return "build settle: " + e.err.Error() + "\n" + e.out }

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

var firstURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// runDemo starts settle demo on a free port with a temporary directory of its own. It is stopped, as Ctrl-C does, when the
// test ends, and must have left nothing behind.
func runDemo(t *testing.T, args ...string) (url string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	c := exec.Command(path, append([]string{"demo", "--port", "0", "--no-browser"}, args...)...)
	c.Env = append(os.Environ(), "TMPDIR="+temp)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for url == "" && lines.Scan() {
		url = firstURL.FindString(lines.Text())
	}
	rest := make(chan string, 1)
	go func() {
		var last string
		for lines.Scan() {
			last = lines.Text()
		}
		rest <- last
	}()
	t.Cleanup(func() {
		killed := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Process.Signal(syscall.SIGINT)
		last := <-rest
		err := c.Wait()
		if !killed.Stop() || err != nil {
			t.Errorf("the demo ended with %v, want a clean end within 20 s", err)
		}
		if want := "nothing of it is left"; !strings.Contains(last, want) {
			t.Errorf("its last line is %q, want one that says %q", last, want)
		}
		if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
			t.Errorf("it left %v behind (%v)", left, err)
		}
		if said.Len() > 0 {
			t.Errorf("it complained: %s", said.String())
		}
	})
	if url == "" {
		t.Fatalf("the demo says no address; it says: %s", said.String())
	}
	return url
}
