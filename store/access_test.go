package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/settle-chat/settle/config"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// hostile is a password that a URL could only hold escaped.
const hostile = "p@ss/w:rd%41?#&"

// documentedUser is the user of docs/redis.md, as redis-server takes it on its command line.
func documentedUser(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if rules, ok := strings.CutPrefix(strings.TrimSpace(line), "user settle on >PASSWORD "); ok {
			return append([]string{"--user", "settle", "on", ">" + hostile}, strings.Fields(rules)...)
		}
	}
	t.Fatal("docs/redis.md names no user")
	return nil
}

// The user in the documents may do all that a store does, on every set-up.
func TestTheDocumentedUserIsEnough(t *testing.T) {
	t.Parallel()
	user := documentedUser(t)
	for name, start := range map[string]func(t *testing.T) store.Options{
		"one server": func(t *testing.T) store.Options {
			server := storetest.OnPort(t, append([]string{"--appendfsync", "always"}, user...)...)
			return store.Options{URL: "redis://" + server.Addr()}
		},
		"replicated": func(t *testing.T) store.Options {
			server := storetest.OnPort(t, user...)
			server.Replica(t, user...)
			return store.Options{URL: "redis://" + server.Addr(), Durability: store.Replicated}
		},
		"Cluster": func(t *testing.T) store.Options {
			return store.Options{URL: storetest.NewCluster(t, user...).URL(), Durability: store.Replicated}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			o.Keyset, o.Login = storetest.Keyset(t), store.Login{User: "settle", Password: hostile}
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			everything(t, s)
			i, err := store.Inspect(t.Context(), o)
			if err != nil || len(i.Forbidden) > 0 || i.Durability != nil {
				t.Errorf("Inspect = forbidden %v, durability %v, %v; want nothing", i.Forbidden, i.Durability, err)
			}
		})
	}
}

// Each rule is needed: without it Inspect names it. A wrong password shows in no error.
func TestInspectSaysWhatIsForbidden(t *testing.T) {
	t.Parallel()
	user := documentedUser(t)
	for rule, instead := range map[string]string{
		"~settle:*": "~other:*", "+@read": "", "+@write": "", "+eval": "", "+evalsha": "", "+info": "", "+time": "", "+config|get": "",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			rules := slices.Clone(user)
			at := slices.Index(rules, rule)
			if at < 0 {
				t.Fatalf("the documented user has no rule %s: %q", rule, rules[4:])
			}
			if rules = slices.Delete(rules, at, at+1); instead != "" {
				rules = append(rules, instead)
			}
			server := storetest.OnPort(t, rules...)
			o := store.Options{URL: "redis://" + server.Addr(), Login: store.Login{User: "settle", Password: hostile}}
			i, err := store.Inspect(t.Context(), o)
			if err != nil || !slices.Equal(i.Forbidden, []string{rule}) {
				t.Errorf("Inspect = %v, %v; want %s", i.Forbidden, err, rule)
			}
			o.Login.Password = "hunter2"
			if _, err := store.Inspect(t.Context(), o); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("Inspect with a wrong password = %v, want an error without it", err)
			}
		})
	}
}

// A server is known by its certificate: only with the CA that has signed it, only under a name that is in it.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	server, ca := storetest.Encrypted(t)
	_, other := storetest.Encrypted(t)
	for _, tc := range []struct{ name, url, ca, want string }{
		{"its CA", "rediss://" + server.Addr(), ca, ""},
		{"no CA", "rediss://" + server.Addr(), "", "certificate"},
		{"another CA", "rediss://" + server.Addr(), other, "set redis.ca"},
		{"no PEM", "rediss://" + server.Addr(), "ca.pem", "holds no certificate"},
		{"not encrypted", "redis://" + server.Addr(), ca, "isn't rediss"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := store.Open(t.Context(), store.Options{URL: tc.url, CA: tc.ca, Keyset: storetest.Keyset(t), Durability: store.BestEffort})
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_ = s.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Open = %v, want an error with %q", err, tc.want)
			}
		})
	}
}

// Servers that another may take over from are known by their CA too, the Sentinels as well. Users, passwords and the CA come
// from files that settle.yaml names. A wrong CA is refused, with what to do; a wrong password is, and shows in no error.
func TestEncryptedSets(t *testing.T) {
	t.Parallel()
	user := documentedUser(t)
	_, other := storetest.Encrypted(t)
	for name, start := range map[string]func(t *testing.T) (servers set, ca, sentinel string){
		"Sentinel": func(t *testing.T) (set, string, string) {
			s, ca := storetest.NewEncryptedSentinel(t, user, "user guard on >of-the-guards allkeys allchannels +@all")
			return s, ca, "sentinel: {username: guard, password: \"${file:guard}\"}"
		},
		"Cluster": func(t *testing.T) (set, string, string) {
			s, ca := storetest.NewEncryptedCluster(t, user...)
			return s, ca, ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers, ca, sentinel := start(t)
			keys := storetest.Keyset(t)
			open := func(ca, password, guard string) (*store.Store, error) {
				t.Helper()
				o := configured(t, map[string]string{"ca.pem": ca, "password": password, "guard": guard}, fmt.Sprintf(
					"redis:\n  {url: %q, username: settle, password: \"${file:password}\", ca: \"${file:ca.pem}\", durability: replicated, replicas: %d, %s}\n",
					servers.URL(), servers.Replicas(), sentinel))
				o.Keyset = keys
				return store.Open(t.Context(), o)
			}
			s, err := open(ca, hostile, "of-the-guards")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			everything(t, s)
			for what, of := range map[string]struct{ ca, password, guard, want string }{
				"another CA":                        {other, hostile, "of-the-guards", "set redis.ca to the CA that has signed"},
				"a wrong password":                  {ca, "hunter2", "of-the-guards", "WRONGPASS"},
				"a wrong password of the Sentinels": {ca, hostile, "hunter2", "WRONGPASS"},
			} {
				if sentinel == "" && of.guard == "hunter2" {
					continue
				}
				_, err := open(of.ca, of.password, of.guard)
				if err == nil || !strings.Contains(err.Error(), of.want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("Open with %s = %v, want an error with %q and no password", what, err, of.want)
				}
			}
		})
	}
}

// configured is how settle.yaml says that Redis is reached, with files beside it.
func configured(t *testing.T, files map[string]string, yaml string) store.Options {
	t.Helper()
	dir := t.TempDir()
	files["settle.yaml"] = yaml + "public_url: https://chat.acme.example\nkeyset: \"${file:password}\"\n" // the keyset isn't looked at here
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Read(filepath.Join(dir, "settle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Redis
	return store.Options{
		URL: r.URL.Reveal(), CA: r.CA, Durability: r.Durability, Replicas: r.Replicas, Login: store.Login{User: r.Username, Password: r.Password.Reveal()},
		Guards: store.Login{User: r.Sentinel.Username, Password: r.Sentinel.Password.Reveal()},
	}
}
