package twilio

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
)

const (
	anAccount = "AC0123456789abcdef0123456789abcdef"
	aService  = "MG0123456789abcdef0123456789abcdef"
	aToken    = "0123456789abcdef0123456789abcdef"
)

// TestInspect: what is odd about each value is said, whether it is wrong, and never with the token.
func TestInspect(t *testing.T) {
	t.Parallel()
	fine := Config{AccountSID: anAccount, AuthTokens: []string{aToken}, From: "+27820000000"}
	if got := fine.Inspect(); len(got) > 0 {
		t.Errorf("Inspect finds %v in %v, want nothing", got, fine)
	}
	for _, tc := range []struct {
		name  string
		spoil func(*Config)
		wrong bool
		says  string
	}{
		{"an API key as the account", func(c *Config) { c.AccountSID = "SK" + aToken }, true, "account_sid is an API key's SID"},
		{"an API key's secret", func(c *Config) { c.AuthTokens = []string{"Zq0123456789abcdef0123456789abcdX"} }, true, "number 1 isn't 32 hexadecimal digits"},
		{"too short", func(c *Config) { c.AuthTokens = []string{aToken, aToken[1:]} }, true, "number 2 isn't 32 hexadecimal digits"},
		{"a SID", func(c *Config) { c.AuthTokens = []string{anAccount} }, true, "number 1 is a SID"},
		{"twice the same", func(c *Config) { c.AuthTokens = []string{aToken, aToken} }, false, "both are the same"},
		{"a service as the sender", func(c *Config) { c.From = aService }, true, "from is a messaging service"},
		{"the documentation's", func(c *Config) { c.From = documentation }, true, "documentation"},
		{"the sandbox", func(c *Config) { c.From = sandbox }, false, "sandbox"},
		{"a test number", func(c *Config) { c.From = "+15005550006" }, false, "test numbers"},
		{"elsewhere", func(c *Config) { c.BaseURL = "http://127.0.0.1:1" }, false, "base_url isn't Twilio's"},
	} {
		c := fine
		tc.spoil(&c)
		got := c.Inspect()
		if len(got) != 1 || got[0].Wrong != tc.wrong || !strings.Contains(got[0].What, tc.says) || got[0].Do == "" {
			t.Errorf("%s: Inspect = %v, want one finding that says %q, wrong: %v", tc.name, got, tc.says, tc.wrong)
		}
		for _, f := range got {
			for _, token := range c.AuthTokens {
				if strings.Contains(f.What+f.Do, token) {
					t.Errorf("%s: Inspect says the token: %v", tc.name, f)
				}
			}
		}
	}
}

// TestAdvice: the addresses are those that Receive takes, and the overrides stay within what Twilio allows (15 s in all, of
// which our commit may take eight).
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		c     Config
		where string
	}{
		{Config{From: "+27820000000"}, "number"},
		{Config{MessagingService: aService}, "messaging service"},
		{Config{From: "whatsapp:+27820000000"}, "WhatsApp sender"},
	} {
		all := tc.c.Advice("https://chat.acme.example/", "sms")
		if len(all) != 3 || !strings.Contains(all[0].Name, tc.where) {
			t.Fatalf("Advice = %v, want three settings, the first of the %s", all, tc.where)
		}
		ch := Channel{name: "sms"}
		for i, path := range []string{ch.path("inbound"), ch.path("inbound"), ch.path("status")} {
			u, err := url.Parse(all[i].Value)
			if err != nil || u.Scheme+"://"+u.Host != "https://chat.acme.example" || u.Path != path {
				t.Errorf("setting %d is %q, %v, want the path %s", i, all[i].Value, err, path)
			}
			if i == 2 {
				continue
			}
			over, err := url.ParseQuery(u.Fragment)
			if err != nil || over.Get("rp") != "all" || over.Get("rc") != "5" || outside(over.Get("ct"), 100, 5000) || outside(over.Get("rt"), 8000, 15000) {
				t.Errorf("setting %d has overrides %v, %v, want every failure repeated, and eight seconds for a commit", i, over, err)
			}
		}
	}
}

func outside(text string, least, most int) bool {
	n, err := strconv.Atoi(text)
	return err != nil || n < least || n > most
}
