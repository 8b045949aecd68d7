package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/inprocess"
	"github.com/settle-chat/settle/store/storetest"
)

func openInProcess(t *testing.T) *store.Store {
	t.Helper()
	s, end, err := inprocess.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return s
}

func TestOpenChecksTheServer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		args       []string
		durability string
		want       string // in the error
		banner     string // in the banner, where it opens
	}{
		{"durable", nil, "", "", ""},
		{"no AOF", []string{"--appendonly", "no"}, store.Durable, "set `appendonly yes`", ""},
		{"fsync now and then", []string{"--appendfsync", "everysec"}, store.Durable, "set `appendfsync always`", ""},
		{"no fsync in a rewrite", []string{"--no-appendfsync-on-rewrite", "yes"}, store.Durable, "set `no-appendfsync-on-rewrite no`", ""},
		{"fsync now and then, named", []string{"--appendfsync", "everysec"}, store.BestEffort, "", "about a second"},
		{"no AOF, named", []string{"--appendonly", "no"}, store.BestEffort, "", "since the last snapshot"},
		{"evicts", []string{"--maxmemory-policy", "allkeys-lru"}, store.BestEffort, "set `maxmemory-policy noeviction`", ""},
		{"CONFIG refused", []string{"--rename-command", "CONFIG", ""}, store.Durable, "durability: asserted", ""},
		{"CONFIG refused, asserted", []string{"--rename-command", "CONFIG", ""}, store.Asserted, "", "asserted"},
		{"CONFIG refused, best effort", []string{"--rename-command", "CONFIG", ""}, store.BestEffort, "", "doesn't say"},
		{"a replica", []string{"--replicaof", "127.0.0.1", "1"}, store.Durable, "replica", ""},
		{"unknown", nil, "forever", "one of durable", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := storetest.Redis(t, tc.args...)
			s, err := store.Open(t.Context(), store.Options{URL: server.URL(), Keyset: storetest.Keyset(t), Durability: tc.durability})
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("Open = %v, want an error with %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			defer func() { _ = s.Close() }()
			if !strings.Contains(s.Banner(), tc.banner) || (tc.banner == "") != (s.Banner() == "") {
				t.Errorf("banner = %q, want %q in it", s.Banner(), tc.banner)
			}
		})
	}
}

// A Redis that another release has laid out isn't read as if it were this one's.
func TestOpenRefusesAnotherLayout(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for _, other := range []string{"256", "128 partitions, layout 2", "256 partitions, layout 3"} {
			if err := b.raw.Set(t.Context(), "settle:partitions", other, 0).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(t.Context(), store.Options{Client: b.raw, Keyset: b.keys, InProcess: !b.real}); err == nil || !strings.Contains(err.Error(), strconv.Quote(other)) {
				t.Errorf("Open = %v, want an error that names %q", err, other)
			}
		}
	})
}

func TestURLErrorsHideThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://u:hunter2@[::1", "redis://u:hunter2@h:notaport", "http://u:hunter2@h", "redis://u:hunter2@h/x", "redis://u:hunter2@h?addr=%zz&master_name=a",
		"redis://u:hunter2@h?addr=", "redis://u:hunter2@h:1?addr=h:x&db=1", "redis://u:hunter2@h:1?master_name=m&db=z"} {
		if _, err := store.NewClient(url); err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("NewClient = %v, which shows the password", err)
		}
	}
}

func TestInProcess(t *testing.T) {
	t.Parallel()
	s, end, err := inprocess.Open(t.Context(), func() time.Duration { return 24 * time.Hour })
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	if !strings.Contains(s.Banner(), "lost") {
		t.Errorf("banner = %q, want it to say that everything is lost", s.Banner())
	}
	l, err := s.Create(t.Context(), phone)
	if ahead := time.Until(l.Now); err != nil || ahead < 23*time.Hour {
		t.Errorf("Create at %v, %v; want a day ahead", l.Now, err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// What was acknowledged is there after a crash, and the claims with it.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	b := onRedis(t)
	l := b.begin(t, phone)
	e := send("E1", l.Now)
	c := next(l, "twilio/SM1", wanting(e))
	committed(t, b.a, c, "a", e)
	b.server.Kill()
	if _, err := b.a.Load(t.Context(), l.Conversation.ID); err == nil {
		t.Error("Load from a dead server = nil, want an error")
	}
	b.server.Start()
	got := load(t, b.b, l.Conversation.ID)
	if got.Conversation.Version != 1 || got.Claims["E1"].Nonce != "a" {
		t.Errorf("version %d, claims %v; want 1 and a's", got.Conversation.Version, got.Claims)
	}
	b.server.Stop()
	b.server.Start()
	if n := load(t, b.b, l.Conversation.ID).Conversation.Version; n != 1 {
		t.Errorf("version %d after an orderly stop, want 1", n)
	}
}

// Every script says what it takes and answers, and none looks into a document.
func TestScriptsOpenWithTheirContract(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("lua/*.lua")
	if err != nil || len(files) < 10 {
		t.Fatalf("scripts: %v, %v", files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"cjson", "cmsgpack", "loadstring"} {
			if strings.Contains(string(source), bad) {
				t.Errorf("%s has %s", file, bad)
			}
		}
		if filepath.Base(file) == "prelude.lua" {
			continue
		}
		head, _, _ := strings.Cut(string(source), "\nlocal ")
		for _, want := range []string{"\n-- KEYS 1 ", "\n-- ARGV 1 ", "\n-- Returns "} {
			if !strings.HasPrefix(head, "-- ") || !strings.Contains(head, want) {
				t.Errorf("%s doesn't say %q at its top", file, strings.TrimSpace(want))
			}
		}
	}
}

// A pool that the URL names is that; otherwise there is one of 64 at least, however Redis is run.
func TestPools(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://h:1", "redis://h:1?addr=h:2", "redis://h:1?master_name=m"} {
		for given, want := range map[string]int{"": max(64, 10*runtime.GOMAXPROCS(0)), "pool_size=7": 7} {
			at := url
			if given != "" {
				at += map[bool]string{true: "&", false: "?"}[strings.Contains(url, "?")] + given
			}
			client, err := store.NewClient(at)
			if err != nil {
				t.Fatal(err)
			}
			var got int
			switch c := client.(type) {
			case *redis.Client:
				got = c.Options().PoolSize
			case *redis.ClusterClient:
				got = c.Options().PoolSize
			}
			if _ = client.Close(); got != want {
				t.Errorf("%s: %d connections at most, want %d", at, got, want)
			}
		}
	}
}
