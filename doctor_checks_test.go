package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/settle-chat/settle/redisd"
	"github.com/settle-chat/settle/store"
	"github.com/settle-chat/settle/store/storetest"
)

// TestDoctorFindsWhatIsWrongWithTheFiles spoils a set-up without a server; what it says of Redis doesn't count.
func TestDoctorFindsWhatIsWrongWithTheFiles(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) func(p *patient) {
		return func(p *patient) { edit(p.t, p.at("settle.yaml"), old, new) }
	}
	for _, tc := range []struct {
		name  string
		spoil func(p *patient)
		want  string
	}{
		{"an unknown key", replace("\nchannels:", "\nchanels:"), `fail configuration`},
		{"its nearest", replace("\nchannels:", "\nchanels:"), `did you mean "channels"?`},
		{"no YAML", func(p *patient) { p.write("settle.yaml", "a: [") }, "warn the rest isn't looked at"},
		{"a file that isn't there", func(p *patient) { _ = os.Remove(p.at("token")) }, `fail configuration ` + "DIR" + `/settle.yaml:7:86: read the file behind "${file:token}"`},
		{"a default secret", func(p *patient) { p.write("token", "ChangeMe") }, "fail secrets DIR/settle.yaml:7: behind ${file:token} is a default value"},
		{"a letter repeated", func(p *patient) { p.write("token", strings.Repeat("x", 32)) }, "behind ${file:token} is a default value"},
		{"a file for everybody", func(p *patient) { _ = os.Chmod(p.at("token"), 0o644) }, "warn secrets the file behind ${file:token} can be read by others (mode 644)"},
		{"a default API key", replace(patientKey, fmt.Sprintf("  - {name: core, sha256: %x, scopes: [cases]}\n", sha256.Sum256([]byte("secret")))), "fail secrets the API key core is a default value"},
		{"a broken workflow", func(p *patient) {
			edit(p.t, p.at("workflows/payment-reminder.yaml"), "to: pay-day}", "to: payday}")
		}, "fail workflows"},
		{"no channels", replace(patientYAML[strings.LastIndex(patientYAML, "channels:"):], ""), "warn missing no channels are configured"},
		{"no API keys", replace(patientKey, ""), "warn missing no api_keys are configured"},
		{"a channel that isn't there", func(p *patient) {
			edit(p.t, p.at("workflows/payment-reminder.yaml"), "reach: [{sms: hello}]", "reach: [{whatsapp: hello}]")
		}, "warn missing workflow payment-reminder reaches customers by whatsapp, which isn't configured"},
		{"no keyset", func(p *patient) { p.write("keyset.json", "{}") }, "fail keyset read keyset"},
		{"an old keyset", func(p *patient) {
			_ = os.Chtimes(p.at("keyset.json"), time.Time{}, time.Now().AddDate(-2, 0, 0))
		}, "-> rotate it"},
		{"half a rotation", func(p *patient) {
			k, err := storetest.Keyset(p.t).Add()
			if err != nil {
				p.t.Fatal(err)
			}
			p.keyset(k)
		}, "warn keyset a rotation isn't finished"},
		{"no Redis there", func(*patient) {}, "fail redis"},
		{"a channel of no kind", replace("kind: twilio", "kind: twillio"), `fail sms`},
		{"a channel that doesn't open", replace("account_sid: AC0123456789abcdef0123456789abcdef", "account_sid: SK0123456789abcdef0123456789abcdef"), "fail sms account_sid is an API key's SID"},
		{"a number of nobody's", replace(`"+27820000000"`, `"+15017122661"`), "fail sms from is the number in Twilio's documentation"},
		{"a system that doesn't open", replace("      record-promise:", "      record-promises:"), "fail systems"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, "unix:///nowhere/redis.sock")
			tc.spoil(p)
			p.examined(strings.ReplaceAll(tc.want, "DIR", p.dir))
			if _, err := os.Stat(p.at(".settle")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the doctor leaves files in data_dir: %v", err)
			}
		})
	}
}

