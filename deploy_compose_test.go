package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/channels/twilio/twiliotest"
	"github.com/settle-chat/settle/starter"
)

// composed is what a test reads of compose.yaml.
type composed struct {
	Services map[string]struct {
		User        string   `yaml:"user"`
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		Ports       []string `yaml:"ports"`
		Networks    []string `yaml:"networks"`
		Command     []string `yaml:"command"`
		Secrets     []string `yaml:"secrets"`
		Healthcheck struct {
			Test []string `yaml:"test"`
		} `yaml:"healthcheck"`
	} `yaml:"services"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

func readCompose(t *testing.T) (c composed) {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// compose.yaml is what the Compose Specification's own schema accepts, and gives nobody more than it needs.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	var file any
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "compose-spec", "compose-spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("compose.yaml: %v", err)
	}
	for name, s := range readCompose(t).Services {
		if user, _, _ := strings.Cut(s.User, ":"); user == "" || user == "0" || user == "root" {
			t.Errorf("%s runs as %q, want nobody who may do anything", name, s.User)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s: read_only %v, cap_drop %v, want a root that can't be written, and no capabilities", name, s.ReadOnly, s.CapDrop)
		}
		if name == "redis" && (len(s.Ports) != 0 || !slices.Equal(s.Networks, []string{"inside"})) {
			t.Errorf("redis has ports %v and networks %v, want it reached by settle alone", s.Ports, s.Networks)
		}
		for _, p := range s.Ports {
			if p != "127.0.0.1:8080:8080" {
				t.Errorf("%s publishes %s, want the public listener alone, on this machine", name, p)
			}
		}
		if len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
	}
}

// What compose.yaml starts, started here without its engine: a real redis-server with its very arguments, its health check, and
// Settle with the configuration that it mounts.
func TestComposeRuns(t *testing.T) {
	t.Parallel()
	p := newPremises(t) // for a machine that has redis-server
	c := readCompose(t)
	port := freePort(t)
	const password = "iGyzQ7-of-a-test"
	p.write("secrets/redis_conf", "requirepass "+password+"\n")
	p.write("secrets/redis_url", fmt.Sprintf("redis://:%s@127.0.0.1:%s\n", password, port))
	p.write("secrets/twilio_auth_token", twiliotest.AuthToken)
	keyset, err := os.ReadFile(p.path("keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	p.write("secrets/keyset", string(keyset))
	for name, s := range c.Secrets {
		if _, err := os.Stat(p.path(s.File)); err != nil {
			t.Fatalf("secret %s: %v, want one that docs/deploy.md says how to make", name, err)
		}
	}
	local := strings.NewReplacer("/run/secrets", p.path("secrets"), "/data", p.path("redis"), "redis-cli", "redis-cli -p "+port, "$$", "$")
	p.write("redis/here", "")
	var args []string
	for _, a := range c.Services["redis"].Command {
		args = append(args, local.Replace(a))
	}
	server := exec.Command(args[0], append(args[1:], "--port", port, "--bind", "127.0.0.1")...)
	said := &lockedBuffer{}
	server.Stdout, server.Stderr = said, said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	check := c.Services["redis"].Healthcheck.Test
	healthy := func() bool { return exec.Command("sh", "-c", local.Replace(check[1])).Run() == nil }
	for deadline := time.Now().Add(20 * time.Second); !healthy(); {
		if time.Now().After(deadline) {
			t.Fatalf("redis-server isn't healthy by %q:\n%s", check[1], said)
		}
	}

	writeMounted(t, p, strings.NewReplacer("/run/secrets", p.path("secrets"), "/var/lib/settle", p.path("data"),
		"0.0.0.0:8080", "127.0.0.1:0", "0.0.0.0:9090", "127.0.0.1:0",
		"${env:SETTLE_PUBLIC_URL}", hereURL, "${env:TWILIO_ACCOUNT_SID}", twiliotest.AccountSID, "kind: twilio", "kind: twilio\n    base_url: "+p.twilio.URL))
	_, checks, _ := settle(t, "doctor", "--json", "--config", p.path("settle.yaml"))
	for _, want := range []string{`"configuration"`, `"redis"`, `"eviction"`, `"durability"`, `"memory"`, `"workflows"`} {
		if !strings.Contains(checks, `{"check":`+want+`,"status":"ok"`) {
			t.Errorf("doctor finds\n%s\nwant %s ok", checks, want)
		}
	}
	p.serve()
	if err := ready(t.Context(), strings.TrimPrefix(p.admin, "http://")); err != nil {
		t.Errorf("settle ready: %v", err)
	}
	p.says(customer, "hello") // acknowledged: it is on that Redis's disk
}

// writeMounted writes the starter's project with deploy/settle.yaml in front, as docs/deploy.md says.
func writeMounted(t *testing.T, p *premises, local *strings.Replacer) {
	t.Helper()
	project := starter.Project()
	err := fs.WalkDir(project, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(project, name)
		if name == "settle.yaml" {
			front, failed := os.ReadFile(filepath.Join("deploy", "settle.yaml"))
			if failed != nil {
				return failed
			}
			text = append(front, text[bytes.Index(text, []byte("systems:")):]...)
			text = []byte(local.Replace(string(text)))
		}
		p.write(name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
