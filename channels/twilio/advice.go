package twilio

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/settle-chat/settle/channels"
)

var (
	_ channels.Inspector = (*Config)(nil)
	_ channels.Adviser   = (*Config)(nil)
)

var (
	hexToken = regexp.MustCompile(`^[0-9a-f]{32}$`)
	apiKey   = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
)

// Numbers that are somebody else's, from Twilio's own pages.
const (
	sandbox       = "whatsapp:+14155238886"
	documentation = "+15017122661"
	magic         = "+1500555000" // and a digit: they only work with test credentials
)

// Inspect says what is odd about the credentials' shape and the sender.
func (c *Config) Inspect() []channels.Finding {
	var all []channels.Finding
	odd := func(wrong bool, what, do string) {
		all = append(all, channels.Finding{Wrong: wrong, What: what, Do: do})
	}
	if apiKey.MatchString(c.AccountSID) {
		odd(true, "account_sid is an API key's SID (SK...)", "give the account's, AC and 32 digits, and its auth token: an API key can't check who calls a webhook")
	}
	for i, token := range c.AuthTokens {
		switch {
		case serviceSID.MatchString(token) || accountSID.MatchString(token) || apiKey.MatchString(token):
			odd(true, fmt.Sprintf("auth_tokens: number %d is a SID, no token", i+1), "copy the auth token from the first page of Twilio's console")
		case !hexToken.MatchString(token):
			odd(true, fmt.Sprintf("auth_tokens: number %d isn't 32 hexadecimal digits, as Twilio's are", i+1),
				"copy the auth token from the first page of Twilio's console; an API key's secret doesn't sign webhooks")
		}
	}
	if len(c.AuthTokens) == 2 && c.AuthTokens[0] == c.AuthTokens[1] {
		odd(false, "auth_tokens: both are the same", "while rotating give the new one and the old one, else one alone")
	}
	switch {
	case serviceSID.MatchString(c.From):
		odd(true, "from is a messaging service (MG...)", "write it as messaging_service, and leave from out")
	case c.From == documentation:
		odd(true, "from is the number in Twilio's documentation", "give a number of your own, or a messaging_service")
	case c.From == sandbox:
		odd(false, "from is Twilio's WhatsApp sandbox", "only phones that have joined it are reached: register a sender of your own")
	case strings.HasPrefix(c.From, magic):
		odd(false, "from is one of Twilio's test numbers", "nothing reaches a phone: give a number of your own")
	}
	if base := cmp.Or(c.BaseURL, DefaultBaseURL); strings.TrimRight(base, "/") != DefaultBaseURL {
		odd(false, "base_url isn't Twilio's", "leave it out, unless this is a test")
	}
	return all
}

// overrides make Twilio call again within its 15 seconds whatever goes wrong: by itself it repeats only calls that never
// connected, and what we answered with 503 would be lost. A commit may take eight seconds, so the answer has nine.
const overrides = "#rc=5&rp=all&ct=2000&rt=9000"

// Advice says where Twilio must call. The fragments are Twilio's to read: they never reach us and aren't signed.
func (c *Config) Advice(publicURL, name string) []channels.Setting {
	at := strings.TrimRight(publicURL, "/") + "/channels/" + name + "/"
	where := "the number's \"A message comes in\""
	switch {
	case c.MessagingService != "":
		where = "the messaging service's \"Request URL\""
	case strings.HasPrefix(c.From, whatsapp):
		where = "the WhatsApp sender's \"Webhook URL for incoming messages\""
	}
	return []channels.Setting{
		{Name: where + ", HTTP POST", Value: at + "inbound" + overrides, Why: "without what begins with # Twilio doesn't call again where it is answered with 503"},
		{Name: "its fallback URL, HTTP POST", Value: at + "inbound" + overrides, Why: "15 seconds more for a message that would be lost; one that comes twice is taken once"},
		{Name: "its status callback URL", Value: at + "status", Why: "every message of ours names it by itself: it may be left empty"},
	}
}
