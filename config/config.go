package config

import (
	"time"

	"github.com/settle-chat/settle/policy"
)

// Config is the service's configuration.
type Config struct {
	PublicURL   string `yaml:"public_url"`   // signatures and links are made from it, never from a request's headers
	Listen      string `yaml:"listen"`       // webhooks and the API
	AdminListen string `yaml:"admin_listen"` // metrics, health, profiles: not for the internet
	DataDir     string `yaml:"data_dir"`     // a Redis of our own, and the ledger's file
	Workflows   string `yaml:"workflows"`    // the directory with workflows/, fragments/ and messages/; the file's own where empty

	Languages []string `yaml:"languages"` // the first is the default. Where left out: the files in messages/, with en, or the only one, as the default
	Redis     Redis    `yaml:"redis"`
	Keyset    Secret   `yaml:"keyset"` // as `settle keys new` prints it
	Log       Log      `yaml:"log"`

	APIKeys  []APIKey           `yaml:"api_keys"`
	Channels map[string]Channel `yaml:"channels"`
	Systems  map[string]System  `yaml:"systems"`
	Queues   map[string]Queue   `yaml:"queues"`
	Identity Identity           `yaml:"identity"`

	path string
}

// Redis is where conversations are kept.
type Redis struct {
	URL        Secret `yaml:"url"`        // empty: a redis-server of our own, in data_dir
	Durability string `yaml:"durability"` // durable, best-effort or asserted
}

// Log says what is logged. It goes to standard error.
type Log struct {
	Level string `yaml:"level"` // debug, info, warn or error
}

// APIKey lets a program of the bank use the API. The key itself is never stored.
type APIKey struct {
	Name   string   `yaml:"name"` // the source of the cases that it opens
	SHA256 Digest   `yaml:"sha256"`
	Scopes []string `yaml:"scopes"` // cases, events
}

// The scopes of API keys.
const (
	ScopeCases  = "cases"  // open a case and look at it
	ScopeEvents = "events" // report a system's news
)

// Queue is where blocked cases wait for a person.
type Queue struct {
	Hours        string        `yaml:"hours"` // mon-fri 08:00-18:00, sat 08:00-13:00
	Zone         string        `yaml:"zone"`
	AnswerWithin time.Duration `yaml:"answer-within"`
	Capacity     int           `yaml:"capacity"`
	Holidays     []string      `yaml:"holidays"` // 2026-12-25
}

// Identity is how a customer is recognised. Its floors can only be made stricter.
type Identity struct {
	Facts  Facts                            `yaml:"facts"`
	Codes  Codes                            `yaml:"codes"`
	Floors map[policy.Risk]policy.Assurance `yaml:"floors"` // what a risk needs, where that is more than it does anyway
}

// Facts is how known facts are asked.
type Facts struct {
	Ask   int   `yaml:"ask"` // how many of different classes, together
	Wrong Wrong `yaml:"wrong"`
}

// Wrong is how many wrong facts lock a customer out.
type Wrong struct {
	InDay   int `yaml:"in_24h"`
	InMonth int `yaml:"in_30d"`
}

// Codes is how one-time codes are sent.
type Codes struct {
	PageDigits   int           `yaml:"page_digits"`
	ThreadDigits int           `yaml:"thread_digits"`
	TTL          time.Duration `yaml:"ttl"`
	Tries        int           `yaml:"tries"`
	PerAddress   Daily         `yaml:"per_address"`
	Countries    []string      `yaml:"countries"` // ISO 3166; none: codes go to every country
}

// Default is every value that a file needn't give.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", AdminListen: "127.0.0.1:9090", DataDir: ".settle",
		Redis: Redis{Durability: "durable"},
		Log:   Log{Level: "info"},
		Identity: Identity{
			Facts: Facts{Ask: 2, Wrong: Wrong{InDay: 3, InMonth: 10}},
			Codes: Codes{PageDigits: 8, ThreadDigits: 6, TTL: 5 * time.Minute, Tries: 5, PerAddress: 5},
		},
	}
}

// Path is the file that it was read from.
func (c *Config) Path() string { return c.path }
