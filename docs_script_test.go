package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// checkout makes a script's directory what its reader's is: the project, and the program where go build puts it. Only the
// ports differ: two documents are run at once.
func checkout(e *testscript.Env) error {
	program, err := exec.LookPath("settle")
	if err != nil {
		return err
	}
	for _, dir := range []string{"content", "deploy", "docs/first-run"} {
		if err := os.CopyFS(filepath.Join(e.WorkDir, dir), os.DirFS(dir)); err != nil {
			return err
		}
	}
	for _, name := range []string{"settle.example.yaml", "docs/first-run/settle.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text = ports.ReplaceAll(text, []byte("${1}0"))
		text = bytes.ReplaceAll(text, []byte("127.0.0.1:8090"), []byte("127.0.0.1:9")) // nobody's telephone
		if err := os.WriteFile(filepath.Join(e.WorkDir, name), text, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(
		os.Symlink(program, filepath.Join(e.WorkDir, "settle")))
}

var ports = regexp.MustCompile(`(?m)(listen: 127\.0\.0\.1:)[0-9]+`)

// beside starts what runs beside the rest of a document, and waits until it says that it does. It is ended with the script.
func (d *document) beside(ts *testscript.TestScript, _ bool, args []string) {
	b, path := d.block(ts, args), ts.MkAbs(filepath.Join(ts.Getenv("WORK"), ".doc", args[1]+".sh"))
	c := exec.Command("sh", filepath.Join(filepath.Dir(path), "run"), path)
	c.Env, c.Dir = append(os.Environ(), "WORK="+ts.Getenv("WORK"), "HOME="+ts.Getenv("HOME")), ts.Getenv("WORK")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	end := func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) } // it may have ended by itself
	late := time.AfterFunc(2*time.Minute, end)
	defer late.Stop()
	lines, said := bufio.NewScanner(out), ""
	for !strings.Contains(said, b.text) && lines.Scan() {
		said += lines.Text() + "\n"
	}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		ended <- c.Wait()
	}()
	ts.Defer(func() {
		end()
		<-ended
	})
	if !strings.Contains(said, b.text) {
		ts.Fatalf("%s:%d: it ended, or two minutes went by, before it printed %q; it printed\n%s", d.path, b.at, b.text, said)
	}
}

// put writes a block into its file.
func (d *document) put(ts *testscript.TestScript, _ bool, args []string) {
	b := d.block(ts, args)
	path := ts.MkAbs(b.name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	if b.action == "file" {
		ts.Check(os.WriteFile(path, []byte(strings.Join(b.lines, "\n")+"\n"), 0o600))
		return
	}
	lines := printed(ts.ReadFile(path))
	at := len(lines)
	if b.action != "append" {
		has := func(line string) bool { return strings.Contains(line, b.text) }
		at = slices.IndexFunc(lines, has)
		if at < 0 || slices.ContainsFunc(lines[at+1:], has) {
			ts.Fatalf("%s:%d: want %q in one line of %s", d.path, b.at, b.text, b.name)
		}
		if b.action == "instead of" {
			lines = slices.Delete(lines, at, at+1)
		} else {
			at++
		}
	}
	lines = slices.Insert(lines, at, b.lines...)
	ts.Check(os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

func (d *document) block(ts *testscript.TestScript, args []string) block {
	i, err := strconv.Atoi(args[0])
	ts.Check(err)
	return d.blocks[i]
}

// shows compares what the last command printed with what the document shows.
func (d *document) shows(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	c := d.typed[n]
	want, got := printed(strings.Join(d.lines[c.from:c.to], "\n")), printed(ts.ReadFile("stdout"))
	switch {
	case matches(want, got):
	case *updateDocs:
		d.printed[n] = got
	default:
		ts.Fatalf("%s:%d: $ %s\nprints\n%s\nwant\n%s", d.path, c.at+1, c.text, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// update writes the document with what its commands printed.
func (d *document) update() error {
	if len(d.printed) == 0 {
		return nil
	}
	lines := slices.Clone(d.lines)
	for n, c := range slices.Backward(d.typed) {
		if got, ok := d.printed[n]; ok {
			lines = slices.Replace(lines, c.from, c.to, got...)
		}
	}
	return os.WriteFile(d.path, []byte(strings.Join(lines, "\n")), 0o600)
}
