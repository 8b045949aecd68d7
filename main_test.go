package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/settle-chat/settle/config"
)

// settle runs one command line.
func settle(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = runContext(t.Context(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	t.Parallel()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s: short %q, example %q, want both", c.CommandPath(), c.Short, c.Example)
		}
		if strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short %q ends with a full stop", c.CommandPath(), c.Short)
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if c.Example != "" && !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: example line %q isn't indented by two", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand(strings.NewReader(""), io.Discard, io.Discard))
	code, out, _ := settle(t, "help", "serve")
	if code != exitFine || !strings.Contains(out, "Examples:") {
		t.Errorf("settle help serve = %d %q, want 0 and examples", code, out)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"version"}, exitFine, ""},
		{[]string{"--version"}, exitFine, ""},
		{[]string{"serve", "--help"}, exitFine, ""},
		{[]string{"completion", "bash"}, exitFine, ""},
		{[]string{"serv"}, exitUsage, "serve"},
		{[]string{"serve", "--confg", "x"}, exitUsage, "settle serve --help"},
		{[]string{"serve", "extra"}, exitUsage, ""},
		{[]string{"handoffs", "show"}, exitUsage, ""},
		{[]string{"keys", "rotate", "sideways"}, exitUsage, "sideways"},
		{[]string{"keys", "rotate", "add"}, exitUsage, "--keyset"},
		{[]string{"serve", "--config", missing}, exitFailed, "settle.example.yaml"},
		{[]string{"cases", "--config", missing}, exitFailed, "read configuration"},
	} {
		code, _, errOut := settle(t, tc.args...)
		if code != tc.code || !strings.Contains(errOut, tc.says) || (code != exitFine) != (errOut != "") {
			t.Errorf("settle %v = %d %q, want %d and %q", tc.args, code, errOut, tc.code, tc.says)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if _, out, _ := settle(t, "version", "--json"); !strings.Contains(out, `"engine":1`) {
		t.Errorf("settle version --json = %s, want the engine", out)
	}
}

func TestKeysetsAreNeverOverwritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	if code, _, errOut := settle(t, "keys", "new", "--out", path); code != exitFine {
		t.Fatalf("keys new = %d %s", code, errOut)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("keyset's mode = %v, %v, want 600", info.Mode(), err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := settle(t, "keys", "new", "-o", path); code != exitFailed || !strings.Contains(errOut, "is there already") {
		t.Errorf("keys new over a keyset = %d %q, want 1", code, errOut)
	}
	before := string(first)
	for _, step := range []string{"add", "promote", "drop"} {
		if code, _, errOut := settle(t, "keys", "rotate", step, "--keyset", path); code != exitFine {
			t.Fatalf("keys rotate %s = %d %s", step, code, errOut)
		}
		kept, err := os.ReadFile(path + ".before")
		if err != nil || string(kept) != before {
			t.Errorf("keys rotate %s: the file before isn't kept: %v", step, err)
		}
		after, err := os.ReadFile(path)
		if err != nil || string(after) == before {
			t.Errorf("keys rotate %s: the file hasn't changed: %v", step, err)
		}
		before = string(after)
	}
	for _, args := range [][]string{{"keys", "new", "-o", path}, {"keys", "rotate", "add", "-k", filepath.Join(t.TempDir(), "none")}} {
		if _, out, errOut := settle(t, args...); strings.Contains(out+errOut, "key_value") {
			t.Errorf("settle %v prints keys: %s%s", args, out, errOut)
		}
	}
}

func TestAPIKeyMatchesItsDigest(t *testing.T) {
	t.Parallel()
	_, out, _ := settle(t, "keys", "api")
	var key, digest string
	for _, line := range strings.Split(out, "\n") {
		if k, ok := strings.CutPrefix(line, "key:    "); ok {
			key = k
		}
		if d, ok := strings.CutPrefix(line, "sha256: "); ok {
			digest = d
		}
	}
	var d config.Digest
	if err := d.UnmarshalText([]byte(digest)); err != nil || len(key) < 40 {
		t.Errorf("keys api = %q: %v, want a long key and its SHA-256", out, err)
	}
}

// What the example says is what the program takes: nothing in it is stale.
func TestExampleConfiguration(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("settle.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "settle.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := settle(t, "keys", "new", "--out", filepath.Join(dir, "keyset.json")); code != exitFine {
		t.Fatal(errOut)
	}
	for name, value := range map[string]string{
		"CORE_API_KEY_SHA256": strings.Repeat("ab", 32), "PAYMENTS_API_KEY_SHA256": strings.Repeat("cd", 32), "CORE_SECRET": "s",
		"TWILIO_ACCOUNT_SID": "AC" + strings.Repeat("0", 32), "TWILIO_AUTH_TOKEN": "t0ken", "REDIS_URL": "redis://localhost",
	} {
		t.Setenv(name, value)
	}
	c, err := config.Read(path)
	if err != nil {
		t.Fatalf("settle.example.yaml:\n%v", err)
	}
	plugins, err := openPlugins(c)
	if err != nil {
		t.Fatalf("open what settle.example.yaml names: %v", err)
	}
	defer plugins.close()
	if _, _, _, err := loadBundles(c); err != nil {
		t.Errorf("the shipped workflows with settle.example.yaml: %v", err)
	}
	// The lines that are commented out are what one gets without them, or could be.
	var uncommented []string
	for _, line := range strings.Split(string(text), "\n") {
		for _, key := range []string{"listen:", "admin_listen:", "redis:", "log:", "shutdown:", "workflows:", "languages:", "identity:", "  facts:", "  codes:"} {
			if strings.HasPrefix(line, "# "+key) {
				line = strings.TrimPrefix(line, "# ")
				break
			}
		}
		uncommented = append(uncommented, line)
	}
	if err := os.WriteFile(path, []byte(strings.Join(uncommented, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	full, err := config.Read(path)
	if err != nil {
		t.Fatalf("settle.example.yaml with its comments taken in:\n%v", err)
	}
	if full.Listen != c.Listen || full.AdminListen != c.AdminListen || full.Log != c.Log || full.Shutdown != c.Shutdown || full.Identity.Codes.TTL != c.Identity.Codes.TTL || full.Redis.URL == "" {
		t.Errorf("the commented lines aren't the defaults: %+v", full)
	}
}

func TestPluginProblemsAreAllSaid(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "settle.yaml")
	text := `public_url: https://chat.acme.example
keyset: k
channels:
  sms: {kind: twillio}
  whatsapp: {kind: twilio, account_sid: AC00000000000000000000000000000000, auth_tokens: [t], from: "+15017122661"}
  email: {kind: twilio, acount_sid: x}
systems:
  core: {kind: rest, base_url: "https://core.acme.example", allow: [other.example]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openPlugins(c)
	if err == nil {
		t.Fatal("openPlugins: no error, want four")
	}
	for _, want := range []string{
		`:4:15: kind "twillio" is not compiled in: did you mean "twilio"?`, `:5:13: channel "whatsapp" sends sms: call it sms`,
		`:6:25: unknown key "acount_sid": did you mean "account_sid"?`, `:8:9: system "core": base_url`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("openPlugins =\n%v\nwant %s in it", err, want)
		}
	}
}

// The registry's lines and the plug-ins agree.
func TestEveryKindMakesItsOwnConfig(t *testing.T) {
	t.Parallel()
	for name, kind := range channelKinds {
		if a, b := kind(), kind(); a == nil || a == b {
			t.Errorf("channel kind %s doesn't make a new Config each time", name)
		}
	}
	for name, kind := range systemKinds {
		if a, b := kind(), kind(); a == nil || a == b {
			t.Errorf("system kind %s doesn't make a new Config each time", name)
		}
	}
}