func TestDoctorFindsWhatIsWrongWithRedis(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"evicts", []string{"--maxmemory-policy", "allkeys-lru"}, `fail eviction this Redis has maxmemory-policy "allkeys-lru"`},
		{"keeps nothing", []string{"--appendonly", "no"}, "fail durability durability durable: Redis has appendonly no"},
		{"keeps it late", []string{"--appendfsync", "everysec"}, "fail durability durability durable: Redis has appendfsync everysec"},
		{"both", []string{"--maxmemory-policy", "allkeys-lru", "--appendonly", "no"}, "fail durability"},
		{"no limit", nil, "warn memory"},
		{"nearly full", []string{"--maxmemory", "1mb"}, "-> raise maxmemory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			newPatient(t, storetest.Redis(t, tc.args...).URL()).examined(tc.want)
		})
	}
	t.Run("best effort", func(t *testing.T) {
		t.Parallel()
		p := newPatient(t, storetest.Redis(t, "--appendonly", "no").URL())
		edit(t, p.at("settle.yaml"), "redis: {", "redis: {durability: best-effort, ")
		p.examined("warn durability best-effort durability: everything since the last snapshot is lost")
	})
	t.Run("another's", func(t *testing.T) {
		t.Parallel()
		server := storetest.Redis(t)
		server.Open(t, store.Options{Keyset: storetest.Keyset(t)})
		newPatient(t, server.URL()).examined("fail keyset keyset: this Redis was written with another one")
	})
	t.Run("its own", func(t *testing.T) {
		t.Parallel()
		server, keyset := storetest.Redis(t), storetest.Keyset(t)
		server.Open(t, store.Options{Keyset: keyset})
		p := newPatient(t, server.URL())
		p.keyset(keyset)
		p.examined("ok keyset has written this Redis")
	})
	t.Run("empty stays empty", func(t *testing.T) {
		t.Parallel()
		server := storetest.Redis(t)
		newPatient(t, server.URL()).examined("ok keyset this Redis is empty")
		newPatient(t, server.URL()).examined("ok keyset this Redis is empty") // another keyset: the first wrote nothing
	})
}

func TestDoctorClock(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]string{
		time.Second: "ok clock within 2s", -2 * time.Second: "ok clock",
		3 * time.Second: "warn clock this machine's is 3s before Redis's", -time.Minute: "warn clock this machine's is 1m0s behind Redis's",
	} {
		var out bytes.Buffer
		newDoctor("", &out, false).clock(ahead)
		if got := strings.Join(strings.Fields(out.String()), " "); !strings.HasPrefix(got, want) {
			t.Errorf("a clock %s ahead: %q, want %q", ahead, got, want)
		}
	}
}

// Without redis.url the doctor asks the server of a running serve, and starts none.
func TestDoctorOfAnOwnRedis(t *testing.T) {
	t.Parallel()
	if _, err := redisd.Program(); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	p := newPatient(t, "x")
	edit(t, p.at("settle.yaml"), `redis: {url: "x"}`, "data_dir: data")
	p.examined("ok redis none is configured and none runs: serve starts ")
	s, err := redisd.Start(t.Context(), p.at("data/redis"), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	p.out.Reset()
	if got := p.examined("ok durability what is acknowledged is on disk"); strings.Contains(got, "warn ") || strings.Contains(got, "fail ") {
		t.Errorf("the doctor finds something in a Redis of our own:\n%s", got)
	}
}

func TestDoctorWithoutAServerToStart(t *testing.T) {
	p := newPatient(t, "x")
	edit(t, p.at("settle.yaml"), `redis: {url: "x"}`, "data_dir: data")
	t.Setenv("PATH", t.TempDir())
	p.examined("fail redis no redis-server or valkey-server on PATH")
}

func TestDoctorOfThePublicURL(t *testing.T) {
	t.Parallel()
	private := func(p *patient) {
		p.doctor.resolve = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("::ffff:10.0.0.7")}, nil
		}
	}
	lookup := func(err error) func(p *patient) {
		return func(p *patient) {
			p.doctor.resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, err }
		}
	}
	fails := func(err error) func(p *patient) { return func(p *patient) { p.page = err } }
	for _, tc := range []struct {
		name, url string
		spoil     func(p *patient)
		want      string
	}{
		{"answers", "https://chat.acme-bank.com", fails(nil), "ok public_url https://chat.acme-bank.com answers (HTTP 404)"},
		{"an example", "https://chat.acme.example", fails(nil), "fail public_url chat.acme.example is an example's name"},
		{"another", "https://example.com", fails(nil), "fail public_url example.com is an example's name"},
		{"in clear", "http://127.0.0.1:8080", fails(nil), "warn public_url http://127.0.0.1:8080 isn't https"},
		{"unknown", "https://chat.acme-bank.com", lookup(&net.DNSError{IsNotFound: true}), "fail public_url nobody knows the name"},
		{"offline", "https://chat.acme-bank.com", lookup(&net.DNSError{IsTimeout: true}), "warn public_url this machine can't look names up: it may be offline"},
		{"private", "https://chat.acme-bank.com", private, "warn public_url chat.acme-bank.com is a private address here"},
		{"private and there", "https://chat.acme-bank.com", private, "ok public_url"},
		{"a bad certificate", "https://chat.acme-bank.com", fails(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), "fail public_url its certificate isn't good"},
		{"no way there", "https://chat.acme-bank.com", fails(syscall.ENETUNREACH), "warn public_url this machine has no way there"},
		{"silent", "https://chat.acme-bank.com", fails(context.DeadlineExceeded), "warn public_url nothing answers within 5s from here"},
		{"refused", "https://chat.acme-bank.com", fails(syscall.ECONNREFUSED), "fail public_url nothing answers there"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t, "unix:///nowhere/redis.sock")
			edit(t, p.at("settle.yaml"), "https://chat.acme-bank.com", tc.url)
			tc.spoil(p)
			p.examined(tc.want)
		})
	}
}
