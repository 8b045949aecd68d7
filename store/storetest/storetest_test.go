package storetest_test

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/settle-chat/settle/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServerIsGoneWithItsTest(t *testing.T) {
	t.Parallel()
	var dir string
	t.Run("inside", func(t *testing.T) {
		server := storetest.Redis(t)
		dir = server.Dir()
		server.Pause() // even a frozen one
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	if running := serversIn(t, dir); running != 0 {
		t.Errorf("%d servers still run in %s", running, dir)
	}
}

func TestStopAndKillKeepTheData(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	s, _ := server.Lossy(t, nil)
	l, err := s.Create(t.Context(), "sms:+27821234567")
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func(){"stop": server.Stop, "kill": server.Kill} {
		end()
		if n := serversIn(t, server.Dir()); n != 0 {
			t.Errorf("%d servers run after %s, want 0", n, name)
		}
		server.Start()
		if _, err := s.Load(t.Context(), l.Conversation.ID); err != nil {
			t.Errorf("Load after %s: %v", name, err)
		}
	}
}

// serversIn counts the processes whose command line names a directory.
func serversIn(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skipf("no /proc: %v", err)
	}
	n := 0
	for _, e := range entries {
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if strings.Contains(string(line), "redis-server") && strings.Contains(string(line), dir) {
			n++
		}
	}
	return n
}
