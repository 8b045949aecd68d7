package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/settle-chat/settle/starter"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// patient is a set-up that is in order, to be spoiled in one way each.
type patient struct {
	t      *testing.T
	dir    string
	doctor *doctor
	out    bytes.Buffer
	page   error // what the public URL's request fails with
}

const (
	patientToken = "0123456789abcdef0123456789abcdef"
	patientYAML  = `public_url: https://chat.acme-bank.com
keyset: "${file:keyset.json}"
redis: {url: "REDIS"}
api_keys:
APIKEYchannels:
  sms: {kind: twilio, account_sid: AC0123456789abcdef0123456789abcdef, auth_tokens: ["${file:token}"], from: "+27820000000"}
`
)

// patientKey is the API key of a set-up that is in order.
var patientKey = fmt.Sprintf("  - {name: core, sha256: %x, scopes: [cases, events]}\n", sha256.Sum256([]byte("a key that nobody guesses")))

// newPatient is a project with a Redis, or one at this address where it isn't empty.
func newPatient(t *testing.T, redis string) *patient {
	t.Helper()
	p := &patient{t: t, dir: filepath.Join(t.TempDir(), "bank")}
	if _, err := starter.Write(p.dir); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(p.at("settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, systems, _ := strings.Cut(string(written), "\nsystems:")
	p.write("settle.yaml", strings.NewReplacer("REDIS", redis, "APIKEY", patientKey).Replace(patientYAML)+"\nsystems:"+systems)
	p.keyset(storetest.Keyset(t))
	p.write("token", patientToken)
	p.doctor = newDoctor(p.at("settle.yaml"), &p.out, false)
	p.doctor.resolve = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
	}
	p.doctor.http = &http.Client{Transport: page(func() error { return p.page })}
	return p
}

// page is a web where every page is a 404, or fails.
type page func() error

func (f page) RoundTrip(*http.Request) (*http.Response, error) {
	if err := f(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusNotFound, Body: io.NopCloser(strings.NewReader(""))}, nil
}

func (p *patient) at(name string) string { return filepath.Join(p.dir, name) }

func (p *patient) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.at(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) keyset(k *store.Keyset) {
	p.t.Helper()
	text, err := k.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("keyset.json", string(text))
}

// examined is what the doctor prints; without a line for what is said to be wrong, or with a secret, the test has failed.
func (p *patient) examined(want string) string {
	p.t.Helper()
	p.doctor.examine(p.t.Context())
	got := p.out.String()
	if want != "" && !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
		p.t.Errorf("the doctor says:\n%swant %q in it", got, want)
	}
	if failed := strings.Contains(got, "fail "); failed != p.doctor.failed {
		p.t.Errorf("the doctor says:\n%sfailed = %v, want %v", got, p.doctor.failed, failed)
	}
	keyset, err := os.ReadFile(p.at("keyset.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var parts struct {
		Seal struct {
			Key []struct{ KeyData struct{ Value string } }
		}
	}
	secrets := []string{patientToken}
	if json.Unmarshal(keyset, &parts) == nil && len(parts.Seal.Key) > 0 {
		secrets = append(secrets, parts.Seal.Key[0].KeyData.Value)
	}
	for _, secret := range secrets {
		if strings.Contains(got, secret) {
			p.t.Errorf("the doctor says a secret:\n%s", got)
		}
	}
	return got
}

func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	p := newPatient(t, storetest.Redis(t, "--maxmemory", "100mb").URL())
	got := p.examined("https://chat.acme-bank.com/channels/sms/inbound#rc=5&rp=all")
	if strings.Contains(got, "warn ") || strings.Contains(got, "fail ") {
		t.Errorf("the doctor finds something in what is in order:\n%s", got)
	}
	for _, check := range []string{"configuration", "secrets", "workflows", "redis", "eviction", "durability", "memory", "clock", "keyset", "public_url", "sms", "systems"} {
		if !strings.Contains(got, "ok    "+check+" ") {
			t.Errorf("the doctor says:\n%swant a line for %s", got, check)
		}
	}
}

// Every line of --json is an object, and the exit code tells.
func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	p := newPatient(t, "unix:///nowhere/redis.sock")
	edit(t, p.at("settle.yaml"), "https://chat.acme-bank.com", "https://chat.acme.example")
	code, out, errOut := settle(t, "doctor", "--json", "--config", p.at("settle.yaml"))
	if code != exitFailed || !strings.Contains(errOut, errDoctor.Error()) {
		t.Errorf("settle doctor = %d %q, want %d and %q", code, errOut, exitFailed, errDoctor)
	}
	checks, settings := map[string]string{}, 0
	for line := range strings.Lines(out) {
		var o struct{ Check, Status, Found, Do, Channel, Set, To, Why string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Errorf("settle doctor --json prints %q: %v", line, err)
		}
		if o.Channel != "" && o.Set != "" && o.To != "" && o.Why != "" {
			settings++
			continue
		}
		if (o.Status == fine) == (o.Do != "") || o.Found == "" {
			t.Errorf("settle doctor --json prints %q: want what was found, and what to do where it isn't ok", line)
		}
		checks[o.Check] = o.Status
	}
	if checks["configuration"] != fine || checks["redis"] != ill || checks["public_url"] != ill || settings != 3 {
		t.Errorf("settle doctor --json has checks %v and %d settings, want configuration ok, redis and public_url fail, 3 settings", checks, settings)
	}
	if code, _, errOut := settle(t, "doctor", "--config", p.at("none.yaml")); code != exitUsage || !strings.Contains(errOut, "there is no such file") {
		t.Errorf("settle doctor without a file = %d %q, want %d", code, errOut, exitUsage)
	}
}
