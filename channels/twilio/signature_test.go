package twilio

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/twilio/twilio-go/client"
	"pgregory.net/rapid"

	"github.com/settle-chat/settle/channels"
	"github.com/settle-chat/settle/channels/twilio/twiliotest"
)

type vector struct {
	ID        string      `json:"id"`
	Token     string      `json:"auth_token"`
	URL       string      `json:"url"`
	Form      [][2]string `json:"form_params"`
	JSON      *string     `json:"json_body"`
	Signature string      `json:"signature"`
	Valid     bool        `json:"valid"`
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestSignatureVectors are those that Twilio's own libraries are tested with.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	var file struct{ Vectors []vector }
	readJSON(t, "testdata/signature_vectors.json", &file)
	if len(file.Vectors) < 9 {
		t.Fatalf("%d vectors, want at least 9", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			got := false
			for _, tokens := range [][]string{{v.Token}, {"other", v.Token}, {v.Token, "other"}} {
				if v.JSON != nil {
					got = signedBody(tokens, v.URL, []byte(*v.JSON), v.Signature)
				} else {
					form := url.Values{}
					for _, p := range v.Form {
						form.Add(p[0], p[1])
					}
					got = signed(tokens, v.URL, form, v.Signature)
				}
				if got != v.Valid {
					t.Errorf("signed with %d tokens = %v, want %v", len(tokens), got, v.Valid)
				}
			}
		})
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	form := url.Values{"Body": {"hello"}}
	for _, tc := range []struct {
		name, signed, received string
		want                   bool
	}{
		{"as it is", "https://bot.example/a?k=1", "https://bot.example/a?k=1", true},
		{"port of its own removed", "https://bot.example/a", "https://bot.example:8443/a", true},
		{"port added", "https://bot.example:443/a", "https://bot.example/a", true},
		{"http's port added", "http://bot.example:80/a", "http://bot.example/a", true},
		{"another port", "https://bot.example:444/a", "https://bot.example/a", false},
		{"IPv6 without a port", "https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a", true},
		{"IPv6 with a port", "https://[2001:db8::1]/a", "https://[2001:db8::1]:8443/a", true},
		{"IPv6 is no port", "https://[2001:db8:]/a", "https://[2001:db8::1]/a", false},
		{"user and port", "https://me:pw@bot.example:443/a", "https://me:pw@bot.example/a", true},
		{"no path", "https://bot.example:443?k=1", "https://bot.example?k=1", true},
		{"apostrophe escaped by Twilio", "https://bot.example/a?n=O%27Hara", "https://bot.example/a?n=O'Hara", true},
		{"apostrophe left by Twilio", "https://bot.example/a?n=O'Hara", "https://bot.example/a?n=O%27Hara", true},
		{"quotes escaped by Twilio", "https://bot.example/a?n=%22x%22%3Cy%3E", `https://bot.example/a?n="x"<y>`, true},
		{"apostrophe in the path is its own", "https://bot.example/a%27?k=1", "https://bot.example/a'?k=1", false},
		{"both at once", "https://bot.example:443/a?n=%27", "https://bot.example/a?n='", true},
		{"double slash stays", "https://bot.example//a", "https://bot.example/a", false},
		{"fragment is not signed", "https://bot.example/a?k=1", "https://bot.example/a?k=1#rc=2", true},
		{"case of the host stays", "https://Bot.example/a", "https://bot.example/a", false},
		{"another query", "https://bot.example/a?k=1", "https://bot.example/a?k=2", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			given := twiliotest.Sign("12345", tc.signed, form)
			if got := signed([]string{"12345"}, tc.received, form, given); got != tc.want {
				t.Errorf("signed as %s, received as %s = %v, want %v", tc.signed, tc.received, got, tc.want)
			}
		})
	}
}

// TestSignatureAgreesWithTwilio compares with Twilio's own validator, where it is right: no key twice, no apostrophe.
func TestSignatureAgreesWithTwilio(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -&(-~é€]{0,12}`)
		params := rapid.MapOfN(rapid.StringMatching(`[A-Za-z0-9_]{1,12}`), text, 0, 8).Draw(t, "params")
		form := url.Values{}
		for key, value := range params {
			form.Set(key, value)
		}
		target := "https://bot.example/channels/sms/status?" + url.Values{"k": {strings.ReplaceAll(text.Draw(t, "k"), "'", "")}}.Encode()
		token := rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "token")
		other := rapid.StringMatching(`[0-9a-f]{32}`).Draw(t, "other token")
		given := twiliotest.Sign(rapid.SampledFrom([]string{token, other}).Draw(t, "signer"), target, form)
		validator := client.NewRequestValidator(token)
		want := validator.Validate(target, params, given)
		if got := signed([]string{token}, target, form, given); got != want {
			t.Fatalf("signed(%s, %v) = %v, Twilio's validator says %v", target, params, got, want)
		}
	})
}

// TestSignatureOverBody checks calls whose body is no form: only its hash, in the signed URL, vouches for it.
func TestSignatureOverBody(t *testing.T) {
	t.Parallel()
	const body, sum = `{"a":1}`, "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
	c := newChannel(t, Config{})
	for _, tc := range []struct {
		name, query, kind, body string
		want                    error
	}{
		{"hash and body", "?bodySHA256=" + sum, "application/json", body, channels.ErrMalformed}, // believed, and of no use
		{"hash and another body", "?bodySHA256=" + sum, "application/json", `{"a":2}`, channels.ErrForged},
		{"no hash", "", "application/json", body, channels.ErrForged},
		{"two hashes", "?bodySHA256=" + sum + "&bodySHA256=" + sum, "application/json", body, channels.ErrForged},
		{"a hash that is none", "?bodySHA256=zz", "application/json", body, channels.ErrForged},
		{"a form that says it is JSON", "", "application/json", "Body=1", channels.ErrForged},
		{"no content type", "", "", "Body=1", channels.ErrForged},
		{"a form that can't be read", "", "application/x-www-form-urlencoded", "Body=%zz", channels.ErrForged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			target := "/channels/sms/inbound" + tc.query
			r := httptest.NewRequest("POST", target, nil)
			r.Header.Set("Content-Type", tc.kind)
			r.Header.Set(signature, twiliotest.Sign(twiliotest.AuthToken, testURL+target, nil))
			if _, err := c.Receive(r, []byte(tc.body)); !isOnly(err, tc.want) {
				t.Errorf("Receive = %v, want %v", err, tc.want)
			}
		})
	}
}

func FuzzSigned(f *testing.F) {
	for _, target := range []string{"", "://", "https://[::1", "https://a:b:c/?'", "?#", "http://x:/%"} {
		f.Add(target, "Body=1&Body=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
	}
	f.Fuzz(func(t *testing.T, target, body, given string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		if signed([]string{"12345"}, target, form, given) && given != twiliotest.Sign("12345", target, form) && !strings.ContainsAny(target, "'%:/") {
			t.Errorf("signed(%q, %q, %q) = true, want false", target, body, given)
		}
		if !signed([]string{"0", "12345"}, target, form, twiliotest.Sign("12345", target, form)) && !strings.Contains(target, "#") {
			t.Errorf("signed(%q, %q) = false for its own signature", target, body)
		}
		signedBody([]string{"12345"}, target, []byte(body), given)
	})
}
