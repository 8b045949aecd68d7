package config

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/fsm"
	"github.com/settle-chat/settle/policy"
)

// checker notes what is wrong with decoded values, at their places.
type checker struct {
	*decoder
	shape   bool
	misread bool // something could not be decoded
}

// at notes a problem at the place of path, or of the nearest part of the file that is there.
func (k checker) at(path, format string, args ...any) {
	n := k.place(path)
	for _, p := range k.problems {
		if n != nil && p.At.Line == n.Line && p.At.Column == n.Column && n != k.where[""] {
			return // what can't be read has been said
		}
	}
	k.problem(n, format, args...)
}

// missing notes what must be there. In a file with other problems it may be there under a misspelt name.
func (k checker) missing(path, format string, args ...any) {
	if !k.misread {
		k.at(path, format, args...)
	}
}

// value quotes what stands at path, unless it came from a reference.
func (k checker) value(path, text string) string {
	if n := k.place(path); n != nil && n.Tag == referenceTag {
		return "the value behind this reference"
	}
	return quote(text)
}

func (k checker) place(path string) *yaml.Node {
	for path != "" {
		if n := k.where[path]; n != nil {
			return n
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return k.where[""]
}

// given: the file says something about it that can be judged.
func (k checker) given(path string) bool {
	n := k.where[path]
	return n != nil && n.Tag != unresolvedTag
}

// nameForm are the names of channels, systems, operations, queues and API keys: they stand in URLs, keys and metrics.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

func (k checker) names(path, what string, names ...string) {
	for _, name := range names {
		if !nameForm.MatchString(name) {
			k.at(path+"."+name+" (key)", "%s %s: a name has lower-case letters, digits and hyphens, and begins with a letter", what, quote(name))
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (c *Config) check(k checker) {
	c.checkService(k)
	c.checkKeys(k)
	k.names("channels", "channel", sortedKeys(c.Channels)...)
	for _, name := range sortedKeys(c.Systems) {
		k.names("systems", "system", name)
		c.Systems[name].check(k, "systems."+name)
	}
	for _, name := range sortedKeys(c.Queues) {
		k.names("queues", "queue", name)
		c.Queues[name].check(k, "queues."+name)
	}
	for i, l := range c.Languages {
		if !languageForm.MatchString(l) {
			k.at(index("languages", i), "%s is not a language: write en or en-ZA", k.value(index("languages", i), l))
		}
	}
	c.Identity.check(k)
}

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z]{2})?$`)

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func (c *Config) checkService(k checker) {
	c.Redis.check(k)
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		k.at("log.level", "%s: debug, info, warn or error", k.value("log.level", c.Log.Level))
	}
	if c.Shutdown.Wait > longestWait {
		k.at("shutdown.wait", "shutdown.wait is too long: 5m at most; it is for as long as a balancer takes to see that this process isn't ready")
	}
	for path, address := range map[string]string{"listen": c.Listen, "admin_listen": c.AdminListen} {
		if _, port, err := net.SplitHostPort(address); err != nil || !isPort(port) {
			k.at(path, "%s is not an address to listen at: write 127.0.0.1:8080, or :8080 for every interface", k.value(path, address))
		}
	}
	if c.Listen == c.AdminListen && !strings.HasSuffix(c.Listen, ":0") {
		k.at("admin_listen", "admin_listen is the same as listen: metrics and profiles need an address of their own, not for the internet")
	}
	if c.DataDir == "" {
		k.at("data_dir", "data_dir is empty: name a directory")
	}
	c.Tracing.check(k)
	if c.PublicURL != "" || k.given("public_url") {
		c.checkPublicURL(k)
	}
	if k.shape {
		return
	}
	if c.PublicURL == "" && k.where["public_url"] == nil {
		k.missing("public_url", "public_url is missing: where providers reach this service, such as https://chat.acme.example")
	}
	if c.Keyset == "" {
		k.missing("keyset", "keyset is missing: make one with `settle keys new`, keep it in a secret store, and name it with ${file:PATH} or ${env:NAME}")
	}
}

func (r Redis) check(k checker) {
	if !slices.Contains([]string{"durable", "replicated", "best-effort", "asserted"}, r.Durability) {
		k.at("redis.durability", "%s: durable, replicated, best-effort or asserted", k.value("redis.durability", r.Durability))
	}
	if r.Replicas < 1 {
		k.at("redis.replicas", "replicas: one at least must confirm, and every one that a server has")
	}
	if k.shape {
		return
	}
	if r.URL == "" {
		for _, key := range []string{"username", "password", "ca", "sentinel"} {
			if k.where["redis."+key] != nil {
				k.missing("redis."+key, "%s without redis.url: a redis-server of our own asks for none", key)
			}
		}
		return
	}
	if r.CA != "" && !strings.HasPrefix(r.URL.Reveal(), "rediss:") {
		k.at("redis.ca", "ca is for an encrypted connection: write rediss:// in redis.url")
	}
	if k.where["redis.sentinel"] != nil && !strings.Contains(r.URL.Reveal(), "master_name=") {
		k.at("redis.sentinel", "sentinel is for a redis.url with ?master_name=NAME, as Sentinels call their master")
	}
}

func (t Tracing) check(k checker) {
	if t.URL == "" && !k.given("tracing.url") {
		if k.given("tracing.share") {
			k.missing("tracing", "tracing has no url: where the collector is, such as http://127.0.0.1:4318")
		}
		return
	}
	u, err := url.Parse(t.URL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "":
		k.at("tracing.url", "tracing.url is not an address such as http://127.0.0.1:4318")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		k.at("tracing.url", "tracing.url must have no user, query or fragment")
	}
}

// longestWait bounds shutdown.wait: whoever ends a process gives up on it some time, and then it is killed.
const longestWait = 5 * time.Minute

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}

func (c *Config) checkPublicURL(k checker) {
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "":
		k.at("public_url", "public_url is not an address such as https://chat.acme.example")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		k.at("public_url", "public_url must have no user, query or fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		k.at("public_url", "public_url must be https (http is for this machine only, for example http://127.0.0.1:8080)")
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ownSources are the sources of the cases that no key opens: what a stranger begins, what a case opens, and what is tried
// out. A key of such a name could open a case that has one of their IDs.
var ownSources = []string{"lobby", "case", "rehearsal"}

func (c *Config) checkKeys(k checker) {
	digests := map[Digest]bool{} // two keys of one name are a rotation, one key of two names is a mistake
	for i, key := range c.APIKeys {
		path := index("api_keys", i)
		if key.Name == "" {
			k.missing(path, "name is missing: it is the source of the cases that the key opens")
		} else if !nameForm.MatchString(key.Name) {
			k.at(path+".name", "api key name %s: lower-case letters, digits and hyphens; it is the source of the cases that the key opens", k.value(path+".name", key.Name))
		} else if slices.Contains(ownSources, key.Name) {
			k.at(path+".name", "api key name %s is reserved: settle itself opens cases under it, and the name is the source of the cases that the key opens", k.value(path+".name", key.Name))
		}
		if key.SHA256 == (Digest{}) && (k.where[path+".sha256"] == nil || k.given(path+".sha256")) {
			k.missing(path+".sha256", "sha256 is missing: the SHA-256 of the key, as `printf %%s KEY | sha256sum` prints it")
		} else if digests[key.SHA256] && key.SHA256 != (Digest{}) {
			k.at(path+".sha256", "sha256 is the digest of another key too")
		}
		digests[key.SHA256] = true
		if len(key.Scopes) == 0 {
			k.missing(path+".scopes", "scopes is missing: cases, events or both")
		}
		for j, scope := range key.Scopes {
			if scope != ScopeCases && scope != ScopeEvents {
				k.at(index(path+".scopes", j), "scope %s: %s", k.value(index(path+".scopes", j), scope), didYouMean(scope, []string{ScopeCases, ScopeEvents}))
			}
		}
	}
}

// types are the types of inputs, outputs and events' facts.
var types = []string{"text", "integer", "boolean", "money", "date", "choice", "choices", "phone", "email", "address", "file"}

func (k checker) types(path string, all map[string]fsm.Type) {
	for _, name := range sortedKeys(all) {
		if !slices.Contains(types, string(all[name])) {
			k.at(path+"."+name, "type %s: %s", k.value(path+"."+name, string(all[name])), didYouMean(string(all[name]), types))
		}
		if !variableForm.MatchString(name) {
			k.at(path+"."+name+" (key)", "%s: a name that expressions read has lower-case letters, digits and _", quote(name))
		}
	}
}

var variableForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (s System) check(k checker, path string) {
	if s.Objective.Within <= 0 || s.Objective.Share <= 0 {
		k.at(path+".objective", "objective needs a share and a time, both above zero: {share: 99.9%%, within: 1h}")
	}
	for _, name := range sortedKeys(s.Operations) {
		o, at := s.Operations[name], path+".operations."+name
		k.names(path+".operations", "operation", name)
		if o.Kind == "" {
			k.missing(at, "kind is missing: lookup or writeback")
		} else if o.Kind != "lookup" && o.Kind != "writeback" {
			k.at(at+".kind", "kind %s: lookup or writeback", k.value(at+".kind", o.Kind))
		}
		k.types(at+".in", o.In)
		k.types(at+".out", o.Out)
	}
	for _, name := range sortedKeys(s.Events) {
		k.names(path+".events", "event", name)
		k.types(path+".events."+name, s.Events[name])
	}
}

func (q Queue) check(k checker, path string) {
	if _, err := fsm.ParseHours(q.Hours); err != nil {
		k.at(path+".hours", "%s is not a list of hours: write mon-fri 08:00-18:00, sat 08:00-13:00", k.value(path+".hours", q.Hours))
	}
	if q.Hours != "" && q.Zone == "" {
		k.at(path+".zone", "hours without a zone: name one, such as Africa/Johannesburg")
	}
	if q.Zone != "" {
		if _, err := policy.Zone(q.Zone); err != nil {
			k.at(path+".zone", "time zone %s is not known: write it as Africa/Johannesburg", k.value(path+".zone", q.Zone))
		}
	}
	if q.Capacity < 0 {
		k.at(path+".capacity", "capacity is negative")
	}
	for i, day := range q.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			k.at(index(path+".holidays", i), "%s is not a day: write 2026-12-25", k.value(index(path+".holidays", i), day))
		}
	}
}
