package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// least is a file with all that must be there.
const least = "public_url: https://chat.acme.example\nkeyset: k\n"

func parsed(t *testing.T, text string, env map[string]string) (*Config, error) {
	t.Helper()
	return load("settle.yaml", []byte(text), resolver{
		dir: t.TempDir(),
		env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		file: func(path string) ([]byte, error) {
			if filepath.Base(path) == "keyset.json" {
				return []byte("{\"keys\": \"x: y\"}\n"), nil
			}
			return nil, os.ErrNotExist
		},
	})
}

func must(t *testing.T, text string, env map[string]string) *Config {
	t.Helper()
	c, err := parsed(t, text, env)
	if err != nil {
		t.Fatalf("load:\n%v", err)
	}
	return c
}

func TestDefaultsAreLegal(t *testing.T) {
	t.Parallel()
	c := must(t, least, nil)
	want := Default()
	if diff := cmp.Diff(want.Identity, c.Identity); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	for what, pair := range map[string][2]string{
		"listen": {c.Listen, "127.0.0.1:8080"}, "admin_listen": {c.AdminListen, "127.0.0.1:9090"}, "data_dir": {c.DataDir, ".settle"},
		"durability": {c.Redis.Durability, "durable"}, "level": {c.Log.Level, "info"}, "workflows": {c.Workflows, "."},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestReferencesAreValuesAndNeverYAML(t *testing.T) {
	t.Parallel()
	hostile := "a\nlisten: 0.0.0.0:1\n# \"'{}[]"
	c := must(t, "public_url: https://x.example\nkeyset: \"${file:keyset.json}\"\nredis: {url: \"redis://:${env:PW}@h:1\"}\ndata_dir: \"$${plain}\"\n",
		map[string]string{"PW": hostile})
	if got, want := c.Redis.URL.Reveal(), "redis://:"+hostile+"@h:1"; got != want {
		t.Errorf("redis.url = %q, want %q", got, want)
	}
	if got, want := c.Keyset.Reveal(), `{"keys": "x: y"}`; got != want {
		t.Errorf("keyset = %q, want %q", got, want)
	}
	if got := c.Listen; got != "127.0.0.1:8080" {
		t.Errorf("listen = %q: a reference has changed another key", got)
	}
	if got, want := filepath.Base(c.DataDir), "${plain}"; got != want {
		t.Errorf("data_dir = %q, want %q", got, want)
	}
	twice := must(t, "public_url: https://x.example\nkeyset: \"${env:A}\"\n", map[string]string{"A": "${env:B}", "B": "b"})
	if got := twice.Keyset.Reveal(); got != "${env:B}" {
		t.Errorf("keyset = %q, want the reference's value as it is, looked at once", got)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-value"
	c := must(t, "public_url: https://x.example\nkeyset: "+secret+"\nredis: {url: redis://"+secret+"@h}\n", nil)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Dump(c.Redis)
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]string{
		"%v": fmt.Sprintf("%v", c.Keyset), "%+v": fmt.Sprintf("%+v", *c), "%#v": fmt.Sprintf("%#v", *c), "%s": c.Keyset.String(),
		"%q": fmt.Sprintf("%q", c.Keyset), "json": string(asJSON), "yaml": string(asYAML),
	} {
		if strings.Contains(got, secret) {
			t.Errorf("%s prints the secret: %s", how, got)
		}
	}
}

func TestErrorsNeverQuoteReferences(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-value"
	for _, line := range []string{
		"public_url: \"${env:S}\"", "listen: \"${env:S}\"", "log: {level: \"${env:S}\"}", "redis: {durability: \"${env:S}\"}",
		"identity: {codes: {ttl: \"${env:S}\"}}", "identity: {facts: {ask: \"${env:S}\"}}", "identity: {codes: {per_address: \"${env:S}\"}}",
		"api_keys: [{name: a, sha256: \"${env:S}\", scopes: [cases]}]", "api_keys: [{name: \"${env:S}\", scopes: [\"${env:S}\"]}]",
		"systems: {a: {kind: x, operations: {b: {kind: \"${env:S}\", risk: \"${env:S}\", in: {c: \"${env:S}\"}}}}}",
		"queues: {a: {hours: \"${env:S}\", zone: \"${env:S}\", holidays: [\"${env:S}\"]}}", "channels: {sms: {kind: x, rate: \"${env:S}\"}}",
	} {
		_, err := parsed(t, line+"\n", map[string]string{"S": secret})
		if err == nil {
			t.Errorf("%s: no error, want one", line)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the value:\n%v", line, err)
		}
	}
}

type fake struct {
	Account string        `yaml:"account"`
	Tokens  []string      `yaml:"tokens"`
	Timeout time.Duration `yaml:"timeout"`
	Inner   *struct {
		Port int `yaml:"port"`
	} `yaml:"inner"`
	hidden int
}

func TestSectionsAreDecodedByTheirOwners(t *testing.T) {
	t.Parallel()
	c := must(t, least+`channels:
  sms: {kind: fake, rate: 50/s, account: 00123, tokens: ["${env:T}"], timeout: 5s, inner: {port: 8}}
  bad:
    kind: fake
    acount: x
    inner: {prot: 8, port: eight}
`, map[string]string{"T": "t"})
	var f fake
	if err := c.Channels["sms"].Decode(&f); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if f.Account != "00123" || f.Tokens[0] != "t" || f.Timeout != 5*time.Second || f.Inner == nil || f.Inner.Port != 8 || f.hidden != 0 {
		t.Errorf("Decode = %+v, want account 00123 as it is written, token t, 5s, port 8", f)
	}
	if got := c.Channels["sms"].Rate.Second(); got != 50 {
		t.Errorf("rate = %v a second, want 50", got)
	}
	err := c.Channels["bad"].Decode(new(fake))
	want := `settle.yaml:7:5: unknown key "acount": did you mean "account"?
settle.yaml:8:13: unknown key "prot": did you mean "port"?
settle.yaml:8:28: "eight": want a whole number`
	if err == nil || err.Error() != want {
		t.Errorf("Decode =\n%v\nwant\n%s", err, want)
	}
	unknown := c.Channels["bad"].UnknownKind([]string{"fakes", "twilio"})
	if got, want := unknown.Error(), `settle.yaml:6:11: kind "fake" is not compiled in: did you mean "fakes"?`; got != want {
		t.Errorf("UnknownKind = %s, want %s", got, want)
	}
	if got, want := c.Channels["bad"].At(errors.New("no")).Error(), "settle.yaml:6:5: no"; got != want {
		t.Errorf("At = %s, want %s", got, want)
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	c := must(t, least+`languages: [en, af]
channels: {sms: {kind: x}}
systems:
  core:
    kind: rest
    operations:
      account: {kind: lookup, risk: info, in: {ref: text}, out: {balance: money}, request: {get: "/a/{ref}"}, results: {declined: {422: "$.code"}}}
      pay: {kind: writeback, risk: pay-in, idempotency: header}
    events: {paid: {amount: money}}
queues: {care: {hours: "mon-fri 08:00-18:00", zone: Africa/Johannesburg, answer-within: 1d, capacity: 4}}
identity: {floors: {service: person}}
`, nil)
	want := fsm.Declarations{
		Operations: map[string]fsm.OperationDecl{
			"core.account": {Kind: "lookup", Risk: policy.Info, In: map[string]fsm.Type{"ref": "text"}, Out: map[string]fsm.Type{"balance": "money"}},
			"core.pay":     {Kind: "writeback", Risk: policy.PayIn, Retryable: true},
		},
		Events:   map[string]map[string]fsm.Type{"core.paid": {"amount": "money"}},
		Queues:   map[string]fsm.QueueDecl{"care": {Hours: "mon-fri 08:00-18:00", Zone: "Africa/Johannesburg", AnswerWithin: 24 * time.Hour, Capacity: 4}},
		Channels: []string{"sms"}, Floors: map[policy.Risk]policy.Assurance{policy.Service: policy.Person}, Languages: []string{"en", "af"},
	}
	if diff := cmp.Diff(want, c.Declarations()); diff != "" {
		t.Errorf("Declarations (-want +got):\n%s", diff)
	}
	options := c.Systems["core"].Operations["account"].Options
	wantOptions := map[string]any{"request": map[string]any{"get": "/a/{ref}"}, "results": map[string]any{"declined": map[any]any{422: "$.code"}}}
	if diff := cmp.Diff(wantOptions, options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

func TestShapeNeedsNoSecrets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "settle.yaml")
	text := "public_url: \"${env:SETTLE_TEST_UNSET}\"\nchannels: {sms: {kind: fake, account: \"${env:SETTLE_TEST_UNSET}\", timeout: \"${file:none}\"}}\n" +
		"api_keys: [{name: a, sha256: \"${env:SETTLE_TEST_UNSET}\", scopes: [cases]}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Shape(path)
	if err != nil {
		t.Fatalf("Shape: %v", err)
	}
	var f fake
	if err := c.Channels["sms"].Decode(&f); err != nil || f.Account != "" {
		t.Errorf("Decode = %+v, %v, want an empty account and no error", f, err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "SETTLE_TEST_UNSET is not set") {
		t.Errorf("Read = %v, want an error that names the variable", err)
	}
}

// The example that users are shown is a file that can be read.
func TestExampleOfTheSpecificationIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "shared", "examples", "settle.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("the specification's example isn't here: %v", err)
	}
	env := map[string]string{"REDIS_URL": "redis://h:1", "CORE_API_KEY_SHA256": strings.Repeat("ab", 32), "TWILIO_ACCOUNT_SID": "AC", "TWILIO_AUTH_TOKEN": "t", "CORE_SECRET": "s"}
	data = bytes.ReplaceAll(data, []byte("/run/secrets/settle-keyset.json"), []byte("keyset.json"))
	c := must(t, string(data), env)
	if got := len(c.Declarations().Operations); got != 5 {
		t.Errorf("operations declared = %d, want 5", got)
	}
	if got := c.Systems["core"].Objective.Share.Ratio(); got != 0.999 {
		t.Errorf("objective = %v, want 0.999", got)
	}
}
