package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/settle-chat/settle/integrations"
)

func TestOutputsAreTypedAndExact(t *testing.T) {
	t.Parallel()
	const account = "kind: %s, in: {ref: text}, out: {v: %s}, answer: {v: \"$.a.b[1].v\"}, request: {post: \"/x\"}"
	for _, tc := range []struct{ typ, json, want, says string }{
		{"money", `1250.5`, "1250.50", ""},
		{"money", `"1250.00"`, "1250.00", ""},
		{"money", `0.1`, "0.10", ""},
		{"money", `900719925474099.31`, "900719925474099.31", ""}, // no float64 holds this
		{"money", `1250.505`, "", "an amount with 3 decimals"},
		{"money", `1.2505e3`, "", "not an exact amount"},
		{"money", `"R1 250.00"`, "", "not an exact amount"},
		{"money", `true`, "", "is a JSON boolean, want money"},
		{"money", `null`, "", `output "v" is missing`},
		{"integer", `42`, "42", ""},
		{"integer", `9007199254740993`, "9007199254740993", ""},
		{"integer", `42.0`, "", "not a whole number"},
		{"integer", `"42"`, "", "is a JSON string, want integer"},
		{"boolean", `false`, "false", ""},
		{"boolean", `"false"`, "", "is a JSON string, want boolean"},
		{"boolean", `0`, "", "is a JSON number, want boolean"},
		{"date", `"2026-11-20"`, "2026-11-20", ""},
		{"date", `"20 Nov"`, "", "not a date"},
		{"text", `"as it is"`, "as it is", ""},
		{"text", `4821`, "", "is a JSON number, want text"},
		{"choices", `["a", "b"]`, "a,b", ""},
		{"choices", `["a,b"]`, "", "names without commas"},
		{"text", `{"x": 1}`, "", "is a JSON object, want text"},
	} {
		h := &seen{answer: func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"a": {"b": [{}, {"v": %s}]}}`, tc.json)
		}}
		s, _ := opened(t, h, "look: {"+fmt.Sprintf(account, "lookup", tc.typ)+"}\nwrite: {"+fmt.Sprintf(account, "writeback", tc.typ)+"}\n", nil)
		got, err := s.Find(t.Context(), integrations.Request{Operation: "look"})
		receipt, applied := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: "write"})
		if tc.says == "" {
			if err != nil || applied != nil || got["v"] != tc.want || receipt.Out["v"] != tc.want {
				t.Errorf("%s from %s = %q and %q, %v, %v, want %q", tc.typ, tc.json, got["v"], receipt.Out["v"], err, applied, tc.want)
			}
			continue
		}
		// A writeback is done by then: not to understand its answer doesn't make it undone.
		if kind(err) != "permanent" || kind(applied) != "unknown" {
			t.Errorf("%s from %s = %s and %s, want permanent and unknown", tc.typ, tc.json, kind(err), kind(applied))
		}
		for _, err := range []error{err, applied} {
			if err == nil || !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), `"v"`) ||
				len(tc.json) > 6 && strings.Contains(err.Error(), strings.Trim(tc.json, `"`)) {
				t.Errorf("%s from %s: error %v, want the field, %q, and not the value", tc.typ, tc.json, err, tc.says)
			}
		}
	}
}

func TestRequestsAsTheyArrive(t *testing.T) {
	t.Parallel()
	h := &seen{}
	s, _ := opened(t, h, `
all: {kind: writeback, in: {amount: money, on: date, months: integer, firm: boolean, docs: choices, about: text}, idempotency: header,
  request: {patch: "/accounts/{ref}/x?key={key}&about={about}", json: {amount: "{amount}", on: "{on}", months: "{months}", firm: "{firm}", docs: "{docs}",
    words: "case {case}: {about}", fixed: {n: 3, yes: true, none: null, list: ["00123", "{about}", "true"]}}}}
bare: {kind: writeback, request: {delete: "/accounts/{ref}"}}
`, func(c *Config) { c.BaseURL += "/api/" })
	in := integrations.Values{"ref": "ÄC:1 2+3,x", "amount": "1250.5", "on": "2026-11-20", "months": "03", "firm": "true", "docs": "id,proof", "about": `a"&b=/../c` + "\n"}
	if _, err := s.Apply(t.Context(), integrations.Change{Key: "KEY-1", Case: "CASE-1", Operation: "all", In: in}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(t.Context(), integrations.Change{Key: "KEY-2", Operation: "bare", In: integrations.Values{"ref": "a.b"}}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`PATCH /api/accounts/%C3%84C:1%202+3%2Cx/x?key=KEY-1&about=a%22%26b%3D%2F..%2Fc%0A {"amount":"1250.50","docs":["id","proof"],"firm":true,` +
			`"fixed":{"list":["00123","a\"\u0026b=/../c\n","true"],"n":3,"none":null,"yes":true},"months":3,"on":"2026-11-20","words":"case CASE-1: a\"\u0026b=/../c\n"}`,
		`DELETE /api/accounts/a.b`,
	}
	if diff := cmp.Diff(want, h.all()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, ok := in["key"]; ok {
		t.Error("Apply has written into the caller's values")
	}
}

// Nothing that could lead elsewhere reaches the wire, however it is dressed.
func TestNoValueClimbsOutOfItsPath(t *testing.T) {
	t.Parallel()
	h := &seen{}
	s, _ := opened(t, h, statusOperations, nil)
	for _, ref := range []string{"", ".", "..", "../admin", "..%2fadmin", "%2e%2e", "%252e%252e%252f", "a/../b", "a/b", "/", `..\admin`, `a\b`, "..;", "..;/x", "a;b",
		"a?b=c", "a#b", "a\x00b", "a\nb", "a\r\nHost: b", "．．／", "a\u2215b", "\xff", "@b//", "...", ".git", strings.Repeat("a", 201)} {
		for _, operation := range []string{"keyed", "bare", "listed"} {
			_, err := s.Apply(t.Context(), integrations.Change{Key: "k", Operation: operation, In: integrations.Values{"ref": ref}})
			if kind(err) != "permanent" || (len(ref) > 3 && strings.Contains(err.Error(), ref)) {
				t.Errorf("Apply(%s, ref %q) = %v, want permanent without the value", operation, ref, err)
			}
		}
		if _, err := s.Find(t.Context(), integrations.Request{Operation: "look", In: integrations.Values{"ref": ref}}); kind(err) != "permanent" {
			t.Errorf("Find(ref %q) = %v, want permanent", ref, err)
		}
	}
	if got := h.all(); len(got) != 0 {
		t.Errorf("requests arrived: %q, want none", got)
	}
}
