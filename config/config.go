package config

import (
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/policy"
)

// Config is the service's configuration.
type Config struct {
	PublicURL   string `yaml:"public_url"`   // signatures and links are made from it, never from a request's headers
	Listen      string `yaml:"listen"`       // where webhooks and the API are served
	AdminListen string `yaml:"admin_listen"` // where metrics, health and profiles are: not for the internet
	DataDir     string `yaml:"data_dir"`     // where a Redis of our own is, and the ledger's file
	Workflows   string `yaml:"workflows"`    // the directory with workflows/, fragments/ and messages/; the file's own where empty

	Languages []string `yaml:"languages"` // the first is the default. Where left out: the files in messages/, with en, or the only one, as the default
	Redis     Redis    `yaml:"redis"`     // where conversations are kept
	Keyset    Secret   `yaml:"keyset"`    // as `settle keys new` prints it
	Log       Log      `yaml:"log"`       // what is logged, to standard error
	Tracing   Tracing  `yaml:"tracing"`   // where traces go; left out: nowhere
	Shutdown  Shutdown `yaml:"shutdown"`  // how the service ends

	APIKeys  []APIKey           `yaml:"api_keys"` // the bank's programs that may use the API
	Channels map[string]Channel `yaml:"channels"` // the ways to reach a customer
	Systems  map[string]System  `yaml:"systems"`  // the systems of record
	Queues   map[string]Queue   `yaml:"queues"`   // where blocked cases wait for a person
	Identity Identity           `yaml:"identity"` // how a customer is recognised: floors, which can only be made stricter

	path string
	root *yaml.Node // the file itself, resolved
}

// Redis is where conversations are kept.
type Redis struct {
	URL        Secret   `yaml:"url"`        // redis://HOST:PORT; of a Cluster ?addr=HOST:PORT with it, of Sentinels ?master_name=NAME; rediss: encrypted. Empty: a redis-server of our own, in data_dir
	Username   string   `yaml:"username"`   // of its user; empty: the default one, or the URL's
	Password   Secret   `yaml:"password"`   // as it is, where a URL would need it escaped
	CA         string   `yaml:"ca"`         // whose certificates to trust, as PEM: ${file:ca.pem}; empty: whom this machine trusts
	Sentinel   Sentinel `yaml:"sentinel"`   // how to log in at the Sentinels, where they ask for it
	Durability string   `yaml:"durability"` // durable (one server), replicated (a replica has it too), best-effort or asserted: see redis.md
	Replicas   int      `yaml:"replicas"`   // how many confirm what is replicated: as many as every server has
}

// Sentinel is a user of the Sentinels.
type Sentinel struct {
	Username string `yaml:"username"` // of the Sentinels' user; empty: the default one
	Password Secret `yaml:"password"` // the Sentinels' own, which may be another one than the servers'
}

// Log says what is logged. It goes to standard error.
type Log struct {
	Level string `yaml:"level"` // debug, info, warn or error
}

// Tracing says where traces go, and how many.
type Tracing struct {
	URL   string  `yaml:"url"`   // an OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; empty: nothing is traced
	Share Percent `yaml:"share"` // how many of all traces are kept, by chance
}

// Shutdown says how the service ends.
type Shutdown struct {
	Wait time.Duration `yaml:"wait"` // on SIGTERM it answers for so long and isn't ready: longer than a balancer's probes take; nothing with a Redis of its own
}

// APIKey lets a program of the bank use the API. The key itself is never stored.
type APIKey struct {
	Name   string   `yaml:"name"`   // its name: the source of the cases that it opens
	SHA256 Digest   `yaml:"sha256"` // of the key, as `settle keys api` prints it
	Scopes []string `yaml:"scopes"` // cases: open a case and look at it; events: report a system's news
}

// The scopes of API keys.
const (
	ScopeCases  = "cases"  // open a case and look at it
	ScopeEvents = "events" // report a system's news
)

// Queue is where blocked cases wait for a person.
type Queue struct {
	Hours        string        `yaml:"hours"`         // when people answer: mon-fri 08:00-18:00, sat 08:00-13:00
	Zone         string        `yaml:"zone"`          // of the hours and holidays: Africa/Johannesburg
	AnswerWithin time.Duration `yaml:"answer-within"` // of its hours, until a person answers: an aim, nothing acts on it yet
	Capacity     int           `yaml:"capacity"`      // how many cases its people can take: nothing acts on it yet
	Holidays     []string      `yaml:"holidays"`      // days without hours: 2026-12-25
}

// Identity is how a customer is recognised. Its floors can only be made stricter.
type Identity struct {
	Facts  Facts                            `yaml:"facts"`  // how known facts are asked
	Codes  Codes                            `yaml:"codes"`  // how one-time codes are sent
	Floors map[policy.Risk]policy.Assurance `yaml:"floors"` // what a risk needs, where that is more than it does anyway
}

// Facts is how known facts are asked.
type Facts struct {
	Ask   int   `yaml:"ask"`   // how many of different classes, together
	Wrong Wrong `yaml:"wrong"` // how many wrong ones lock a customer out
}

// Wrong is how many wrong facts lock a customer out.
type Wrong struct {
	InDay   int `yaml:"in_24h"` // within 24 hours
	InMonth int `yaml:"in_30d"` // within 30 days
}

// Codes is how one-time codes are sent.
type Codes struct {
	PageDigits   int           `yaml:"page_digits"`   // how long a code is that is typed on a page
	ThreadDigits int           `yaml:"thread_digits"` // and one that is typed in the thread
	TTL          time.Duration `yaml:"ttl"`           // how long a code can be used
	Tries        int           `yaml:"tries"`         // how often one may be mistyped
	PerAddress   Daily         `yaml:"per_address"`   // how many are sent to one address
	Countries    []string      `yaml:"countries"`     // where codes go, by ISO 3166: [ZA]; none: they go to every country
}

// Default is every value that a file needn't give.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", AdminListen: "127.0.0.1:9090", DataDir: ".settle",
		Redis:    Redis{Durability: "durable", Replicas: 1},
		Log:      Log{Level: "info"},
		Tracing:  Tracing{Share: 10_000},
		Shutdown: Shutdown{Wait: 5 * time.Second},
		Identity: Identity{
			Facts: Facts{Ask: 2, Wrong: Wrong{InDay: 3, InMonth: 10}},
			Codes: Codes{PageDigits: 8, ThreadDigits: 6, TTL: 5 * time.Minute, Tries: 5, PerAddress: 5},
		},
	}
}

// Path is the file that it was read from.
func (c *Config) Path() string { return c.path }
