package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/settle-chat/settle/store/storetest"
)

// What somebody without a case is told first, and where that stands.
const (
	welcomeFile = "messages/en.yaml"
	welcomeText = "This is Acme Bank. Nothing is waiting for you here."
)

// welcomes changes what a new case of the lobby begins with.
func (p *premises) welcomes(from, to string) {
	p.t.Helper()
	text, err := os.ReadFile(p.path(welcomeFile))
	if err != nil {
		p.t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		p.t.Fatalf("%s doesn't hold %q", welcomeFile, from)
	}
	p.write(welcomeFile, strings.Replace(string(text), from, to, 1))
}

// logs waits until a line is in the log so many times.
func (p *premises) logs(log *lockedBuffer, line string, times int) {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(20 * time.Second); strings.Count(log.String(), line) < times; <-tick.C {
		if time.Now().After(late) {
			p.t.Fatalf("the log has %q %d times after 20 s, want %d\n%s", line, strings.Count(log.String(), line), times, log)
		}
	}
}

// A changed text is published while the service runs: a case opened afterwards says it, the one before says what it said. A
// broken file is named with its line and changes nothing.
func TestReloadPublishesWhatHasChanged(t *testing.T) {
	t.Parallel()
	const early, late, last = customer, "+447700900456", "+447700900789"
	p := newPremises(t)
	p.copyContent()
	p.serve()
	p.says(early, "hello")
	if got := p.hears(1); !strings.Contains(got, welcomeText) {
		t.Fatalf("the first customer hears %q, want %q", got, welcomeText)
	}
	p.welcomes(welcomeText, "Nothing waits here.")
	p.logs(p.log, "workflows published", 1)
	p.says(late, "hello")
	if got := p.hears(2); !strings.Contains(got, "Nothing waits here.") {
		t.Errorf("after a change a new case says %q, want the new text", got)
	}
	p.says(early, "MENU")
	if got := p.hears(3); !strings.Contains(got, welcomeText) {
		t.Errorf("after a change the case that ran says %q, want its own text", got)
	}

	p.write("workflows/broken.yaml", "workflow: broken\nstat: x\n")
	p.logs(p.log, "what was read before stays", 1)
	if !strings.Contains(p.log.String(), "workflows/broken.yaml:2:1") {
		t.Errorf("the log doesn't name the broken file and its line:\n%s", p.log)
	}
	if status, body := p.get("/readyz"); status != 200 {
		t.Errorf("/readyz beside a broken file: %d %s, want 200", status, body)
	}
	p.welcomes("Nothing waits here.", "Not even this.") // nothing of what is broken is published
	p.logs(p.log, "what was read before stays", 2)
	p.says(last, "hello")
	if got := p.hears(4); !strings.Contains(got, "Nothing waits here.") {
		t.Errorf("beside a broken file a new case says %q, want the last text that was published", got)
	}
	if err := os.Remove(p.path("workflows/broken.yaml")); err != nil {
		t.Fatal(err)
	}
	p.logs(p.log, "workflows published", 2)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// Another process, whose files are the old ones, goes on with a case of the new version at once.
func TestOtherProcessesKnowWhatIsPublished(t *testing.T) {
	t.Parallel()
	server := storetest.Redis(t)
	p, other := newPremises(t), newPremises(t)
	p.set("data_dir: data", fmt.Sprintf("data_dir: data\nredis: {url: %q}", server.URL()))
	p.copyContent()
	other.copyContent()
	for _, name := range []string{"settle.yaml", "keyset.json"} {
		data, err := os.ReadFile(p.path(name))
		if err != nil {
			t.Fatal(err)
		}
		other.write(name, string(data))
	}
	p.serve()
	other.serve()
	p.welcomes(welcomeText, "Nothing waits here.")
	p.logs(p.log, "workflows published", 1)
	p.says(customer, "hello")
	if got := p.hears(1); !strings.Contains(got, "Nothing waits here.") {
		t.Fatalf("a new case says %q, want the new text", got)
	}
	other.says(customer, "MENU") // answered with 200
	if got := p.hears(2); !strings.Contains(got, "Nothing waits here.") {
		t.Errorf("another process says %q, want the text of the case's version", got)
	}
}

// What of settle.yaml can change while it runs is taken on, the rest is named. A broken one changes nothing.
func TestReloadOfTheConfiguration(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	s := p.start()
	level := func() string { _, body := p.get("/debug/log-level"); return body }
	if got := level(); !strings.Contains(got, `"info"`) {
		t.Errorf("the log level is %s, want info", got)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.logs(s.log, "told to read the files again", 1)
	p.logs(s.log, "no workflow has changed", 1)

	p.set("data_dir: data", "data_dir: elsewhere\nlog: {level: debug}")
	p.logs(s.log, "needs a restart: data_dir", 1)
	if got := level(); !strings.Contains(got, `"debug"`) {
		t.Errorf("after settle.yaml says debug the log level is %s", got)
	}
	p.set("log: {level: debug}", "log: {level: loud}")
	p.logs(s.log, "settle.yaml can't be used", 1)
	if got := level(); !strings.Contains(got, `"debug"`) || !strings.Contains(s.log.String(), "loud") {
		t.Errorf("after a broken settle.yaml the log level is %s, want debug still, and the fault named\n%s", got, s.log)
	}
	r, err := http.NewRequest("PUT", p.admin+"/debug/log-level", strings.NewReader(`{"level":"warn","for":"1h"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := level(); answer.StatusCode != 200 || !strings.Contains(got, `"level":"warn"`) || !strings.Contains(got, `"then":"debug"`) {
		t.Errorf("PUT warn for an hour: %d, and the level is %s; want warn, then debug", answer.StatusCode, got)
	}
	if n := strings.Count(s.log.String(), "needs a restart"); n != 1 {
		t.Errorf("the log says %d times what needs a restart, want once", n)
	}
}

// Kubernetes changes a mounted ConfigMap by putting another directory behind a link, over and over.
func TestReloadOfAConfigMap(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.copyContent()
	mount := p.path("mount")
	swap := func(n int) {
		t.Helper()
		version := filepath.Join(mount, fmt.Sprintf("..version_%d", n))
		for _, dir := range parts {
			if err := os.CopyFS(filepath.Join(version, dir), os.DirFS(p.path(dir))); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(filepath.Base(version), filepath.Join(mount, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(mount, "..data_tmp"), filepath.Join(mount, "..data")); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(mount, fmt.Sprintf("..version_%d", n-1))); err != nil {
			t.Fatal(err)
		}
	}
	swap(1)
	for _, dir := range parts {
		if err := os.Symlink(filepath.Join("..data", dir), filepath.Join(mount, dir)); err != nil {
			t.Fatal(err)
		}
	}
	p.set("data_dir: data", "data_dir: data\nworkflows: mount")
	p.serve()
	text := welcomeText
	for n := 2; n <= 3; n++ {
		to := fmt.Sprintf("This is version %d.", n)
		p.welcomes(text, to)
		text = to
		swap(n)
		p.logs(p.log, "workflows published", n-1)
		p.says(fmt.Sprintf("+44770090012%d", n), "hello")
		if got := p.hears(n - 1); !strings.Contains(got, to) {
			t.Errorf("after change %d a new case says %q, want %q", n, got, to)
		}
	}
}

// A directory that wasn't there at the start is noticed, and so is what changes in it afterwards.
func TestReloadOfANewDirectory(t *testing.T) {
	t.Parallel()
	p := newPremises(t)
	p.serve() // what is compiled in
	p.copyContent()
	p.logs(p.log, "no workflow has changed", 1)
	p.welcomes(welcomeText, "Nothing waits here.")
	p.logs(p.log, "workflows published", 1)
}
