// Package twilio is SMS, and WhatsApp in plain text, through Twilio's Messages API.
//
// It promises: one Send is at most one request, whatever happens to it. What surely was not sent says so by name, and
// everything else is channels.ErrUnknown. A webhook is believed only if it is signed for the configured public URL with one
// of the configured tokens. No error holds an address or a text.
package twilio

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/message"
)

// DefaultBaseURL is Twilio's own.
const DefaultBaseURL = "https://api.twilio.com"

// Config is a channel of kind twilio. One sender is one channel: SMS and WhatsApp are two.
type Config struct {
	AccountSID string `yaml:"account_sid"` // the account's SID, which begins with AC

	// AuthTokens are one, or two while rotating. Webhooks may be signed with either; requests go out with the first. So put
	// the new token first: Twilio takes it from the moment it exists, and refuses the old one once the new one is promoted.
	AuthTokens []string `yaml:"auth_tokens"`

	From             string `yaml:"from"`              // +15017122661, a short code, a sender name, or whatsapp:+14155238886
	MessagingService string `yaml:"messaging_service"` // MG...: SMS from a pool of numbers, instead of from
	BaseURL          string `yaml:"base_url"`          // Twilio's own where left out; another in tests
}

// String leaves out the tokens, so that a printed configuration gives nothing away.
func (c Config) String() string {
	return fmt.Sprintf("twilio account %s, %d auth tokens", c.AccountSID, len(c.AuthTokens))
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// Channel is one Twilio sender. It is safe for concurrent use.
type Channel struct {
	name      string
	publicURL string
	config    Config
	base      *url.URL
	caps      message.Capabilities
	next      http.RoundTripper
	timeout   time.Duration
	now       func() time.Time
}

var (
	_ channels.Config   = (*Config)(nil)
	_ channels.Channel  = (*Channel)(nil)
	_ channels.Receiver = (*Channel)(nil)
	_ channels.Finder   = (*Channel)(nil)
)

// Open checks c and returns its channel.
func (c *Config) Open(d channels.Deps) (channels.Channel, error) {
	base, err := url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	if err != nil {
		base = nil // its text may hold a password: check says what is wrong in words
	}
	if err := errors.Join(c.check(base), checkDeps(d)); err != nil {
		return nil, fmt.Errorf("open channel %q: %w", d.Name, err)
	}
	ch := &Channel{
		name: d.Name, publicURL: strings.TrimRight(d.PublicURL, "/"), config: *c, base: base,
		caps: capabilities(c.From), timeout: 10 * time.Second, now: time.Now,
	}
	if d.Now != nil {
		ch.now = d.Now
	}
	ch.next = defaultTransport()
	if d.HTTP != nil {
		ch.next = d.HTTP.Transport
		if ch.next == nil {
			ch.next = http.DefaultTransport
		}
		if d.HTTP.Timeout > 0 {
			ch.timeout = d.HTTP.Timeout
		}
	}
	return ch, nil
}

// Capabilities says what texts through Twilio can show. Choices are numbered lines: Twilio's buttons and lists need content
// that is made and approved beforehand.
func (c *Channel) Capabilities() message.Capabilities { return c.caps }

// maxBody is the longest body that Twilio takes, in UTF-16 units.
const maxBody = 1600

func capabilities(from string) message.Capabilities {
	if strings.HasPrefix(from, whatsapp) {
		return message.Capabilities{Channel: "whatsapp", Text: maxBody, Window: true}
	}
	// Ten segments are what 1,600 GSM-7 characters come to, and carriers drop longer ones.
	return message.Capabilities{Channel: "sms", Text: maxBody, Segments: 10}
}

func defaultTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() // net/http promises this type in its documentation
	t.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 5 * time.Second
	t.MaxIdleConnsPerHost = 64 // all requests go to one host; the default of 2 would shake hands for most of them
	return t
}

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	serviceSID = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	authToken  = regexp.MustCompile(`^[0-9a-zA-Z]{1,128}$`)                                                                 // twilio-go refuses others
	sender     = regexp.MustCompile(`^(whatsapp:\+[1-9][0-9]{6,14}|\+[1-9][0-9]{6,14}|[0-9]{3,8}|[0-9A-Za-z &_+-]{1,11})$`) // the last: a sender name
	hasLetter  = regexp.MustCompile(`[A-Za-z]`)
	aName      = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]*$`)
)

// check names every fault at once, and never repeats a token.
func (c *Config) check(base *url.URL) error {
	var faults []error
	fault := func(text string) { faults = append(faults, errors.New(text)) }
	if !accountSID.MatchString(c.AccountSID) {
		fault("account_sid: want AC and 32 hexadecimal digits, as on the first page of Twilio's console")
	}
	if n := len(c.AuthTokens); n < 1 || n > 2 {
		fault(fmt.Sprintf("auth_tokens: have %d, want one, or two while rotating (the new one first)", n))
	}
	for i, token := range c.AuthTokens {
		if !authToken.MatchString(token) {
			fault(fmt.Sprintf("auth_tokens: number %d must have letters and digits only, and not be empty", i+1))
		}
	}
	switch {
	case c.From == "" && c.MessagingService == "":
		fault("from: give a sender, or a messaging_service")
	case c.From != "" && c.MessagingService != "":
		fault("from: give either it or messaging_service, not both")
	case c.From != "" && !validSender(c.From):
		fault("from: want +15017122661, whatsapp:+14155238886, a short code, or a sender name of up to 11 letters and digits")
	case c.MessagingService != "" && !serviceSID.MatchString(c.MessagingService):
		fault("messaging_service: want MG and 32 hexadecimal digits")
	}
	switch {
	case base == nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		fault("base_url: want an address such as " + DefaultBaseURL)
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		fault("base_url: want no user, query or fragment in it")
	case base.Scheme == "http" && !loopback(base.Hostname()):
		fault("base_url: want https, the auth token goes there (http is for this machine only)")
	}
	return errors.Join(faults...)
}

func validSender(from string) bool {
	if !sender.MatchString(from) {
		return false
	}
	digits := strings.TrimPrefix(from, whatsapp)
	return digits[0] == '+' && sender.MatchString(digits) || hasLetter.MatchString(digits) || len(digits) <= 8
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func checkDeps(d channels.Deps) error {
	if !aName.MatchString(d.Name) {
		return errors.New("name: want letters, digits, dots, dashes and underscores: it is part of the webhooks' path")
	}
	u, err := url.Parse(d.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("public_url: want an address such as https://chat.example.com, the one that Twilio calls")
	}
	return nil
}

// path is where Twilio calls us, below the public URL.
func (c *Channel) path(end string) string { return "/channels/" + c.name + "/" + end }
