package rest

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/settle-chat/settle/integrations"
)

// As settle.yaml by example has it.
const example = `
base_url: https://core.acme.example/api
allow: [core.acme.example]
auth: {oauth2: {token_url: "https://login.acme.example/token", client_id: settle, client_secret: "s3cret", scopes: [accounts]}}
timeout: 5s
`

const exampleOperations = `
account:        {kind: lookup, risk: info, in: {ref: text}, out: {balance: money, days_past_due: integer, in_dispute: boolean},
                 request: {get: "/accounts/{ref}"}, answer: {balance: "$.balance", days_past_due: "$.daysPastDue", in_dispute: "$.dispute"}}
record-promise: {kind: writeback, risk: commitment, in: {ref: text, amount: money, on: date}, idempotency: header,
                 request: {post: "/accounts/{ref}/promises", json: {amount: "{amount}", date: "{on}"}},
                 results: {ok: [200, 201], declined: {422: "$.code"}, retry: [429, 503]}}
cancel-promise: {kind: writeback, risk: commitment, in: {ref: text}, idempotency: header, request: {delete: "/accounts/{ref}/promises/current"}}
`

func TestTheExampleOpens(t *testing.T) {
	t.Parallel()
	var c Config
	if err := yaml.Load([]byte(example), &c, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	if c.Timeout != 5*time.Second || c.Auth.OAuth2 == nil || c.Auth.OAuth2.ClientSecret != "s3cret" {
		t.Errorf("config = %+v, want the example's", c)
	}
	s, err := c.Open(integrations.Deps{Name: "core", Operations: operations(t, exampleOperations)})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.(*system).operations) != 3 {
		t.Errorf("%d operations, want 3", len(s.(*system).operations))
	}
}

func TestMistakesShowAtOpen(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ config, operation, says string }{
		{"base_url: ''", "", "base_url is missing"},
		{"base_url: 'core.acme.example'", "", "base_url is no URL"},
		{"base_url: 'http://core.acme.example/'", "", "plain HTTP; use https"},
		{"base_url: 'https://u:s3cret@core.acme.example/'", "", "the URL holds a user name"},
		{"base_url: 'https://core.acme.example/?a=b'", "", "has a query"},
		{"allow: []", "", `host "core.acme.example" is not in allow`},
		{"allow: ['https://core.acme.example']", "", "write a host"},
		{"currency: RAND", "", `currency "RAND" is not known`},
		{"timeout: -5s", "", "timeout -5s is negative"},
		{"auth: {bearer: a, basic: {user: b, password: c}}", "", "2 ways to sign in"},
		{"auth: {oauth2: {token_url: 'http://login.acme.example', client_id: a, client_secret: b}}", "", "plain HTTP"},
		{"auth: {oauth2: {token_url: 'https://login.acme.example', client_id: a}}", "", "both needed"},
		{"", `{kind: event, request: {get: /x}}`, `kind "event": lookup or writeback`},
		{"", `{kind: lookup}`, "request: no method"},
		{"", `{kind: lookup, request: {get: /x, post: /x}}`, "two methods"},
		{"", `{kind: lookup, request: {delete: /x}}`, "a lookup that says delete"},
		{"", `{kind: writeback, request: {get: /x}}`, "a GET writes nothing back"},
		{"", `{kind: lookup, request: {get: /x, json: {a: 1}}}`, "a GET carries no json"},
		{"", `{kind: lookup, request: {get: x}}`, "is no path"},
		{"", `{kind: lookup, request: {get: //evil.example/x}}`, "is no path"},
		{"", `{kind: lookup, request: {get: /a/../b}}`, "leads elsewhere"},
		{"", `{kind: lookup, request: {get: /a/%2e%2e/b}}`, "leads elsewhere"},
		{"", `{kind: lookup, in: {reff: text}, request: {get: "/x/{rev}"}}`, `request: "{rev}" names no input: did you mean "ref"?`},
		{"", `{kind: lookup, request: {get: "/x/{key}"}}`, `names no input`},
		{"", `{kind: lookup, request: {get: "/x/{Ref}"}}`, "a brace that isn't a placeholder's"},
		{"", `{kind: writeback, in: {amount: money}, request: {post: /x, json: {a: [{b: "{amuont}"}]}}}`, `json: a: b: "{amuont}" names no input: did you mean "amount"?`},
		{"", `{kind: writeback, request: {post: /x, json: {a: 1.5}}}`, "put it in quotes"},
		{"", `{kind: writeback, request: {post: /x, json: {1: a}}}`, "maps with text keys"},
		{"", `{kind: writeback, in: {key: text}, request: {post: /x}}`, `input "key" has a name that is kept`},
		{"", `{kind: writeback, in: {a: monney}, request: {post: /x}}`, `a: type "monney" is not known: did you mean "money"?`},
		{"", `{kind: lookup, out: {balance: money}, request: {get: /x}}`, `output "balance" stands nowhere`},
		{"", `{kind: lookup, out: {balance: money}, request: {get: /x}, answer: {balanse: "$.b"}}`, `no output "balanse": did you mean "balance"?`},
		{"", `{kind: lookup, out: {b: money}, request: {get: /x}, answer: {b: "$..b"}}`, `can't read from "..b"`},
		{"", `{kind: lookup, out: {b: money}, request: {get: /x}, answer: {b: "$.b[**]"}}`, `can't read from "[**]"`},
		{"", `{kind: lookup, out: {b: money}, request: {get: /x}, answer: {b: "b"}}`, "doesn't begin with $"},
		{"", `{kind: writeback, request: {post: /x}, idempotency: headers}`, `idempotency "headers"`},
		{"", `{kind: lookup, request: {get: /x}, idempotency: header}`, "are a writeback's"},
		{"", `{kind: writeback, request: {post: /x}, results: {ok: [200], retry: [200]}}`, "200 is both ok and retry"},
		{"", `{kind: writeback, request: {post: /x}, results: {ok: [42]}}`, "42 is no status"},
		{"", `{kind: writeback, request: {post: /x}, results: {declined: {422: "no such"}}}`, "write where the reason stands"},
		{"", `{kind: writeback, request: {post: /x}, results: {okay: [200]}}`, `results: unknown key "okay"`},
		{"", `{kind: writeback, requst: {post: /x}}`, `unknown key "requst": did you mean "request"?`},
		{"", `{kind: writeback, request: {pots: /x}}`, `request: unknown key "pots": did you mean "post"?`},
		{"", `{kind: writeback, request: {post: /x}, results: {ok: yes}}`, "read its keys"},
		{"", `{kind: writeback, request: {post: /x}, read: {get: "/x/{kee}"}}`, `read: get: "{kee}" names no input: did you mean "key"?`},
	} {
		var c Config
		if err := yaml.Load([]byte(example), &c); err != nil {
			t.Fatal(err)
		}
		if tc.config != "" {
			if strings.HasPrefix(tc.config, "auth:") {
				c.Auth = Auth{}
			}
			if err := yaml.Load([]byte(tc.config), &c); err != nil {
				t.Fatal(err)
			}
		}
		text := exampleOperations
		if tc.operation != "" {
			text = "op: " + tc.operation
		}
		_, err := c.Open(integrations.Deps{Name: "core", Operations: operations(t, text)})
		if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), `system "core"`) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Open(%s%s) = %v, want an error with %q", tc.config, tc.operation, err, tc.says)
		}
	}
}
